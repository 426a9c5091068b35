"""Attachments on their way from the relay into the office: fetched in pieces, verified, sealed anew, let go there.

The device of whoever may read an attachment fetches it when they ask for it, with its size before their eyes: what
one person sends makes an office fetch nothing by itself. What a broken line has brought already is not fetched
again. The network is never asked while the workbench is held: ``waiting`` and ``take`` touch the workbench,
``Collecting`` the network.
"""

import base64
from collections.abc import Collection
from datetime import timedelta
from typing import NamedTuple

from kunak.errors import Damaged
from kunak.exchange.attaching import MOST_BYTES, SEALED_BYTES, Attached, check, open_parts
from kunak.exchange.channel import Answer
from kunak.exchange.post import Post
from kunak.exchange.report import Report, attached_to
from kunak.intake import actions
from kunak.intake.attached import Sent
from kunak.intake.entries import KeptParts
from kunak.vault import codec
from kunak.vault.attachments import Attachment, AttachmentDamaged, seal_parts
from kunak.vault.roles import NobodyMayRead
from kunak.vault.stores import Blob
from kunak.workbench import Workbench

PATIENCE = timedelta(days=2)  # as long as the relay keeps what is unfinished
_AT_ONCE = 64  # parts in one round: 4 MiB
_KILO = 1024


class Waiting(NamedTuple):
    """An attachment that is to be fetched. ``overdue``: what is not there now will not come any more."""

    request: str
    id: str
    attached: Attached
    overdue: bool


class Fetched(NamedTuple):
    """How far fetching came. ``parts``: all of them, sealed, in order; empty while some lack."""

    waiting: Waiting
    parts: tuple[bytes, ...]


class Collecting:
    """What one launch has fetched so far of the attachments that wait."""

    def __init__(self) -> None:
        self._held: dict[bytes, list[bytes]] = {}
        self._done: set[bytes] = set()

    def fetch(self, post: Post, waiting: tuple[Waiting, ...]) -> tuple[Fetched, ...]:
        """Go on fetching, some MiB a round. Raises Unreachable; what came until then is held.

        Those that are whole come back, and those that are overdue and are not.
        """
        self._held = {one.attached.upload: self._held.get(one.attached.upload, []) for one in waiting}
        room, found = _AT_ONCE, list[Fetched]()
        for one in waiting:
            room -= self._fetch(post, one.attached, room)
            held = self._held[one.attached.upload]
            if len(held) == one.attached.parts:
                return (*found, Fetched(one, tuple(held)))  # one whole attachment in memory is enough
            if one.overdue and room > 0:
                found.append(Fetched(one, ()))
            if room <= 0:
                break
        return tuple(found)

    def done(self, uploads: tuple[bytes, ...]) -> None:
        """These lie here, or are lost: the relay is to forget them."""
        self._done.update(uploads)
        for upload in uploads:
            self._held.pop(upload, None)

    def release(self, post: Post) -> None:
        """Have the relay forget what is done. Raises Unreachable: then the next round tries again."""
        if self._done:
            post.release(sorted(self._done))
            self._done.clear()

    def _fetch(self, post: Post, attached: Attached, room: int) -> int:
        """Fetch the next parts in their order, at most ``room``; returns how many came."""
        held = self._held[attached.upload]
        before = len(held)
        while len(held) < attached.parts and len(held) - before < room:
            answer = post.parts(attached.upload, len(held))
            came = _following(answer, len(held))[: attached.parts - len(held)]
            held += came
            if not came or not answer.more:
                break
        return len(held) - before


def _following(answer: Answer, begin: int) -> list[bytes]:
    """The parts of an answer that follow each other from ``begin`` on."""
    parts = [blob.sealed for place, blob in enumerate(answer.blobs, begin) if blob.cursor == place]
    return parts if all(len(sealed) == SEALED_BYTES for sealed in parts) else []


def sent_with(report: Report, bench: Workbench, code: str) -> tuple[Sent, ...]:
    """What a report attaches, as the room of requests keeps it."""
    attached = attached_to(report)
    read = _is_read(bench, code) if any(one.evidence for one in attached) else True
    return tuple(
        Sent(
            sort=one.sort,
            kilobytes=-(-one.size // _KILO),
            evidence=one.evidence,
            opens=base64.b64encode(codec.pack(one)).decode(),
            read=read,
        )
        for one in attached
    )


def _is_read(bench: Workbench, code: str) -> bool:
    """Whether any member reads evidence. Where none does it must not be lost for that."""
    try:
        return bool(bench.vault.readers_by_lot(code, "evidence"))
    except NobodyMayRead:
        return False


def waiting(bench: Workbench, wanted: Collection[str]) -> tuple[Waiting, ...]:
    """Of the attachments that are asked for, by their ids, those that wait at the relay and that this member may
    read, the oldest first."""
    found = []
    for request in bench.requests:
        for one in request.attachments if any(x.waits for x in request.attachments) else ():
            asked = one.waits and one.id in wanted
            attached = _read(one.wait.opens) if asked and one.wait else None
            if attached is not None:
                overdue = bench.now() - one.at > PATIENCE
                found.append((one.at, Waiting(request.code, one.id, attached, overdue)))
    return tuple(each for _, each in sorted(found, key=lambda pair: (pair[0], pair[1].id)))


def take(bench: Workbench, fetched: tuple[Fetched, ...]) -> tuple[bytes, ...]:
    """Write what arrived whole as attachments, note the rest as lost; returns the uploads to be forgotten."""
    for one in fetched:
        kept = _sealed_anew(one)
        if kept is None:
            facts = {"subject": one.waiting.request, "attachment": one.waiting.id, "by": "program"}
            bench.act(actions.lose_attachment, bench.requests, **facts)
        else:
            _write(bench, one.waiting, *kept)
    return tuple(one.waiting.attached.upload for one in fetched)


def _sealed_anew(one: Fetched) -> tuple[Attachment, tuple[Blob, ...]] | None:
    """The attachment under a key of the office's own; None if it is not whole. Plain bytes pass part by part."""
    try:
        return seal_parts(open_parts(one.waiting.attached, one.parts))
    except AttachmentDamaged:
        return None


def _write(bench: Workbench, one: Waiting, made: Attachment, parts: tuple[Blob, ...]) -> None:
    facts = {"subject": one.request, "attachment": one.id, "kept": _spelled(made), "by": "program"}
    entries = bench.decide(actions.keep_attachment, bench.requests, **facts)
    if entries:
        (item,) = bench.items(entries)
        bench.vault.write([item._replace(parts=parts)], entries[0].at)
        bench.heard(entries)


def attachment_of(kept: KeptParts) -> Attachment:
    """What the vault opens it with. Raises Damaged."""
    try:
        key, sha256, *names = (
            base64.b64decode(text, validate=True) for text in (kept.key, kept.sha256, *kept.parts)
        )
    except ValueError:
        raise AttachmentDamaged() from None
    if not 0 <= kept.length <= MOST_BYTES:
        raise AttachmentDamaged()
    return Attachment(key, tuple(names), kept.length, sha256)


def _spelled(made: Attachment) -> KeptParts:
    key, sha256, *names = (base64.b64encode(one).decode() for one in (made.key, made.sha256, *made.parts))
    return KeptParts(key, tuple(names), made.length, sha256)


def _read(opens: str) -> Attached | None:
    """What finds and opens an attachment; None for what no program of ours wrote."""
    try:
        attached = codec.unpack(base64.b64decode(opens, validate=True), Attached)
        check(attached)
    except (Damaged, ValueError):
        return None
    return attached
