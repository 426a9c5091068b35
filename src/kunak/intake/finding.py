"""Finding a request by its code."""

from kunak.errors import Refused
from kunak.intake.model import Request, State


class RequestUnknown(Refused):
    """No request is known under this code."""

    code = "request-unknown"
    hint = "Check the code; another device may not have synchronised yet."


def find_request(state: State, subject: str) -> Request:
    """The request under a code. Raises RequestUnknown."""
    request = state.get(subject)
    if request is None:
        raise RequestUnknown
    return request
