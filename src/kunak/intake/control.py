"""Whether the person still speaks for themselves in a thread (F3): how it is known, and from when.

A *doubt* is a challenge that was not passed, a word of duress, or a freeze. One failed challenge is a slip; two,
or any of the others, and the thread is *possibly under control*. Two members end that, by what they know. They
answer the doubts that they knew; one that a third noted apart, knowing nothing of their answer, brings all back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from kunak.fold import Entry
from kunak.intake import entries as e
from kunak.intake.lists import FAILURES

SLIPS = ("failed", "second_voice")
MISTAKE = "marked_by_mistake"  # the one way to restore trust that gives retired channels back


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One reason to think that another writes. ``kind``: failed, second_voice, duress_word, or a reason to
    freeze. ``until``: when two members answered it."""

    id: str
    kind: str
    since: datetime
    freezes: bool = False
    retired: tuple[str, ...] = ()
    until: datetime | None = None
    mistaken: bool = False


@dataclass(frozen=True, kw_only=True)
class Control:
    """What is known of it, of one thread. ``known``: ids of all of it, as ``seen`` of what follows."""

    doubts: tuple[Doubt, ...] = ()
    challenges: tuple[e.ChallengePut, ...] = ()
    restored: tuple[e.TrustRestored, ...] = ()
    known: tuple[str, ...] = ()

    @property
    def standing(self) -> tuple[Doubt, ...]:
        """The doubts that nobody has answered, oldest first."""
        return tuple(doubt for doubt in self.doubts if doubt.until is None)

    @property
    def frozen(self) -> bool:
        """Whether nothing may go out at all."""
        return any(doubt.freezes for doubt in self.standing)

    @property
    def possible(self) -> bool:
        """Whether the thread is possibly under control, or frozen."""
        return self.since is not None

    @property
    def since(self) -> datetime | None:
        """From when nothing that was said in it counts. None: all counts."""
        return _begin(self.standing)

    @property
    def retired(self) -> frozenset[str]:
        """The kinds of channels that are good no more, whoever writes there."""
        return frozenset(kind for doubt in self._meant for kind in doubt.retired)

    @property
    def retired_at(self) -> datetime | None:
        """When the first of them was retired."""
        return min((doubt.since for doubt in self._meant if doubt.retired), default=None)

    def held(self, at: datetime) -> bool:
        """Whether what was said at this hour was said while the thread was possibly under control."""
        begun = _begin([doubt for doubt in self._meant if doubt.until is None or at < doubt.until])
        return begun is not None and begun <= at

    def doubted_after(self, at: datetime) -> bool:
        """Whether the thread came under control at this hour or after it, also if it is free again."""
        ends = {doubt.until for doubt in self._meant}
        begun = (_begin([doubt for doubt in self._meant if doubt.until == end]) for end in ends)
        return any(moment is not None and moment >= at for moment in begun)

    @property
    def _meant(self) -> tuple[Doubt, ...]:
        """The doubts but for those that were a mistake: with them, nothing that came or waits is to be held."""
        return tuple(doubt for doubt in self.doubts if not doubt.mistaken)


FREE = Control()


def standing(heard: Iterable[Entry]) -> Control:
    """What the entries of one request say of it, in canonical order."""
    entries = [entry for entry in heard if isinstance(entry, e.CONTROL_KINDS)]
    if not entries:
        return FREE
    answers = _holding(entries)
    return Control(
        doubts=tuple(_doubt(entry, answers) for entry in entries if _is_doubt(entry)),
        challenges=tuple(entry for entry in entries if isinstance(entry, e.ChallengePut)),
        restored=answers,
        known=tuple(entry.id for entry in entries),
    )


def _begin(doubts: Sequence[Doubt]) -> datetime | None:
    """When these doubts came to mean that another may be writing: at the second slip, at any of the others."""
    slips = sorted(doubt.since for doubt in doubts if doubt.kind in SLIPS)
    others = [doubt.since for doubt in doubts if doubt.kind not in SLIPS]
    return min([*slips[FAILURES - 1 : FAILURES], *others], default=None)


def _is_doubt(entry: Entry) -> bool:
    passed = isinstance(entry, e.ChallengePut) and entry.outcome == "passed"
    return not passed and not isinstance(entry, e.TrustRestored)


def _holding(entries: Sequence[Entry]) -> tuple[e.TrustRestored, ...]:
    """The answers that hold: by two, and with no doubt beside them that knew as little of them as they of it."""
    doubts = [entry for entry in entries if _is_doubt(entry)]
    answers = (x for x in entries if isinstance(x, e.TrustRestored) and x.second not in ("", x.by))
    return tuple(
        answer
        for answer in answers
        if all(doubt.id in answer.seen or answer.id in _seen(doubt) for doubt in doubts)
    )


def _doubt(entry: Entry, answers: Iterable[e.TrustRestored]) -> Doubt:
    by = [answer for answer in answers if entry.id in answer.seen]
    is_freeze = isinstance(entry, e.ThreadFrozen)
    return Doubt(
        id=entry.id,
        kind=entry.reason if isinstance(entry, e.ThreadFrozen) else getattr(entry, "outcome", ""),
        since=entry.at,
        freezes=is_freeze,
        retired=entry.retired if isinstance(entry, e.ThreadFrozen) else (),
        until=min((answer.at for answer in by), default=None),
        mistaken=any(answer.how == MISTAKE for answer in by),
    )


def _seen(entry: Entry) -> tuple[str, ...]:
    return getattr(entry, "seen", ())
