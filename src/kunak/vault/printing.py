"""One sheet of paper as a page: everything in it, nothing from outside, no script, to be printed on A4.

The page forbids itself to load anything. A server that sends it under a strict Content-Security-Policy allows
its one style with ``STYLE_SOURCE``.
"""

import io
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from typing import NamedTuple

import segno

_STYLE = """
@page { size: A4; margin: 13mm 15mm }
* { box-sizing: border-box; margin: 0 }
html { font: 10pt/1.35 "Noto Sans", "DejaVu Sans", sans-serif; color: #000; background: #fff }
body { max-width: 180mm; margin: 0 auto; padding: 4mm 0 }
h1 { font-size: 17pt } h2 { font-size: 10.5pt; margin-top: 2.2mm }
header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: .5mm solid }
.lead { margin: 2mm 0 1mm; font-weight: 600 } .facts { list-style: none; padding: 0 }
.spelled { display: flex; gap: 7mm; margin-top: 3mm; padding-top: 3mm; border-top: .2mm solid }
.spelled > div { flex: 1 } .spelled h2 { margin-top: 0 }
svg { width: 46mm; height: 46mm; display: block }
ol { list-style: none; padding: 0; font: 10.5pt/1.4 "Noto Sans Mono", "DejaVu Sans Mono", monospace }
li { break-inside: avoid; white-space: nowrap }
li span { display: inline-block; width: 6mm; font-size: 7pt; text-align: right; padding-right: 1.5mm }
.words { columns: 3; column-gap: 4mm } .digits { display: grid; grid-template-columns: repeat(7, auto) }
section { break-inside: avoid } p { max-width: 170mm }
@media screen { body { padding: 8mm } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE_SOURCE = f"'sha256-{b64encode(sha256(_STYLE.encode('utf-8')).digest()).decode('ascii')}'"


class Sheet(NamedTuple):
    """All that stands on one sheet, in the language of its reader; plain text, escaped here."""

    language: str
    title: str
    corner: str
    lead: str
    facts: Sequence[str]
    parts: Sequence[tuple[str, str]]
    headings: tuple[str, str, str]  # over the QR code, the words and the digits
    payload: str
    words: Sequence[str]
    digits: Sequence[str]


def qr_svg(held: str | bytes) -> str:
    """A QR code (ISO/IEC 18004) as an SVG element: error correction level M, its quiet border in it."""
    drawn = io.BytesIO()
    code = segno.make_qr(held, error="m", boost_error=False)
    code.save(drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, nl=False, light="#fff")
    return drawn.getvalue().decode("utf-8")


def page(sheet: Sheet) -> str:
    """The sheet as one HTML page."""
    over_qr, over_words, over_digits = map(escape, sheet.headings)
    facts = "".join(f"<li>{escape(fact)}</li>" for fact in sheet.facts)
    parts = "".join(
        f"<section><h2>{escape(head)}</h2><p>{escape(text)}</p></section>" for head, text in sheet.parts
    )
    return (
        f'<!doctype html><html lang="{escape(sheet.language)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">'
        f"<title>{escape(sheet.title)}</title><style>{_STYLE}</style></head><body>"
        f"<header><h1>{escape(sheet.title)}</h1><p>{escape(sheet.corner)}</p></header>"
        f'<main><p class="lead">{escape(sheet.lead)}</p><ul class="facts">{facts}</ul>{parts}'
        f'<div class="spelled"><figure><h2>{over_qr}</h2>{qr_svg(sheet.payload)}</figure>'
        f"<div><h2>{over_words}</h2>{_numbered('words', sheet.words)}</div></div>"
        f'<div class="spelled"><div><h2>{over_digits}</h2>{_numbered("digits", sheet.digits)}</div></div>'
        "</main></body></html>\n"
    )


def _numbered(sort: str, things: Sequence[str]) -> str:
    """A list of things, each with its number, by which an error names it."""
    items = "".join(
        f"<li><span>{number}</span>{escape(thing)}</li>" for number, thing in enumerate(things, start=1)
    )
    return f'<ol class="{sort}">{items}</ol>'
