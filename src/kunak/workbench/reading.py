"""The reading log: who opened what, on which day, for what. Itself opened by two.

Readings gather on this machine, sealed, and go into the log together: each time would cost a share for each
holder. Opening more than ten different files in a shift takes a colleague; a canary raises the alarm at once.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from kunak.access import actions, queries
from kunak.access.entries import Reading
from kunak.access.lists import READ_PURPOSES, SHIFT
from kunak.errors import Locked
from kunak.vault.codec import pack, unpack
from kunak.vault.roles import QuorumTooSmall
from kunak.workbench.bench import Workbench
from kunak.workbench.together import related

_KEPT = b"readings"
FLUSH_AFTER = 20
FLUSH_EVERY = timedelta(hours=1)


class TooManyOpened(Locked):
    """You have opened {count} different files this shift. A colleague must agree before you open more."""

    code = "too-many-opened"
    hint = "Let a colleague look at what you are doing and type their passphrase."


class _Kept(NamedTuple):
    """One reading that is not in the log yet, or that counts in this shift."""

    subject: str
    what: str
    at: str  # ISO 8601
    purpose: str
    logged: bool


class _KeptList(NamedTuple):
    readings: tuple[_Kept, ...]


class ReadingLog:
    """What this member reads on this machine."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        kept = bench.vault.kept(_KEPT)
        self._kept = list(() if kept is None else unpack(kept, _KeptList).readings)
        self._flushed = bench.now()

    def note(self, subject: str, what: str, purpose: str) -> None:
        """A file is about to be shown. Raises TooManyOpened; ValueError for an unknown purpose."""
        if purpose not in READ_PURPOSES:
            raise ValueError("no such purpose")
        now, codes = self._bench.now(), related(self._bench, subject)
        recent = self._recent(now)
        if min(codes) not in recent and len(recent) >= self._most(now):
            raise TooManyOpened(count=len(recent))
        if any(one.subject == subject and one.what == what and _same_day(one, now) for one in self._kept):
            return
        self._kept.append(_Kept(subject, what, now.isoformat(), purpose, False))
        self._keep(now)
        self._look_for_canaries(subject)
        if sum(not one.logged for one in self._kept) >= FLUSH_AFTER or now - self._flushed > FLUSH_EVERY:
            self.flush()

    def was_noted(self, subject: str, what: str) -> bool:
        """Whether this member opened it today already, so that they need not be asked why again."""
        now = self._bench.now()
        return any(one.subject == subject and one.what == what and _same_day(one, now) for one in self._kept)

    def opened_this_shift(self) -> int:
        """How many different files this member has opened in the last eight hours."""
        return len(self._recent(self._bench.now()))

    def allow_more(self, passphrase: str) -> None:
        """A colleague agrees. Raises WrongPassphrase, SecondPersonNeeded."""
        me = {"member": self._bench.member}
        self._bench.act_with_second(passphrase, actions.allow_more, self._bench.access, **me)

    def flush(self) -> None:
        """Write what has gathered into the log. Where one member is alone, it waits for a second."""
        new = [one for one in self._kept if not one.logged]
        if not new:
            return
        readings = [Reading(subject=r.subject, what=r.what, day=r.at[:10], purpose=r.purpose) for r in new]
        try:
            self._bench.act(actions.note_readings, self._bench.access, readings=readings)
        except QuorumTooSmall:
            return
        self._kept = [one._replace(logged=True) for one in self._kept]
        self._flushed = self._bench.now()
        self._keep(self._flushed)

    def _recent(self, now: datetime) -> set[str]:
        """The codes of this shift, one for each person: the case's where there is one."""
        shift = [one for one in self._kept if now - datetime.fromisoformat(one.at) < SHIFT]
        return {min(related(self._bench, one.subject)) for one in shift}

    def _most(self, now: datetime) -> int:
        return queries.most_openings(self._bench.access, self._bench.member, now)

    def _keep(self, now: datetime) -> None:
        self._kept = [
            one for one in self._kept if not one.logged or now - datetime.fromisoformat(one.at) < SHIFT
        ]
        self._bench.vault.keep(_KEPT, pack(_KeptList(tuple(self._kept))))

    def _look_for_canaries(self, subject: str) -> None:
        for code in sorted(related(self._bench, subject)):
            if queries.is_canary(self._bench.access, code):
                touched = {"touched": code, "member": self._bench.member}
                self._bench.act(actions.touch_canary, self._bench.access, **touched)


def _same_day(one: _Kept, now: datetime) -> bool:
    return one.at[:10] == now.isoformat()[:10]
