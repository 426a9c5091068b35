"""How urgent: triage, raising (free, anyone), lowering (two members and a reason).

``subject`` is a case code, or the code of a request that is no case yet and is in ``requests``.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from kunak import intake
from kunak.casework import entries as e
from kunak.casework.finding import find_subject
from kunak.casework.lists import LOWERING_REASONS, RAISE_REASONS
from kunak.casework.model import Case, State
from kunak.casework.triage import LEVELS, assess, provisional
from kunak.errors import Refused
from kunak.fold import Entry, ids
from kunak.intake.making import Maker, check_listed, check_second


class LevelUnknown(Refused):
    """A level is one of P0, P1, P2 and P3."""

    code = "level-unknown"
    hint = "Choose one of them."


class LoweringNeedsSecond(Refused):
    """This would make it less urgent, which takes a second member and a reason."""

    code = "lowering-needs-second"
    hint = "Ask a colleague to agree, or propose it; until then it keeps its level."


class NotMoreUrgent(Refused):
    """It is already at this level or a more urgent one."""

    code = "not-more-urgent"
    hint = "Choose a more urgent level, or propose to lower it."


class NotLessUrgent(Refused):
    """This is not a lowering."""

    code = "not-less-urgent"
    hint = "Choose a less urgent level. Raising needs nobody else."


class NothingProposed(Refused):
    """Nobody has proposed to lower this, or its level has changed since."""

    code = "nothing-proposed"
    hint = "Look at the level again, and propose anew if it is still right."


def record_triage(
    state: State,
    *,
    subject: str,
    triggers: Collection[str],
    factors: Mapping[str, int],
    requests: intake.State = intake.EMPTY,
    second: str = "",
    reasons: Collection[str] = (),
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Judge how urgent it is (F4). Less urgent than the level that stands takes a second and reasons."""
    known = find_subject(state, requests, subject)
    found = assess(triggers, factors)
    if known.level and found.level > known.level:
        if not second or not reasons:
            raise LoweringNeedsSecond
        check_second(by, second)
    check_listed("reason", reasons, LOWERING_REASONS)
    return (
        Maker(id=id, at=at, by=by, subject=subject)(
            e.Triaged,
            level=found.level, sum=found.sum, triggers=found.triggers,
            floors=tuple(floor.code for floor in found.floors), factors=dict(found.factors),
            version=found.version, reasons=tuple(reasons), second=second, basis=known.basis,
            replaces=_standing(known),
        ),
    )  # fmt: skip


def raise_priority(
    state: State,
    *,
    subject: str,
    level: str,
    reason: str,
    requests: intake.State = intake.EMPTY,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Make it more urgent: free, at once, by anyone. P0 again is a new alarm and starts its clocks anew."""
    known = find_subject(state, requests, subject)
    _check_level(level)
    check_listed("reason", (reason,), RAISE_REASONS)
    if _calmer(level, known, requests.get(subject)):
        raise NotMoreUrgent
    made = Maker(id=id, at=at, by=by, subject=subject)
    return (made(e.PriorityRaised, level=level, reason=reason, replaces=_standing(known)),)


def propose_lowering(
    state: State, *, subject: str, level: str, reasons: Collection[str], by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Propose a less urgent level. It stays as it is until a second member confirms."""
    known = _check_lowering(state, subject, level, reasons)
    made = Maker(id=id, at=at, by=by, subject=subject)
    return (made(e.PriorityLoweringProposed, level=level, reasons=tuple(reasons), basis=known.basis),)


def confirm_lowering(state: State, *, subject: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """A second member agrees with what another proposed."""
    known = state.get(subject)
    if known is None or known.proposed is None:
        raise NothingProposed
    proposed = known.proposed
    check_second(by, proposed.by)
    return (
        Maker(id=id, at=at, by=by, subject=subject)(
            e.PriorityLowered, level=proposed.level, reasons=proposed.reasons, second=proposed.by,
            basis=proposed.basis, replaces=_standing(known),
        ),
    )  # fmt: skip


def lower_priority(
    state: State,
    *,
    subject: str,
    level: str,
    reasons: Collection[str],
    second: str,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Two members make it less urgent, with a reason from the closed list."""
    known = _check_lowering(state, subject, level, reasons)
    check_second(by, second)
    return (
        Maker(id=id, at=at, by=by, subject=subject)(
            e.PriorityLowered, level=level, reasons=tuple(reasons), second=second, basis=known.basis,
            replaces=_standing(known),
        ),
    )  # fmt: skip


def _standing(known: Case) -> tuple[str, ...]:
    """What this judgement replaces: everything that its author sees, also what is disputed."""
    return tuple(dict.fromkeys((*ids(known.judgements), *known.disputed)))


def _calmer(level: str, known: Case, request: intake.Request | None) -> bool:
    """Whether a level is no raising of what stands, or, while nobody judged, of what the person claims."""
    if known.level:
        return level > known.level or (level == known.level and level != "P0")
    return request is not None and level > provisional(request.danger, request.safe_now)


def _check_lowering(state: State, subject: str, level: str, reasons: Collection[str]) -> Case:
    known = state.get(subject)
    _check_level(level)
    if known is None or not known.level or level <= known.level:
        raise NotLessUrgent
    if not reasons:
        raise LoweringNeedsSecond
    check_listed("reason", reasons, LOWERING_REASONS)
    return known


def _check_level(level: str) -> None:
    if level not in LEVELS:
        raise LevelUnknown
