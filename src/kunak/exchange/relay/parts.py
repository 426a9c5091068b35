"""The document that the page's script is given once for a language: every screen, and every sentence it says.

They are the same pages as without script, made by the same templates. With them go the keys of the office that a
browser can seal to. Nothing in it is about anybody.
"""

from typing import Any

from kunak.exchange.attaching import MOST_BYTES, AttachmentSize
from kunak.exchange.codes import WORDS, CodeNotRead, DigitsNotRight, WordNotKnown
from kunak.exchange.notice import LEVELS
from kunak.exchange.relay import screens, words
from kunak.exchange.relay.pages import Pages
from kunak.exchange.relay.public import SAID, spelled_in
from kunak.intake.form import REGIONS
from kunak.vault import curves

_PLACE_OF_NUMBER = "{number}"


def document(pages: Pages, language: str, intake: bytes) -> str:
    """The document. ``intake`` is the office's intake key; an older one, of X-Wing alone, gives no keys."""
    return pages.make(
        "parts.html",
        language,
        x25519=curves.intake_part(intake, curves.BY_X25519).hex(),
        p256=curves.intake_part(intake, curves.BY_P256).hex(),
        spelled=spelled_in(language),
        clocks=[region for region, minutes in REGIONS.items() if minutes is not None],
        parts=_parts(pages, language),
        said=_said(pages, language),
    )


def _parts(pages: Pages, language: str) -> dict[str, str]:
    def part(template: str, **facts: Any) -> str:
        return pages.make(template, language, layout="part.html", scripted=True, **facts)

    thread = {"said": "", "messages": (), "earlier": None, "code": "", "once": "", "text": ""}
    return {
        **{
            f"screen-{place}": part("form.html", **_screen(number, language))
            for place, number in enumerate(screens.put(pages.notice.surge))
        },
        "sent": part("sent.html", words=(), digits="", spelled=spelled_in(language), levels=range(LEVELS)),
        "code": part("code.html", sentence="", advice=""),
        "thread": part("thread.html", **thread),
        **{ask: part("sure.html", go=ask, code="", once="") for ask in ("stop", "delete")},
        "attaching": pages.make("attaching.html", language),
    }


def _screen(number: int, language: str) -> dict[str, Any]:
    return {
        "screen": number,
        "last": number == screens.LAST,
        "ticket": "",
        "fields": screens.fields(number, {}, language),
        "carried": {},
        "problem": "",
        "unsafe": number > 0,
    }


def _said(pages: Pages, language: str) -> dict[str, dict[str, Any]]:
    """Every sentence, by the name that the script knows it by."""
    errors = (
        CodeNotRead(words=WORDS, digits=24),
        WordNotKnown(number=_PLACE_OF_NUMBER),
        DigitsNotRight(),
        AttachmentSize(most=MOST_BYTES // 1_000_000),
    )
    sentences = {**{key: (text, "") for key, text in (SAID | words.PROBLEMS).items()}, **words.SCRIPT}
    return {
        **{key: pages.two(language, *pair) for key, pair in sentences.items()},
        **{error.code: pages.sentences(language, error) for error in errors},
    }
