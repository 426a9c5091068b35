"""What casework knows of one case, or of a request that was triaged and is no case yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from kunak.casework import entries as e
from kunak.casework.followup import FollowUpRun, later
from kunak.casework.levels import Judgement, judged
from kunak.casework.levels import LevelSet as LevelSet
from kunak.casework.lists import OPENNESS
from kunak.fold import (
    Awaited,
    Entry,
    Ledger,
    Past,
    batch,
    but,
    current,
    fold_by_subject,
    in_order,
    replace,
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case; with ``opened_at`` None, a triaged request.

    ``level`` is empty before anyone triaged it. ``basis`` is the id of the entry that set it. ``judgements``,
    ``assignments`` and ``needs_said`` hold all that stands, more than one where members edited apart; rules
    act on the most urgent level, on every worker and on the need in its most open state. ``disputed`` lists
    judgements that one member wrote alone, or that are calmer than one beside them: they do not count and
    someone should look again. ``decided``, ``stepped`` and ``reviewed`` are the moments that stopped those
    clocks.
    """

    code: str
    request: str = ""
    opened_at: datetime | None = None
    assignments: tuple[e.CaseOpened | e.WorkersAssigned, ...] = ()
    workers: tuple[str, ...] = ()
    judgements: tuple[Judgement, ...] = ()
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
    needs_said: dict[str, tuple[e.NeedNoted, ...]] = field(default_factory=dict)
    needs: dict[str, str] = field(default_factory=dict)
    notes: tuple[e.NoteWritten, ...] = ()
    follow_ups: tuple[e.FollowUpNoted, ...] = ()
    threats: tuple[e.ThreatNoted, ...] = ()
    consents: tuple[e.ConsentGiven, ...] = ()
    withdrawals: tuple[e.ConsentWithdrawn, ...] = ()
    withdrawn: dict[str, datetime] = field(default_factory=dict)
    void_withdrawals: tuple[e.WithdrawalHeardUnderControl, ...] = ()
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
    heard = batch(entries)
    ledger = fold_by_subject(state, heard, kinds=e.KINDS, replay=_replay)
    if ledger is state:
        return state
    if isinstance(heard, Past):
        subjects = heard.about(e.KINDS)
        make = partial(_inheriting, ledger)
        return Ledger(ledger.heard, Awaited(subjects, make, _by_request(heard)))
    touched = {entry.subject for entry in heard if isinstance(entry, e.KINDS)}
    known = ledger.known.touched_by(touched) if isinstance(ledger.known, Awaited) else ledger.known
    changed = {
        code: _replay_case(ledger, case)
        for code, case in known.items()
        if case.request and (code in touched or case.request in touched)
    }
    return Ledger(ledger.heard, but(ledger.known, changed))


def _by_request(past: Past) -> dict[str, tuple[str, ...]]:
    """The cases that inherit from each request, as far as was heard before."""
    found: dict[str, tuple[str, ...]] = {}
    for code in past.about((e.CaseOpened,)):
        for request in {
            opened.request for opened in past.of(code, (e.CaseOpened,)) if isinstance(opened, e.CaseOpened)
        }:
            found[request] = (*found.get(request, ()), code)
    return found


def _inheriting(ledger: State, code: str) -> Case | None:
    case = ledger.get(code)
    return case if case is None or not case.request else _replay_case(ledger, case)


def _replay_case(ledger: State, case: Case) -> Case:
    # What opened another case under the request's code is no part of this one.
    inherited = [x for x in ledger.heard.get(case.request, ()) if not isinstance(x, e.CaseOpened)]
    return _follow(Case(code=case.code), in_order((*inherited, *ledger.heard[case.code])))


def _replay(entries: Sequence[Entry]) -> Case | None:
    """One subject's own entries. Founded by CaseOpened, or by what may be noted of a mere request."""
    first = next((x for x in entries if isinstance(x, _FOUNDING)), None)
    if first is None:
        return None
    request = [x.request for x in entries if isinstance(x, e.CaseOpened)][-1:]
    if request and request[0]:
        return Case(code=first.subject, request=request[0])  # ``fold`` follows it with what it inherits
    return _follow(Case(code=first.subject), entries)


def _follow(case: Case, entries: Iterable[Entry]) -> Case:
    heard = tuple(entries)
    for entry in heard:
        if type(entry) in _HEARING:
            case = _HEARING[type(entry)](case, entry)
    return _standing(case, heard)


def _standing(case: Case, heard: Sequence[Entry]) -> Case:
    """What of the values that safety hangs on stands, and the careful reading of it."""
    levels = judged(heard)
    assigned = current(x for x in heard if isinstance(x, e.CaseOpened | e.WorkersAssigned))
    noted = [x for x in heard if isinstance(x, e.NeedNoted)]
    needs = {x.need: current(one for one in noted if one.need == x.need) for x in noted}
    return replace(
        case,
        judgements=levels.standing,
        level=levels.level,
        basis=levels.basis,
        levels=levels.levels,
        triage=levels.triage,
        proposed=levels.proposed,
        disputed=levels.disputed,
        assignments=assigned,
        workers=tuple(dict.fromkeys(worker for x in assigned for worker in x.workers)),
        needs_said=needs,
        needs={need: min((x.state for x in said), key=_openness) for need, said in needs.items()},
    )


def _openness(state: str) -> int:
    return OPENNESS.index(state) if state in OPENNESS else 0


def _opened(case: Case, entry: e.CaseOpened) -> Case:
    return replace(
        case,
        request=entry.request,
        opened_at=entry.at if case.opened_at is None else case.opened_at,
        decided=(*case.decided, entry.at),
    )


def _two(entry: Any) -> bool:
    """Whether an entry names a second member besides its author."""
    return entry.second not in ("", entry.by)


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
    withdrawn = {entry.line: entry.at, **case.withdrawn}  # the first stop stands
    return replace(case, withdrawn=withdrawn, withdrawals=(*case.withdrawals, entry))


_HEARING: dict[type[Entry], Any] = {
    e.CaseOpened: _opened,
    e.DecisionMade: lambda case, x: replace(case, decided=(*case.decided, x.at)),
    e.FirstStepTaken: lambda case, x: replace(case, stepped=(*case.stepped, x.at)),
    e.Reviewed: lambda case, x: replace(case, reviewed=(*case.reviewed, x.at)),
    e.ThreatArrived: _threatened,
    e.FollowUpStarted: _safe,
    e.FollowUpDone: _followed,
    e.CaseClosed: _closed,
    e.CaseReopened: lambda case, x: replace(case, closed_at=None, close_reasons=()),
    e.NoteWritten: lambda case, x: replace(case, notes=(*case.notes, x)),
    e.FollowUpNoted: lambda case, x: replace(case, follow_ups=(*case.follow_ups, x)),
    e.ThreatNoted: lambda case, x: replace(case, threats=(*case.threats, x)),
    e.ConsentGiven: lambda case, x: replace(case, consents=(*case.consents, x)),
    e.ConsentWithdrawn: _withdrew,
    e.WithdrawalHeardUnderControl: lambda case, x: replace(
        case, void_withdrawals=(*case.void_withdrawals, x)
    ),
    e.ConsentUsed: lambda case, x: replace(case, used=case.used | {x.line}),
    e.RecallAnswered: lambda case, x: replace(case, recalls={**case.recalls, x.line: x.outcome}),
    e.VitalInterestUsed: _vital,
    e.VitalInterestReviewed: _vital_reviewed,
}
