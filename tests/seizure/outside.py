"""Invented people outside an office, who write to it without script; and the search for what they wrote."""

import html
import re
import secrets
from collections.abc import Sequence

import httpx2
from canaries import Canaries

from kunak.exchange import ReturnCode
from kunak.exchange.mailbox import MailboxKeys
from kunak.exchange.relay.screens import LAST

RETURN_CODES = "return codes"
_TYPED_FROM = 7000  # the numbers of what is typed, so that they are none of filling.py's


class Outside:
    """Those who write to the relay at a port of this machine."""

    def __init__(self, relay_port: int) -> None:
        self.relay_port = relay_port
        self.typed = Canaries(first=_TYPED_FROM)
        self.codes: dict[ReturnCode, MailboxKeys] = {}
        self.browsers: list[httpx2.Client] = []

    def go(self) -> None:
        """All browsers are closed."""
        for browser in self.browsers:
            browser.close()

    def person(self) -> httpx2.Client:
        """Somebody's browser at the relay."""
        address = f"http://127.0.0.1:{self.relay_port}"
        browser = httpx2.Client(base_url=address, trust_env=False, timeout=60, verify=False)
        self.browsers.append(browser)
        return browser

    def answers(self) -> dict[str, str]:
        """The first questions, answered, with two texts."""
        return {
            "safe_now": "not_sure", "danger": "within_hours", "region": "dagestan",
            "answer_how": "contact_me", "contact_channel": "physical_drop",
            "contact_address": self.typed.text("letters"),
            "text": self.typed.text("letters"), "language": "ru",
        }  # fmt: skip

    def first_contact(self, person: httpx2.Client) -> ReturnCode:
        """The answers are sent; returns the code that the page shows."""
        page = person.post("/w", data={**self.answers(), "s": str(LAST), "l": "ru", "go": "send"})
        shown = re.findall(r'<p class="c"[^>]*>([^<]+)</p>', page.text)
        assert shown, page.text
        code = ReturnCode.read(html.unescape(shown[0]))
        self.codes[code] = MailboxKeys.of(code)
        return code

    def come_back(self, person: httpx2.Client, code: ReturnCode) -> str:
        """The thread under a code, which is typed in words."""
        return person.post("/c", data={"code": " ".join(code.words("ru")), "l": "ru"}).text

    def write_again(self, person: httpx2.Client, code: ReturnCode) -> None:
        """A further message."""
        once = secrets.token_hex(8)
        fields = {"code": code.digits(), "text": self.typed.text("letters"), "once": once, "go": "send"}
        assert person.post("/m", data=fields).status_code == 200

    def hesitate(self, person: httpx2.Client) -> None:
        """Back and forth between the questions, in other languages, with a code that is wrong; nothing is sent."""
        for screen in range(LAST + 1):
            for go in ("next", "back", "skip", "en"):
                said = {**self.answers(), "s": str(screen), "l": "ru", "go": go}
                assert person.post("/w", data=said).status_code in (200, 422)
        for code in self.codes:
            assert person.post("/c", data={"code": code.digits()[:-1], "l": "ru"}).status_code == 200

    def secrets(self) -> tuple[dict[str, str], dict[bytes, tuple[str, str]]]:
        """Their codes in every spelling, and the keys of their mailboxes: what each is, for a search."""
        texts: dict[str, str] = {}
        keys: dict[bytes, tuple[str, str]] = {}
        for code, own in self.codes.items():
            secret = {"token": own.token, "reply key": own.reply, "signing key": own.sign}
            keys |= {key: (RETURN_CODES, name) for name, key in secret.items()}
            keys[code.secret] = (RETURN_CODES, "the value of a code")
            texts |= dict.fromkeys(_ways_to_write(code), RETURN_CODES)
        return texts, keys


def _ways_to_write(code: ReturnCode) -> Sequence[str]:
    """A code as people and pages spell it; separated by spaces, by what forms make of them, or by nothing."""
    spelled = [code.digits(), *(" ".join(code.words(language)) for language in ("en", "ru"))]
    plain = [each.replace(" ", between) for each in spelled for between in (" ", "+", "")]
    return [*plain, str(code.value)]
