"""Requests that may be about one person: joined by a pointer, on a worker's word alone.

Nothing is merged and nothing follows from it. Two threads of one person stay two threads, each with a code of its
own that only that person has; whoever tells of somebody else is answered as themselves.
"""

from collections import defaultdict
from datetime import datetime

from kunak.errors import Refused
from kunak.fold import Entry, ids
from kunak.intake import entries as e
from kunak.intake.finding import find_request
from kunak.intake.making import Maker
from kunak.intake.model import State


class PointsThere(Refused):
    """This request points there already."""

    code = "points-there"
    hint = "Take the pointer back first if it is another one."


class PointsNowhere(Refused):
    """This request does not point there."""

    code = "points-nowhere"
    hint = "A colleague may have taken it back."


class PointsToItself(Refused):
    """A request cannot point to itself."""

    code = "points-to-itself"
    hint = "Give the code of the other request."


def point_to(state: State, *, subject: str, other: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Note that this request and ``other`` may be about the same person."""
    request = find_request(state, subject)
    find_request(state, other)
    if other == subject:
        raise PointsToItself
    if any(pointer.other == other for pointer in request.pointers):
        raise PointsThere
    return (Maker(id=id, at=at, by=by, subject=subject)(e.PointedTo, other=other),)


def take_back(state: State, *, subject: str, other: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Take the pointer to ``other`` back; free for anyone."""
    seen = ids(pointer for pointer in find_request(state, subject).pointers if pointer.other == other)
    if not seen:
        raise PointsNowhere
    return (Maker(id=id, at=at, by=by, subject=subject)(e.PointerTakenBack, pointers=seen),)


def pointed_at_by(state: State, code: str) -> tuple[e.PointedTo, ...]:
    """The pointers of other requests to this one."""
    return tuple(p for request in state for p in request.pointers if p.other == code)


def persons(state: State) -> dict[str, str]:
    """For each request the code that stands for its person: the same for all that are joined by pointers.

    The least code of those joined, so that two installations say the same. Pointers to what is gone count for
    nothing. (A figure to plan beds by, not a fact about anybody.)
    """
    beside: dict[str, set[str]] = defaultdict(set)
    known = sorted(request.code for request in state)
    for request in state:
        for pointer in request.pointers:
            if state.get(pointer.other) is not None:
                beside[request.code].add(pointer.other)
                beside[pointer.other].add(request.code)
    found: dict[str, str] = {}
    for code in known:
        waiting = [code]
        while waiting:
            other = waiting.pop()
            if other not in found:
                found[other] = found.get(code, code)
                waiting += beside[other]
    return found
