"""Russian is complete: every sentence that a user can read has its translation."""

import re
import runpy
from pathlib import Path

HERE = Path(__file__).parents[2] / "tools" / "collect_sentences.py"
TOOL = runpy.run_path(str(HERE), run_name="tools.collect")
NAMED = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


def test_no_sentence_lacks_its_russian() -> None:
    assert TOOL["missing"]() == []


def test_translations_keep_the_names_to_be_filled_in() -> None:
    for message in TOOL["catalogue"](TOOL["CATALOGUE"]):
        singular = message.id if isinstance(message.id, str) else message.id[-1]
        strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        for string in filter(None, strings if singular else ()):
            ours, theirs = set(NAMED.findall(str(singular))), set(NAMED.findall(string))
            assert theirs <= ours, singular
            assert ours - {("count", "")} <= theirs, singular
