"""What a person sends: a request, a further message, or an instruction; sealed to the office's intake key.

Inside the seal are a signature by the key of the return code, then JSON. The mailbox id binds that key, so
the office knows that the same hand holds the thread without remembering any key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from kunak.errors import Damaged, Refused
from kunak.exchange.envelope import pad_to, unpad_from
from kunak.exchange.mailbox import MailboxKeys, mailbox_id
from kunak.vault import codec, curves, seal

KINDS = ("request", "message", "stop", "delete")
FORM = "f1/1"  # the version of the questions that were put
VIA_RELAY = "relay-plaintext"  # the relay's computer saw the text for a moment
SIZES = (4096, 8192, 16384)  # bytes before sealing
_KIND = "exchange.Report"
_STEP = timedelta(minutes=15)


class ReportTooLong(Refused):
    """This message is too long."""

    code = "report-too-long"
    hint = "Shorten it. You can write again with your code."


class ReportNotOwn(Damaged):
    """A message claims a mailbox that its keys do not belong to."""

    code = "report-not-own"
    hint = "Do not act on it. Ask the person over another channel whether they wrote."


@dataclass(frozen=True, kw_only=True)
class Report:
    """One thing a person sent.

    ``kind`` is one of KINDS: ``stop`` asks not to be written to any more, ``delete`` to forget what they
    wrote. ``answers`` are as ticked, by question key (see ``kunak.intake.form.parse``). ``received_at`` is
    UTC, rounded down to 15 minutes. ``reply_key`` and ``reply_secret`` are what ``Post.deliver`` seals with.
    """

    kind: str
    mailbox: str
    reply_key: bytes = field(repr=False)
    reply_secret: bytes = field(repr=False)
    sign_key: bytes = field(repr=False)
    token_hash: bytes = field(repr=False)
    received_at: datetime
    language: str
    channel: str = "web"
    via: str = VIA_RELAY
    form: str = FORM
    answers: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)
    id: str = ""  # 32 hexadecimal digits: the same thing sent twice has the same id


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
        received_at=_EPOCH,
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


def seal_report(report: Report, keys: MailboxKeys, intake_public: bytes) -> bytes:
    """The report signed, padded to a size class and sealed. Raises ReportTooLong."""
    body = codec.encode_body(report, _KIND)
    signature = curves.sign(keys.sign, _signed(body))
    try:
        padded = pad_to(signature + body, SIZES)
    except ValueError:
        raise ReportTooLong() from None
    return seal.seal_to(seal.load_x_wing_public(intake_public), _INFO, padded)


def open_report(sealed: bytes, intake_seed: bytes) -> Report:
    """The report, if it is for this office, whole, and by the holder of its mailbox. Raises Damaged."""
    plain = unpad_from(seal.open_with(seal.x_wing_from_seed(intake_seed), _INFO, sealed), SIZES)
    signature, body = plain[: seal.SIGNATURE_BYTES], plain[seal.SIGNATURE_BYTES :]
    report = codec.decode_body(body, {_KIND: Report})
    if not isinstance(report, Report) or report.kind not in KINDS:
        raise codec.NotReadable()
    if report.mailbox != mailbox_id(report.token_hash, report.sign_key):
        raise ReportNotOwn()
    curves.verify(report.sign_key, signature, _signed(body))
    return report


_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_INFO = seal.context("report")


def _signed(body: bytes) -> bytes:
    return seal.context("report/signature", body)
