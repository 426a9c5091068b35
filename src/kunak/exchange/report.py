"""What a person sends: a request, a further message, or an instruction; sealed to the office's intake key.

Inside is a signature by the key of the return code, then JSON. The mailbox id binds that key, so the office
knows that the same hand holds the thread without remembering any key.

A browser that runs the script seals that itself, by X25519 or P-256 (``kunak.vault.curves``): the relay never
sees it. For a browser without, the relay writes and signs it in its memory. Whatever the relay then keeps, it
seals once more, to the X-Wing part of the intake key, with the quarter of an hour in which it came: all that is
kept looks alike, in a few sizes, and a quantum computer at the relay's disk opens nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from kunak.errors import Damaged, Refused
from kunak.exchange import attaching
from kunak.exchange.attaching import MOST_ATTACHED, Attached
from kunak.exchange.envelope import pad_to, unpad_from
from kunak.exchange.mailbox import MailboxKeys, is_mailbox_id, mailbox_id
from kunak.vault import codec, curves, seal

KINDS = ("request", "message", "stop", "delete")
FORM = "f1/1"  # the version of the questions that were put
VIA_RELAY = "relay-plaintext"  # the relay's computer saw the text for a moment
VIA_BROWSER = "sealed"  # in the person's browser, as far as the office can know
SIZES = (4096, 8192, 16384)  # bytes of a signed report with its padding
MOST_SEALED = SIZES[-1] + 1 + curves.P256_BYTES + seal.TAG_BYTES  # bytes that a browser sends
_ROOM = 128  # for what stands around it when it is kept
_KEPT = tuple(size + _ROOM for size in SIZES)
_PLAIN = b"\0"  # stands where a suite would: not sealed by a browser
_KIND = "exchange.Report"
_KIND_ATTACHING = "exchange.Attaching"
_STEP = timedelta(minutes=15)
_QUARTER_BYTES = 3  # until the year 2478
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_INFO = seal.context("report")
_INFO_KEPT = seal.context("report/kept")


class ReportTooLong(Refused):
    """This message is too long."""

    code = "report-too-long"
    hint = "Shorten it. You can write again with your code."


class ReportNotOwn(Damaged):
    """A message claims a mailbox that its keys do not belong to."""

    code = "report-not-own"
    hint = "Do not act on it. Ask the person over another channel whether they wrote."


class ReportNewer(Damaged):
    """A message is of a kind that this program does not know."""

    code = "report-newer"
    hint = "Bring this computer's Kunak up to date: the relay's is newer. The message waits at the relay."


@dataclass(frozen=True, kw_only=True)
class Report:
    """One thing a person sent.

    ``kind`` is one of KINDS: ``stop`` asks not to be written to any more, ``delete`` to forget what they
    wrote. ``answers`` are as ticked, by question key (see ``kunak.intake.form.parse``). ``received_at`` (by the
    relay's clock, UTC, rounded down to 15 minutes), ``channel`` and ``via`` are known when it is opened: what a
    sender says there counts for nothing. ``reply_key`` and ``reply_secret`` are what ``Post.deliver`` seals with.
    """

    kind: str
    mailbox: str
    reply_key: bytes = field(repr=False)
    reply_secret: bytes = field(repr=False)
    sign_key: bytes = field(repr=False)
    token_hash: bytes = field(repr=False)
    received_at: datetime = _EPOCH
    language: str
    channel: str = "web"
    via: str = VIA_RELAY
    form: str = FORM
    answers: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)
    id: str = ""  # 32 hexadecimal digits: the same thing sent twice has the same id


@dataclass(frozen=True, kw_only=True)
class Attaching(Report):
    """A report that attaches something: what finds and opens each attachment at the relay."""

    attachments: tuple[Attached, ...] = field(default=(), repr=False)


_NAMES = tuple(one.name for one in fields(Report))


def attached_to(report: Report) -> tuple[Attached, ...]:
    """What a report attaches."""
    return report.attachments if isinstance(report, Attaching) else ()


def attaching_report(report: Report, attachments: tuple[Attached, ...]) -> Report:
    """The report with attachments; the same again has the same id. Without any it stays as it is."""
    if not attachments:
        return report
    more = Attaching(**{name: getattr(report, name) for name in _NAMES}, attachments=attachments)
    same = seal.context("report/attaching", bytes.fromhex(report.id), *(one.upload for one in attachments))
    return replace(more, id=seal.digest(same).hex()[:32])


def write_report(
    kind: str,
    keys: MailboxKeys,
    *,
    at: datetime,
    language: str,
    answers: Mapping[str, tuple[str, ...]] | None = None,
    text: str = "",
    once: str = "",
) -> Report:
    """The report of whoever holds ``keys``.

    Its id follows from what is sent and from ``once`` (a value that the page carries), not from the time: a
    sender who saw no answer and tries again sends the same report, and it is kept once.
    """
    report = Report(
        kind=kind,
        mailbox=keys.mailbox,
        reply_key=keys.reply_public,
        reply_secret=keys.secret,
        sign_key=keys.sign_public,
        token_hash=keys.token_hash,
        language="",
        answers=dict(sorted((answers or {}).items())),
        text=text,
    )
    same = seal.context("report/id", keys.token, once.encode(), codec.encode_body(report, _KIND))
    return replace(report, received_at=rounded(at), language=language, id=seal.digest(same).hex()[:32])


def rounded(at: datetime) -> datetime:
    """The time in UTC, rounded down to 15 minutes: no finer one is ever written."""
    at = at.astimezone(UTC)
    return at - (at - _EPOCH) % _STEP


def seal_report(report: Report, keys: MailboxKeys, intake: bytes) -> bytes:
    """A report that the relay wrote for a browser without script, as it keeps it. Raises ReportTooLong."""
    return _kept(_PLAIN + _signed(report, keys), report.received_at, intake)


def seal_in_browser(
    report: Report, keys: MailboxKeys, intake: bytes, suite: bytes = curves.BY_X25519
) -> bytes:
    """A report as a browser sends it: signed, padded to a size class, sealed. Raises ReportTooLong."""
    return curves.seal_to(suite, curves.intake_part(intake, suite), _INFO, _signed(report, keys))


def keep_sealed(sealed: bytes, at: datetime, intake: bytes) -> bytes:
    """What a browser sent, as the relay keeps it. Raises Damaged for what no page of ours sends."""
    suite = sealed[:1]
    if suite not in curves.SUITES:
        raise seal.NotOpened()
    if len(sealed) - 1 - curves.ENC_BYTES[suite] - seal.TAG_BYTES not in SIZES:
        raise seal.NotOpened()
    return _kept(sealed, at, intake)


def open_report(kept: bytes, *intake_seeds: bytes) -> Report:
    """The report that a relay kept, if it is for this office, whole, and by the holder of its mailbox.

    ``intake_seeds``: of now and of before; the page that sealed may have been older than the relay's keys.
    Raises Damaged.
    """
    plain = unpad_from(_opened(kept, intake_seeds), _KEPT)
    quarter, sealed = int.from_bytes(plain[:_QUARTER_BYTES], "big"), plain[_QUARTER_BYTES:]
    by_relay = sealed[:1] == _PLAIN
    signed = sealed[1:] if by_relay else _opened_inner(sealed, intake_seeds)
    return replace(
        _believed(unpad_from(signed, SIZES)),
        received_at=_EPOCH + quarter * _STEP,
        channel="web",
        via=VIA_RELAY if by_relay else VIA_BROWSER,
    )


def why_unread(kept: bytes, *intake_seeds: bytes) -> Literal["other", "newer", "junk"]:
    """Why ``open_report`` does not read what a relay kept.

    ``other``: it is for none of these keys; another hand of the office may hold its key. ``newer``: a page of a
    newer Kunak wrote it. ``junk``: the relay kept it for a holder of these keys, and inside is what none of them
    opens, or what no page sends. A relay wraps what comes to the newest intake key, and whoever has that has all
    earlier ones: so junk will never be read, on whatever device.
    """
    try:
        _opened(kept, intake_seeds)
    except seal.NotOpened:
        return "other"
    try:
        open_report(kept, *intake_seeds)
    except ReportNewer:
        return "newer"
    except Damaged:
        return "junk"
    raise ValueError("this letter is read")


def _believed(plain: bytes) -> Report:
    signature, body = plain[: seal.SIGNATURE_BYTES], plain[seal.SIGNATURE_BYTES :]
    report = codec.decode_body(body, {_KIND: Report, _KIND_ATTACHING: Attaching})
    if report is None:
        raise ReportNewer()
    if not isinstance(report, Report) or report.kind not in KINDS or not is_mailbox_id(report.id):
        raise codec.NotReadable()
    _check_attached(attached_to(report))
    if report.mailbox != mailbox_id(report.token_hash, report.sign_key):
        raise ReportNotOwn()
    curves.verify(report.sign_key, signature, _to_sign(body))
    return report


def _check_attached(attachments: tuple[Attached, ...]) -> None:
    """Raise Damaged for more than a report may attach, one twice, or what no sender of ours says."""
    if len({one.upload for one in attachments}) != len(attachments) or len(attachments) > MOST_ATTACHED:
        raise codec.NotReadable()
    for one in attachments:
        attaching.check(one)


def _signed(report: Report, keys: MailboxKeys) -> bytes:
    body = codec.encode_body(report, _KIND_ATTACHING if attached_to(report) else _KIND)
    try:
        return pad_to(curves.sign(keys.sign, _to_sign(body)) + body, SIZES)
    except ValueError:
        raise ReportTooLong() from None


def _kept(sealed: bytes, at: datetime, intake: bytes) -> bytes:
    quarter = (rounded(at) - _EPOCH) // _STEP
    padded = pad_to(quarter.to_bytes(_QUARTER_BYTES, "big") + sealed, _KEPT)
    public = seal.load_x_wing_public(curves.intake_part(intake, seal.SUITE))
    return seal.seal_to(public, _INFO_KEPT, padded)


def _opened(kept: bytes, intake_seeds: tuple[bytes, ...]) -> bytes:
    for seed in intake_seeds:
        try:
            return seal.open_with(seal.x_wing_from_seed(seed), _INFO_KEPT, kept)
        except seal.NotOpened:
            continue
    raise seal.NotOpened()


def _opened_inner(sealed: bytes, intake_seeds: tuple[bytes, ...]) -> bytes:
    for seed in intake_seeds:
        try:
            return curves.open_with(curves.intake_private(seed, sealed[:1]), _INFO, sealed)
        except seal.NotOpened:
            continue
    raise seal.NotOpened()


def _to_sign(body: bytes) -> bytes:
    return seal.context("report/signature", body)
