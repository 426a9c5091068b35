"""Finding a case, or a request, by its code."""

from kunak import intake
from kunak.casework.model import Case, State
from kunak.errors import Refused


class CaseUnknown(Refused):
    """No case is known under this code."""

    code = "case-unknown"
    hint = "Check the code; another device may not have synchronised yet."


class CaseIsClosed(Refused):
    """This case is closed."""

    code = "case-closed"
    hint = "Reopen it first; anyone may."


def find_case(state: State, code: str) -> Case:
    """The case under a code, open or closed. Raises CaseUnknown."""
    case = state.get(code)
    if case is None or not case.is_case:
        raise CaseUnknown
    return case


def find_open_case(state: State, code: str) -> Case:
    """The case under a code, while work goes on. Raises CaseUnknown or CaseIsClosed."""
    case = find_case(state, code)
    if not case.is_open:
        raise CaseIsClosed
    return case


def find_subject(state: State, requests: intake.State, code: str) -> Case:
    """What casework knows under a case code or a request code; nothing yet for a request just received.

    Raises RequestUnknown when the code is neither.
    """
    case = state.get(code)
    if case is not None:
        return case
    return Case(code=intake.actions.find_request(requests, code).code)


def case_of_request(state: State, request: str) -> Case | None:
    """The case that a request became: the first, should two members have opened one each."""
    found = [case for case in state if case.is_case and case.request == request]
    return min(found, key=lambda c: (c.opened_at or c.levels[0].at, c.code)) if found else None
