"""The languages that Kunak speaks: .po catalogues, read once at start.

Workers read English or Russian (``OFFERED``); whoever writes to them, thirteen languages (``SPOKEN``). English
is the language of the source and needs no catalogue; Russian has one for everything; each other language has
one in ``locale/survivor`` for the sentences that people on the public pages read.

Nothing is guessed: a sentence that a language lacks, or whose translation is marked doubtful (``fuzzy``), is
said in Russian or English instead, and is known to be (``Told.language``), so that a page can mark it for
whoever has it read aloud. ``Plural-Forms`` come from each catalogue's own header.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

OFFERED: dict[str, str] = {"en": "English", "ru": "Русский"}

# Each in its own words: whoever looks for theirs can read it.
SPOKEN: dict[str, str] = {
    "ru": "Русский",
    "en": "English",
    "az": "Azərbaycanca",
    "ce": "Нохчийн",
    "fa": "فارسی",
    "fr": "Français",
    "ka": "ქართული",
    "kk": "Қазақша",
    "ky": "Кыргызча",
    "tg": "Тоҷикӣ",
    "tr": "Türkçe",
    "uk": "Українська",
    "uz": "O‘zbekcha",
}
RIGHT_TO_LEFT = ("fa",)

# What most who read a language can read as well. Georgian: who is under forty learned English first, and a
# page that turns Russian is one more reason not to trust it.
SECOND: dict[str, str] = {
    "az": "ru", "ce": "ru", "kk": "ru", "ky": "ru", "tg": "ru", "uk": "ru", "uz": "ru",
    "fa": "en", "fr": "en", "ka": "en", "ru": "en", "tr": "en",
}  # fmt: skip

# Languages that have no pages here, and the one of ours that most who speak them read.
NEAREST: dict[str, str] = {
    "ab": "ru", "ady": "ru", "av": "ru", "be": "ru", "dar": "ru", "hy": "ru", "inh": "ru", "kbd": "ru",
    "krc": "ru", "kum": "ru", "lez": "ru", "os": "ru", "prs": "fa", "tk": "ru", "tt": "ru",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A sentence and the language that it is really in: empty for what is no sentence (a name, an hour)."""

    text: str
    language: str


class _Unsaid(NullTranslations):
    """Comes after a catalogue, and says that there is no such sentence in it."""

    def gettext(self, message: str) -> str:
        raise LookupError

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        raise LookupError


@cache
def catalogue(code: str) -> NullTranslations:
    """The catalogue of a worker's language; English, the language of the source, needs none."""
    return _read(code) if code in OFFERED and code != "en" else NullTranslations()


def told(code: str, message: str) -> Told:
    """A sentence in a language of ``SPOKEN``, else in the one that most who read it can read as well."""
    for language in _order(code):
        try:
            return Told(_sure(language).gettext(message), language)
        except LookupError:
            continue
    return _source(message, message)


def counted(code: str, one: str, many: str, number: int) -> Told:
    """A sentence about a number of things, as ``told`` says one about none."""
    for language in _order(code):
        try:
            return Told(_sure(language).ngettext(one, many, number), language)
        except LookupError:
            continue
    return _source(one, one if number == 1 else many)


def direction(code: str) -> str:
    """``rtl`` or ``ltr``."""
    return "rtl" if code in RIGHT_TO_LEFT else "ltr"


def choose(wanted: Iterable[str], among: Collection[str] = OFFERED) -> str:
    """The first language of ``among`` in ``wanted`` (codes such as ``ru-RU`` count as ``ru``); else the one
    nearest to a wanted one; else English."""
    codes = [tag.strip().split(";")[0].split("-")[0].lower() for tag in wanted]
    near = [NEAREST.get(code, "") for code in codes]
    return next((code for code in (*codes, *near) if code in among), "en")


def _order(code: str) -> tuple[str, ...]:
    """The languages whose catalogues are asked, in order; what none of them has is said as in the source."""
    return tuple(language for language in (code, SECOND.get(code, "en")) if language != "en")


def _source(key: str, text: str) -> Told:
    """A sentence of the source. What the Russian catalogue does not know either is no sentence."""
    try:
        _sure("ru").gettext(key)
    except LookupError:
        return Told(text, "")
    return Told(text, "en")


@cache
def _sure(code: str) -> NullTranslations:
    """A catalogue that raises LookupError for what it lacks."""
    only = _read(code)
    only.add_fallback(_Unsaid())
    return only


def _read(code: str) -> NullTranslations:
    folder = files("kunak").joinpath("locale")
    source = folder.joinpath(f"{code}.po") if code in OFFERED else folder.joinpath("survivor", f"{code}.po")
    if not source.is_file():
        return NullTranslations()
    written = read_po(BytesIO(source.read_bytes()), locale=code)
    for message in [one for one in written if isinstance(one.string, (tuple, list)) and not all(one.string)]:
        written.delete(message.id)  # half a plural would be filled up with English
    compiled = BytesIO()
    write_mo(compiled, written)
    compiled.seek(0)
    return GNUTranslations(compiled)
