"""Attachments of a thread: announced by the person, fetched from the relay by whoever may read them, kept or lost.

What is no evidence lies with the words of the thread and is forgotten with them; what the person wants kept as it
is lies where documenters and lawyers read. The thread says of both that they came, of what type and size.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from kunak.fold import Entry
from kunak.intake import entries as e
from kunak.intake.making import Maker

Waits = e.AttachmentWaits | e.EvidenceWaits | e.UnreadEvidenceWaits
Kept = e.AttachmentKept | e.EvidenceKept | e.UnreadEvidenceKept
LASTS = timedelta(days=13)  # as long as the relay surely keeps what is whole
_AFTER: dict[type[Waits], type[Kept]] = {
    e.AttachmentWaits: e.AttachmentKept,
    e.EvidenceWaits: e.EvidenceKept,
    e.UnreadEvidenceWaits: e.UnreadEvidenceKept,
}


class Sent(NamedTuple):
    """One attachment as it was announced. ``opens`` is opaque: what finds and opens it at the relay.

    ``evidence``: the person wants it kept as it is; ``read``: there are members who read evidence.
    """

    sort: str
    kilobytes: int
    evidence: bool
    opens: str
    read: bool = True


@dataclass(frozen=True, kw_only=True)
class Attached:
    """What is known of one attachment. ``wait``: what finds it, and with it the compartment it belongs to; None
    where that is not read here."""

    id: str
    at: datetime
    sort: str
    kilobytes: int
    evidence: bool
    wait: Waits | None = None
    kept: e.KeptParts | None = None
    lost: bool = False

    @property
    def waits(self) -> bool:
        """Whether it is to be fetched, by somebody who can."""
        return self.wait is not None and self.kept is None and not self.lost

    @property
    def lapses(self) -> datetime:
        """From when on the relay may have let it go."""
        return self.at + LASTS


def announce(*, subject: str, sent: Sequence[Sent], by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """The person's report attaches these."""
    made, written = Maker(id=id, at=at, by=by, subject=subject), list[Entry]()
    for one in sent:
        facts = {"sort": one.sort, "kilobytes": one.kilobytes}
        told = made(e.AttachmentAnnounced, evidence=one.evidence, **facts)
        written += (told, made(_kind(one), attachment=told.id, opens=one.opens, **facts))
    return tuple(written)


def keep(
    *, attached: Attached, kept: e.KeptParts, subject: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """It was fetched and is whole. Nothing, where this hand was not told what it waits for."""
    if attached.wait is None:
        return ()
    kind = _AFTER[type(attached.wait)]
    return (Maker(id=id, at=at, by=by, subject=subject)(kind, attachment=attached.id, kept=kept),)


def lose(*, attached: Attached, subject: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """It did not arrive whole, and will not any more."""
    return (Maker(id=id, at=at, by=by, subject=subject)(e.AttachmentLost, attachment=attached.id),)


def standing(entries: Iterable[Entry]) -> tuple[Attached, ...]:
    """The attachments of a request, in the order in which they were announced.

    Whatever is heard first: parts of it lie in compartments that this hand may not read.
    """
    known: dict[str, Attached] = {}
    later: list[Kept | e.AttachmentLost] = []
    for entry in entries:
        match entry:
            case e.AttachmentAnnounced():
                before = known.get(entry.id)
                known[entry.id] = _told(entry.id, entry, before.wait if before else None, entry.evidence)
            case e.AttachmentWaits() | e.EvidenceWaits() | e.UnreadEvidenceWaits():
                _wait(known, entry)
            case e.AttachmentKept() | e.EvidenceKept() | e.UnreadEvidenceKept() | e.AttachmentLost():
                later.append(entry)
    for one in later:
        _follow(known, one)
    return tuple(sorted(known.values(), key=lambda each: (each.at, each.id)))


def _kind(one: Sent) -> type[Waits]:
    if not one.evidence:
        return e.AttachmentWaits
    return e.EvidenceWaits if one.read else e.UnreadEvidenceWaits


def _told(id: str, entry: Waits | e.AttachmentAnnounced, wait: Waits | None, evidence: bool) -> Attached:
    return Attached(
        id=id, at=entry.at, sort=entry.sort, kilobytes=entry.kilobytes, evidence=evidence, wait=wait
    )


def _wait(known: dict[str, Attached], entry: Waits) -> None:
    """What finds it counts once: the first that was heard."""
    before = known.get(entry.attachment)
    if before is None:
        evidence = not isinstance(entry, e.AttachmentWaits)
        known[entry.attachment] = _told(entry.attachment, entry, entry, evidence)
    elif before.wait is None:
        known[before.id] = replace(before, wait=entry)


def _follow(known: dict[str, Attached], entry: Kept | e.AttachmentLost) -> None:
    one = known.get(entry.attachment)
    if one is None or one.kept is not None:
        return
    if isinstance(entry, e.AttachmentLost):
        known[one.id] = replace(one, lost=True)
    elif one.wait is not None and isinstance(entry, _AFTER[type(one.wait)]):
        known[one.id] = replace(one, kept=entry.kept, lost=False)  # whole somewhere: then it is not lost
