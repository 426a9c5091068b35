"""Which level stands, of everything that was judged: the most urgent of what nobody has replaced.

Members who are apart may each judge. Then both judgements stand and are shown, the more urgent one counts,
and a lowering replaces only what its two members knew. So no lowering ever wins over a raise that they had
not heard of, whatever the clocks say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kunak.casework import entries as e
from kunak.casework.triage import LEVELS
from kunak.fold import Entry, current, in_order, replace

Judgement = e.Triaged | e.PriorityRaised | e.PriorityLowered
_HOW: Mapping[type[Entry], str] = {
    e.Triaged: "triaged",
    e.PriorityRaised: "raised",
    e.PriorityLowered: "lowered",
}


@dataclass(frozen=True, kw_only=True)
class LevelSet:
    """A level, since when, and by what: ``triaged``, ``raised`` or ``lowered``."""

    at: datetime
    level: str
    how: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What stands. ``disputed``: ids that do not count or are not the most urgent: look again."""

    level: str = ""
    basis: str = ""
    levels: tuple[LevelSet, ...] = ()
    triage: e.Triaged | None = None
    proposed: e.PriorityLoweringProposed | None = None
    standing: tuple[Judgement, ...] = ()
    disputed: tuple[str, ...] = ()


def judged(entries: Iterable[Entry]) -> Judged:
    """Everything about the level, from all that was heard of one case or request.

    What names no level is no work of this program, and is not heard.
    """
    heard = tuple(entries)
    known = in_order(_naming(x) for x in heard if isinstance(x, Judgement) and x.level in LEVELS)
    by_id = {x.id: x for x in known}
    counted = [x for x in known if _counts(x, by_id)]
    if not counted:
        return Judged(disputed=tuple(x.id for x in known))
    standing = current(counted)
    basis = _most_urgent(standing)
    return Judged(
        level=basis.level,
        basis=basis.id,
        levels=tuple(_history(counted)),
        triage=_triage(basis, counted),
        proposed=_proposed(heard, basis.id),
        standing=standing,
        disputed=_disputed(known, counted, standing, basis.level),
    )


def _naming(x: Judgement) -> Judgement:
    """An entry that names only the level it knew replaces that one."""
    basis = getattr(x, "basis", "")
    return replace(x, replaces=(basis,)) if basis and not x.replaces else x


def _counts(x: Judgement, by_id: Mapping[str, Judgement]) -> bool:
    """Anyone raises; less urgent than what it replaces takes two members and a reason."""
    before = [by_id[old].level for old in x.replaces if old in by_id and old != x.id]
    lowers = isinstance(x, e.PriorityLowered) or x.level > min(before, default=x.level)
    if not lowers:
        return True
    if isinstance(x, e.PriorityRaised) or x.basis not in x.replaces:
        return False
    return x.second not in ("", x.by) and bool(x.reasons)


def _most_urgent(standing: Sequence[Judgement]) -> Judgement:
    """The most urgent; of equal ones the last, since a new alarm starts its clocks anew."""
    level = min(x.level for x in standing)
    return [x for x in standing if x.level == level][-1]


def _history(counted: Sequence[Judgement]) -> Iterable[LevelSet]:
    """Every change of what counts. A calmer judgement beside a more urgent one changed nothing."""
    for place, x in enumerate(counted, start=1):
        if _most_urgent(current(counted[:place])).id == x.id:
            yield LevelSet(at=x.at, level=x.level, how=_HOW[type(x)], reason=_reason(x))


def _reason(x: Judgement) -> str:
    if isinstance(x, e.PriorityRaised):
        return x.reason
    return ", ".join(x.reasons) if isinstance(x, e.PriorityLowered) else ""


def _triage(basis: Judgement, counted: Sequence[Judgement]) -> e.Triaged | None:
    if isinstance(basis, e.Triaged):
        return basis
    return next((x for x in reversed(counted) if isinstance(x, e.Triaged)), None)


def _proposed(heard: Iterable[Entry], basis: str) -> e.PriorityLoweringProposed | None:
    proposals = [
        x
        for x in heard
        if isinstance(x, e.PriorityLoweringProposed) and x.basis == basis and x.level in LEVELS
    ]
    return proposals[-1] if proposals else None


def _disputed(
    known: Iterable[Judgement], counted: Sequence[Judgement], standing: Iterable[Judgement], level: str
) -> tuple[str, ...]:
    settled = {old for x in counted for old in x.replaces}
    alone = {x.id for x in known} - {x.id for x in counted} - settled
    calmer = {x.id for x in standing if x.level > level}
    return tuple(x.id for x in known if x.id in alone | calmer)
