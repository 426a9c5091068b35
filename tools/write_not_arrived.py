"""Write deploy/not-arrived.html: what a web server in front of a relay shows while the relay does not answer.

python tools/write_not_arrived.py            write it from the catalogues
python tools/write_not_arrived.py --check    exit 1 if the page is not what it would be
"""

import sys
from html import escape
from pathlib import Path

from kunak.exchange.relay.pages import LEAVE
from kunak.exchange.relay.wire import RelayBroken
from kunak.language import SPOKEN, direction, told

PAGE = Path(__file__).parent.parent / "deploy" / "not-arrived.html"
LEAVE_SENTENCE = "Leave this page"
HEAD = """<!doctype html>
<html lang="ru">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Page</title>
<link rel="icon" href="data:,">
<style>body{{font:18px/1.6 sans-serif;margin:0 auto;max-width:38em;padding:12px;color:#111;background:#fff}}
a{{display:inline-block;min-height:48px;line-height:48px;color:#111}}</style>
</head>
<body>
<a href="{leave}" rel="noreferrer">{words}</a>
"""


def page() -> str:
    """The page: what happened and what to do, in every language that has a sentence of its own for it."""
    words = " · ".join(dict.fromkeys(told(code, LEAVE_SENTENCE).text for code in ("ru", "en")))
    parts = [part for code in SPOKEN if (part := _part(code))]
    return HEAD.format(leave=LEAVE["ru"], words=words) + "\n".join(parts) + "\n</body>\n</html>\n"


def _part(code: str) -> str:
    happened = told(code, RelayBroken().sentence())
    if happened.language != code:
        return ""
    advice = told(code, RelayBroken.hint)
    turned = "" if direction(code) == "ltr" else f' dir="{direction(code)}"'
    own = "" if advice.language == code else f' lang="{advice.language}" dir="ltr"'
    return f'<p lang="{code}"{turned}>{escape(happened.text)} <span{own}>{escape(advice.text)}</span></p>'


def main() -> int:
    """Write or check."""
    if "--check" in sys.argv:
        return int(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
