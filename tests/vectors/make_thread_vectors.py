"""Writes threads-v1.json: what Python and the script of the public page must both make and open, for ever.

Run by hand, once for each version; the file is then frozen. Everything in it is invented.
"""

import json
from pathlib import Path
from typing import Any

from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import MailboxKeys

HERE = Path(__file__).parent


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


def vectors() -> dict[str, Any]:
    """The whole file."""
    known = json.loads((HERE / "return_codes.json").read_text(encoding="utf-8"))
    return {
        "about": "Frozen. Sealed things are random at making; what is fixed is that they open. Bytes in hex.",
        "codes": [derived(one["value"]) for one in known["codes"]],
    }


if __name__ == "__main__":
    (HERE / "threads-v1.json").write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n")
