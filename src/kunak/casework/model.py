"""What casework knows of one case, or of a request that was triaged and is no case yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kunak.casework import entries as e
from kunak.casework.followup import FollowUpRun, later
from kunak.fold import Entry, Ledger, fold_by_subject, in_order


@dataclass(frozen=True, kw_only=True)
class LevelSet:
    """A level, since when, and by what: ``triaged``, ``raised`` or ``lowered``."""

    at: datetime
    level: str
    how: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case; with ``opened_at`` None, a triaged request.

    ``level`` is empty before anyone triaged it. ``basis`` is the id of the entry that set it. ``disputed``
    lists lowerings that one member wrote alone, or that did not know the newest level: they do not count
    and someone should look again. ``decided``, ``stepped`` and ``reviewed`` are the moments that stopped
    those clocks.
    """

    code: str
    request: str = ""
    opened_at: datetime | None = None
    workers: tuple[str, ...] = ()
    level: str = ""
    basis: str = ""
    levels: tuple[LevelSet, ...] = ()
    triage: e.Triaged | None = None
    proposed: e.PriorityLoweringProposed | None = None
    disputed: tuple[str, ...] = ()
    decided: tuple[datetime, ...] = ()
    stepped: tuple[datetime, ...] = ()
    reviewed: tuple[datetime, ...] = ()
    follow_up: FollowUpRun | None = None
    confirmed_safe_at: datetime | None = None
    threatened_at: datetime | None = None
    closed_at: datetime | None = None
    close_reasons: tuple[str, ...] = ()
    needs: dict[str, str] = field(default_factory=dict)
    notes: tuple[e.NoteWritten, ...] = ()
    follow_ups: tuple[e.FollowUpNoted, ...] = ()
    threats: tuple[e.ThreatNoted, ...] = ()
    consents: tuple[e.ConsentGiven, ...] = ()
    withdrawn: dict[str, datetime] = field(default_factory=dict)
    used: frozenset[str] = frozenset()
    recalls: dict[str, str] = field(default_factory=dict)
    vital: tuple[e.VitalInterestUsed, ...] = ()
    vital_reviewed: frozenset[str] = frozenset()

    @property
    def is_case(self) -> bool:
        """Whether it has been opened as a case."""
        return self.opened_at is not None

    @property
    def is_open(self) -> bool:
        """Whether it is a case with active work."""
        return self.is_case and self.closed_at is None


_FOUNDING: tuple[type[Entry], ...] = (
    e.CaseOpened,
    *e.LEVEL_KINDS,
    e.DecisionMade,
    e.FirstStepTaken,
    e.WorkersAssigned,
    e.Reviewed,
)
State = Ledger[Case]
EMPTY: State = Ledger()


def fold(state: State, entries: Iterable[Entry]) -> State:
    """Hear a batch of entries. A case also hears what is noted under its request."""
    heard = tuple(entries)
    ledger = fold_by_subject(state, heard, kinds=e.KINDS, replay=_replay)
    if ledger is state:
        return state
    touched = {entry.subject for entry in heard if isinstance(entry, e.KINDS)}
    known = dict(ledger.known)
    for code, case in ledger.known.items():
        if case.request and (code in touched or case.request in touched):
            known[code] = _replay_case(ledger, case)
    return Ledger(ledger.heard, known)


def _replay_case(ledger: State, case: Case) -> Case:
    inherited = ledger.heard.get(case.request, ())
    return _follow(Case(code=case.code), in_order((*inherited, *ledger.heard[case.code])))


def _replay(entries: Sequence[Entry]) -> Case | None:
    """One subject's own entries. Founded by CaseOpened, or by what may be noted of a mere request."""
    first = next((x for x in entries if isinstance(x, _FOUNDING)), None)
    return _follow(Case(code=first.subject), entries) if first is not None else None


def _follow(case: Case, entries: Iterable[Entry]) -> Case:
    for entry in entries:
        case = _HEARING[type(entry)](case, entry)
    return case


def _opened(case: Case, entry: e.CaseOpened) -> Case:
    return replace(
        case,
        request=entry.request,
        opened_at=entry.at if case.opened_at is None else case.opened_at,
        workers=entry.workers,
        decided=(*case.decided, entry.at),
    )


def _triaged(case: Case, entry: e.Triaged) -> Case:
    lowers = case.level != "" and entry.level > case.level
    if lowers and not _agreed(case, entry):
        return replace(case, disputed=(*case.disputed, entry.id))
    return replace(_level(case, entry, "triaged"), triage=entry)


def _raised(case: Case, entry: e.PriorityRaised) -> Case:
    return _level(case, entry, "raised", reason=entry.reason, level=min(entry.level, case.level or "P3"))


def _lowered(case: Case, entry: e.PriorityLowered) -> Case:
    if not _agreed(case, entry):
        return replace(case, disputed=(*case.disputed, entry.id))
    return _level(case, entry, "lowered", reason=", ".join(entry.reasons))


def _agreed(case: Case, entry: Any) -> bool:
    """Two different members lowered it, and they knew the entry that set the level which stands."""
    return _two(entry) and bool(entry.reasons) and entry.basis == case.basis


def _two(entry: Any) -> bool:
    """Whether an entry names a second member besides its author."""
    return entry.second not in ("", entry.by)


def _level(case: Case, entry: Any, how: str, *, reason: str = "", level: str = "") -> Case:
    change = LevelSet(at=entry.at, level=level or entry.level, how=how, reason=reason)
    return replace(
        case, level=change.level, basis=entry.id, levels=(*case.levels, change), proposed=None, disputed=()
    )


def _proposed(case: Case, entry: e.PriorityLoweringProposed) -> Case:
    return replace(case, proposed=entry) if entry.basis == case.basis else case


def _threatened(case: Case, entry: e.ThreatArrived) -> Case:
    run = FollowUpRun(since=entry.at, first="24h") if case.follow_up is not None else None
    return replace(case, threatened_at=entry.at, follow_up=run)


def _safe(case: Case, entry: e.FollowUpStarted) -> Case:
    run = FollowUpRun(since=entry.confirmed_safe_at)
    return replace(case, follow_up=run, confirmed_safe_at=entry.confirmed_safe_at)


def _followed(case: Case, entry: e.FollowUpDone) -> Case:
    if case.follow_up is None:
        return case
    run = replace(case.follow_up, done=later(case.follow_up.done, entry.step))
    return replace(case, follow_up=run, reviewed=(*case.reviewed, entry.at))


def _closed(case: Case, entry: e.CaseClosed) -> Case:
    if not _two(entry):
        return case  # one member alone closes nobody
    return replace(case, closed_at=entry.at, close_reasons=entry.reasons)


def _vital(case: Case, entry: e.VitalInterestUsed) -> Case:
    return replace(case, vital=(*case.vital, entry)) if _two(entry) else case


def _vital_reviewed(case: Case, entry: e.VitalInterestReviewed) -> Case:
    return replace(case, vital_reviewed=case.vital_reviewed | {entry.used}) if _two(entry) else case


def _withdrew(case: Case, entry: e.ConsentWithdrawn) -> Case:
    return replace(case, withdrawn={entry.line: entry.at, **case.withdrawn})  # the first stop stands


_HEARING: dict[type[Entry], Any] = {
    e.Triaged: _triaged,
    e.PriorityRaised: _raised,
    e.PriorityLoweringProposed: _proposed,
    e.PriorityLowered: _lowered,
    e.CaseOpened: _opened,
    e.WorkersAssigned: lambda case, x: replace(case, workers=x.workers),
    e.DecisionMade: lambda case, x: replace(case, decided=(*case.decided, x.at)),
    e.FirstStepTaken: lambda case, x: replace(case, stepped=(*case.stepped, x.at)),
    e.Reviewed: lambda case, x: replace(case, reviewed=(*case.reviewed, x.at)),
    e.ThreatArrived: _threatened,
    e.FollowUpStarted: _safe,
    e.FollowUpDone: _followed,
    e.CaseClosed: _closed,
    e.CaseReopened: lambda case, x: replace(case, closed_at=None, close_reasons=()),
    e.NeedNoted: lambda case, x: replace(case, needs={**case.needs, x.need: x.state}),
    e.NoteWritten: lambda case, x: replace(case, notes=(*case.notes, x)),
    e.FollowUpNoted: lambda case, x: replace(case, follow_ups=(*case.follow_ups, x)),
    e.ThreatNoted: lambda case, x: replace(case, threats=(*case.threats, x)),
    e.ConsentGiven: lambda case, x: replace(case, consents=(*case.consents, x)),
    e.ConsentWithdrawn: _withdrew,
    e.ConsentUsed: lambda case, x: replace(case, used=case.used | {x.line}),
    e.RecallAnswered: lambda case, x: replace(case, recalls={**case.recalls, x.line: x.outcome}),
    e.VitalInterestUsed: _vital,
    e.VitalInterestReviewed: _vital_reviewed,
}
