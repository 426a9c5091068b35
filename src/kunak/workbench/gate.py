"""The gate over all rooms: what is not done while a person may not be speaking for themselves.

A room knows its own entries. That the thread of a request is possibly under control is known in intake; that a
journey of the same person gave a sign of duress, in evacuation; whether a yes counts is casework's. Here they
meet: whatever an action decides, on a page, in a command or anywhere else, goes through ``check`` before it is
written, and whatever is laid into a mailbox through ``may_go``.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from kunak import casework, evacuation, intake
from kunak.casework import entries as c
from kunak.errors import Refused
from kunak.evacuation import bed_entries as b
from kunak.evacuation import entries as v
from kunak.evacuation.journey import Journey
from kunak.fold import Entry
from kunak.intake import entries as i
from kunak.intake.contact import ContactNotAllowed
from kunak.intake.control import FREE, Control, Doubt
from kunak.intake.model import Request
from kunak.intake.neutral import is_neutral
from kunak.intake.sending import OnlyNeutral, ThreadIsFrozen, permission

WRITES_TO_THEM = ("cover_message", "second_channel")  # steps of the ladder that are a message to the person


class WithheldUnderControl(Refused):
    """Somebody else may be writing in this person's name, so this is not done now."""

    code = "withheld-under-control"
    hint = "Two members end it, on the page “Is it they?”, once they know that the person speaks freely."


class WithdrawalVoid(Refused):
    """Said while somebody may be forcing the person, this stops nothing; it can be noted that it was said."""

    code = "withdrawal-void"
    hint = "Note it on the page of consents, and ask the person when they are free to speak."


class SecondLookFirst(Refused):
    """There are two or more signs of a hostile contact, and no other member has looked yet."""

    code = "second-look-first"
    hint = (
        "Ask a colleague to look, on the page “Is it they?”; until then information goes out only in steps."
    )


# What is withheld while the person may be under control. Each takes the entry; those left out are never withheld:
# what happened is noted whatever the screens say, and everything that protects is always done.
_WITHHELD: dict[type[Entry], Callable[[Any], bool]] = {
    i.SafeContactPlanNoted: lambda _: True,
    i.SafeContactReconfirmed: lambda _: True,
    c.ConsentGiven: lambda _: True,
    v.GoDecided: lambda x: bool(x.go),
    v.JourneyStarted: lambda _: True,
    v.Resumed: lambda _: True,
    v.CheckInMarked: lambda x: x.sign != "duress",
    v.ConfirmedSafe: lambda x: x.how == "agreed_sign" or not x.first,
    b.BedAskedFor: lambda _: True,
    b.BedAssigned: lambda _: True,
    b.SeatAskedFor: lambda _: True,
}
# What waits for the second look that two signs of a hostile contact ask for.
_WAITS_FOR_A_LOOK: tuple[type[Entry], ...] = (b.BedAskedFor, b.BedAssigned, v.GoDecided, v.JourneyStarted)

_ON_THE_WAY = tuple(kind for kind in v.KINDS if kind not in b.KINDS)


class Gate:
    """What the rooms know at one moment."""

    def __init__(self, requests: intake.State, cases: casework.State, journeys: evacuation.State) -> None:
        self._requests, self._cases, self._journeys = requests, cases, journeys

    def check(self, entries: Iterable[Entry]) -> None:
        """Raise what speaks against writing these entries now: ThreadIsFrozen, OnlyNeutral, WithdrawalVoid,
        WithheldUnderControl, SecondLookFirst, ContactNotAllowed."""
        for entry in entries:
            if isinstance(entry, i.ReplyWritten | i.ReplyWrittenAnyway):
                self._check_words(entry)
            elif isinstance(entry, v.CheckInMissed) and entry.step in WRITES_TO_THEM:
                self._check_message(entry)
            elif isinstance(entry, c.ConsentWithdrawn):
                if self.control(entry.subject).possible:
                    raise WithdrawalVoid
            elif type(entry) in _WITHHELD and _WITHHELD[type(entry)](entry):
                self._check_withheld(entry)

    def control(self, code: str) -> Control:
        """Whether the person of a request, a case or a journey may be under control: by their thread, or by a
        sign of duress on the way that nobody has answered."""
        request = self.request(code)
        known = FREE if request is None else request.control
        forced = tuple(_forced(journey) for journey in self._of(code) if journey.under_control is not None)
        return replace(known, doubts=(*known.doubts, *forced)) if forced else known

    def request(self, code: str) -> Request | None:
        """The request that a code belongs to: its own, that of its case, or that of its journey's case."""
        journey = self._journeys.get(code)
        case = self._cases.get(journey.case if journey is not None else code)
        if case is not None and case.request:
            return self._requests.get(case.request)
        return self._requests.get(code)

    def may_go(self, code: str, text: str) -> bool:
        """Whether a reply may still be laid into the mailbox of a request, as far as the whole house knows."""
        control, request = self.control(code), self._requests.get(code)
        if control.frozen or request is None:
            return False
        return not control.possible or is_neutral(text, (one.plan for one in request.plans))

    def _check_words(self, reply: i.ReplyWritten | i.ReplyWrittenAnyway) -> None:
        control, request = self.control(reply.subject), self._requests.get(reply.subject)
        plans = () if request is None else request.plans
        if control.frozen:
            raise ThreadIsFrozen
        if control.possible and not is_neutral(reply.text, (one.plan for one in plans)):
            raise OnlyNeutral

    def _check_message(self, step: v.CheckInMissed) -> None:
        """A step of the ladder that is a message goes out as any other does: frozen, retired, outside a window."""
        request = self.request(step.subject)
        if request is None:
            return
        if self.control(step.subject).frozen:
            raise ThreadIsFrozen
        listed = [] if request.plan is None else [one.kind for one in request.plan.channels]
        found = [permission(request, kind, step.at) for kind in listed]
        if found and not any(one.allowed for one in found):
            raise ContactNotAllowed(why=found[0].why)

    def _check_withheld(self, entry: Entry) -> None:
        code = self._whose(entry)
        request = self.request(code)
        thread = FREE if request is None else request.control
        # What a sign of duress on the way means for that journey is the journey's own to say.
        if thread.possible or (not isinstance(entry, _ON_THE_WAY) and self.control(code).possible):
            raise WithheldUnderControl
        if request is not None and request.looks_asked and isinstance(entry, _WAITS_FOR_A_LOOK):
            raise SecondLookFirst

    def _whose(self, entry: Entry) -> str:
        """The code of the person that an entry is about; a bed's entry names none but the claim."""
        claim = getattr(entry, "claim", "")
        if not claim or isinstance(entry, b.BedAskedFor | b.SeatAskedFor):
            return entry.subject
        asked = (one for known in self._journeys.asked for one in known if one.claim == claim)
        return next((one.subject for one in asked), entry.subject)

    def _of(self, code: str) -> list[Journey]:
        """The journeys of the same person."""
        own = self._journeys.get(code)
        if own is not None:
            return [journey for journey in self._journeys if journey.case == own.case]
        cases = {code, *(case.code for case in self._cases if case.request == code)}
        return [journey for journey in self._journeys if journey.case in cases]


def _forced(journey: Journey) -> Doubt:
    since = journey.under_control
    assert since is not None  # asked for by whoever calls
    return Doubt(id=f"{journey.code}/duress", kind="duress_word", since=since)
