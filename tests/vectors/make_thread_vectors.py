"""Writes threads-v1.json: what Python and the script of the public page must both make and open, for ever.

Run by hand, once for each version; the file is then frozen. Everything in it is invented.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kunak.errors import KunakError
from kunak.exchange.codes import ReturnCode
from kunak.exchange.envelope import pad_to
from kunak.exchange.mailbox import MailboxKeys, Reply, fill, seal_reply
from kunak.exchange.report import keep_sealed, seal_in_browser, seal_report, write_report
from kunak.vault import curves, seal

HERE = Path(__file__).parent
CODE = "0123456789abcdef01"
INTAKE_SEED = bytes(range(32))
AT = datetime(2031, 5, 5, 21, 40, tzinfo=UTC)
ANSWERS = {"safe_now": ("not_sure",), "needs": ("leave", "papers"), "text": ("Пятница. They talk.",)}


def derived(value: str) -> dict[str, str]:
    """What one code gives."""
    code = ReturnCode(int(value, 16))
    keys = MailboxKeys.of(code)
    return {
        "value": value,
        "en": " ".join(code.words("en")),
        "ru": " ".join(code.words("ru")),
        "digits": code.digits(),
        "token": keys.token.hex(),
        "token_hash": keys.token_hash.hex(),
        "reply": keys.reply.hex(),
        "reply_public": keys.reply_public.hex(),
        "sign": keys.sign.hex(),
        "sign_public": keys.sign_public.hex(),
        "secret": keys.secret.hex(),
        "mailbox": keys.mailbox,
    }


def typed() -> list[str]:
    """How people write a code: as it is shown, carelessly, with a slip, in other letters, or wrongly."""
    code = ReturnCode(int(CODE, 16))
    en, ru, digits = code.words("en"), code.words("ru"), code.digits()
    arabic = digits.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    slipped = [
        *(_slipped(word, at) for word in ("\t".join(en), "\t".join(ru)) for at in range(0, 40, 3)),
        *(_swapped(word, at) for word in ("\t".join(en), "\t".join(ru)) for at in range(1, 40, 5)),
        *(word[:at] + word[at + 1 :] for word in ("\t".join(en), "\t".join(ru)) for at in range(2, 40, 5)),
    ]
    return [
        " ".join(en), " ".join(ru), " · ".join(ru), "-".join(en).upper(), "  ".join(ru).title() + ".",
        "".join(ru), "".join(en), "".join(ru).upper(), " ".join(ru).replace("е", "ё"),
        " ".join(en).replace("i", "İ"), " ".join(en).replace("i", "ı"), " ".join(ru).replace("и", "і"),
        " ".join(ru).replace("у", "ў"), " ".join(ru).replace("й", "и"), " ".join(en).replace("e", "ə"),
        digits, digits.replace(" ", ""), "-".join(digits.split()), arabic, digits.replace("0", "٠"),
        digits[:-1] + str((int(digits[-1]) + 1) % 10), digits[:-3], digits + "1", "4722366482869645213696 01",
        "9" * 24, "", " · ", "river", " ".join(en[:5]), " ".join([*en, en[0]]), "xxxxxxxx " + " ".join(en[1:]),
        " ".join([*ru[:5], "ъъъъъъ"]), " ".join([*ru[:3], *en[3:]]), "🙂", "1234 five", "п’ять " * 6,
        "vowed tripod stadium faected synopsis scorecard", "хэтчбек колледж фактор ктоедж питье верба", *slipped,
    ]  # fmt: skip


def _slipped(text: str, at: int) -> str:
    return text[:at] + ("q" if text[at].isascii() else "щ") + text[at + 1 :] if text[at] != "\t" else text


def _swapped(text: str, at: int) -> str:
    return text if "\t" in text[at : at + 2] else text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def read(text: str) -> dict[str, Any]:
    """What reading it gives: a value, or which refusal."""
    try:
        return {"typed": text, "value": ReturnCode.read(text).secret.hex()}
    except KunakError as error:
        return {"typed": text, "refused": error.code, "number": error.facts.get("number")}


def reports() -> dict[str, Any]:
    """The same report as two sorts of browser seal it, and as the relay keeps those and one that it wrote."""
    keys, intake = MailboxKeys.of(ReturnCode(int(CODE, 16))), curves.intake_public_bytes(INTAKE_SEED)
    report = write_report("request", keys, at=AT, language="ru", answers=ANSWERS)
    sealed = [seal_in_browser(report, keys, intake, suite) for suite in curves.SUITES]
    privates = [curves.intake_private(INTAKE_SEED, suite) for suite in curves.SUITES]
    return {
        "code": CODE,
        "intake_seed": INTAKE_SEED.hex(),
        "intake_public": intake.hex(),
        "intake_privates": [private.hex() for private in privates],
        "at": "2031-05-05T21:30:00Z",
        "id": report.id,
        "answers": ANSWERS,
        "sealed": [one.hex() for one in sealed],
        "kept": [keep_sealed(one, AT, intake).hex() for one in sealed],
        "kept_without_script": seal_report(report, keys, intake).hex(),
    }


def replies() -> dict[str, Any]:
    """A slot that holds a reply, one that holds none, one that is for another mailbox."""
    keys, others = (MailboxKeys.of(ReturnCode(int(code, 16))) for code in (CODE, "fedcba987654321000"))
    reply = Reply(id="r1", at=AT.replace(minute=30), text="Мы прочитали. We have read it.\n<b>")
    slots = [
        seal_reply(reply, keys.mailbox, keys.reply_public, keys.secret),
        fill([], keys.mailbox, bytes(32))[0],
        seal_reply(reply, others.mailbox, keys.reply_public, keys.secret),
    ]
    return {"code": CODE, "text": reply.text, "id": reply.id, "slots": [slot.hex() for slot in slots]}


def signatures() -> dict[str, str]:
    """What a code's key has signed."""
    keys = MailboxKeys.of(ReturnCode(int(CODE, 16)))
    message = seal.context("report/signature", b"a body")
    return {
        "code": CODE,
        "message": message.hex(),
        "signature": curves.sign(keys.sign, message).hex(),
    }


def padding() -> list[dict[str, Any]]:
    """What is padded, and to what."""
    plain = [b"", b"a", b"zeros\0\0", b"x" * 7, b"\x80" * 15]
    return [{"plain": one.hex(), "sizes": [8, 16], "padded": pad_to(one, (8, 16)).hex()} for one in plain]


def vectors() -> dict[str, Any]:
    """The whole file."""
    known = json.loads((HERE / "return_codes.json").read_text(encoding="utf-8"))
    return {
        "about": "Frozen. Sealed things are random at making; what is fixed is that they open. Bytes in hex.",
        "codes": [derived(one["value"]) for one in known["codes"]],
        "reading": [read(text) for text in typed()],
        "reports": reports(),
        "replies": replies(),
        "signatures": signatures(),
        "padding": padding(),
        "not_padded": ["00" * 8, "61" * 8, "6180000000000001", "618000000000"],
    }


if __name__ == "__main__":
    (HERE / "threads-v1.json").write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n")
