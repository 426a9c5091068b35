"""The languages that Kunak speaks: .po catalogues, read once at start.

English is the language of the source, so a sentence without a translation appears in English rather than
guessed. ``Plural-Forms`` come from the catalogue's own header.
"""

from collections.abc import Iterable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

OFFERED: dict[str, str] = {"en": "English", "ru": "Русский"}


@cache
def catalogue(code: str) -> NullTranslations:
    """The catalogue of a language; English, the language of the source, needs none."""
    source = files("kunak").joinpath("locale", f"{code}.po")
    if code not in OFFERED or not source.is_file():
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)


def choose(wanted: Iterable[str]) -> str:
    """The first offered language among ``wanted`` (codes such as ``ru-RU`` count as ``ru``), else English."""
    for tag in wanted:
        code = tag.strip().split(";")[0].split("-")[0].lower()
        if code in OFFERED:
            return code
    return "en"
