"""Every theft of docs/threats.md, carried out; what it yields is what the page says."""

import gzip
import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from canaries import MARKS, Canaries
from findings import carried_out, differences, kept
from living import lived
from memory import NotPermitted, image
from searching import RAW, SPELLINGS, TRACE, Search
from thefts import STORIES, THEFTS

from kunak.vault.codec import pack

pytestmark = pytest.mark.slow

REQUIRED = os.environ.get("KUNAK_SEIZURE_REQUIRED") == "1"
TEXTS = {f"{MARKS[0]}1000q": "work", f"{MARKS[1]}1001q": "place"}
KEY = bytes(range(100, 132))
SEARCH = Search(TEXTS, {"one two three": "return codes"}, {KEY: ("office keys", "a key")})


@pytest.mark.parametrize("story", STORIES)
def test_every_theft_yields_what_the_page_says_and_no_more(story: str, tmp_path: Path) -> None:
    with lived(tmp_path) as life:
        if STORIES[story][0].key == "relay-live":
            life.start()
        findings = list(carried_out(life, STORIES[story], all_of_them=REQUIRED))
    again = "Read what changed; then run `python tools/write_threats.py --look` and commit what it writes."
    different = differences(findings)
    assert different == [], "\n".join([*different, again])
    looked = {key for key, found in kept().items() if found is not None}
    refused = [
        f"{each.theft.key}: {each.refused}" for each in findings if each.refused and each.theft.key in looked
    ]
    assert not (refused and REQUIRED), refused
    if refused:
        pytest.skip("; ".join(refused))


def test_what_was_found_is_kept_for_every_theft() -> None:
    assert list(kept()) == [theft.key for theft in THEFTS]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_canary_is_found_in_every_spelling(text: str, spelling: str) -> None:
    spelled = SPELLINGS[spelling](text)
    found = list(SEARCH.of([("here", b"\xff\x00" + spelled + b"\x00\x01")]))
    assert {(each.sort, each.shown) for each in found} == {(TEXTS[text], text)}


@pytest.mark.parametrize("spelling", RAW)
def test_a_key_is_found_in_every_spelling(spelling: str) -> None:
    assert SEARCH.sorts([("here", b"\xff" + RAW[spelling](KEY) + b"\xff")]) == {"office keys"}


def test_what_is_packed_or_compressed_is_found() -> None:
    for text, sort in TEXTS.items():
        packed = pack((text, {"long": text * 100}, KEY))
        assert SEARCH.sorts([("here", packed)]) == {sort, "office keys"}
        for squeezed in (gzip.compress(packed), *(zlib.compress(packed, level) for level in (1, 6, 9))):
            assert text.encode() not in squeezed
            assert SEARCH.sorts([("here", b"\xff" + squeezed)]) == {sort, "office keys"}


def test_half_a_canary_counts() -> None:
    assert SEARCH.sorts([("here", f"{MARKS[1]}10".encode())]) == {TRACE}


def test_every_canary_is_told_from_every_other() -> None:
    canaries = Canaries()
    assert len(list(canaries.every_kind())) > 50
    search = Search(canaries.sorts)
    for text, sort in canaries.sorts.items():
        for spell in SPELLINGS.values():
            assert {(s.sort, s.shown) for s in search.of([("", spell(text))])} == {(sort, text)}


def test_the_memory_of_a_running_process_is_read() -> None:
    program = "text = ''.join(input().split()[::-1]); print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write("1000q Zimorodok\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        try:
            assert SEARCH.sorts(image(process.pid)) - {TRACE} == {"work"}
        except NotPermitted as reason:
            assert not REQUIRED
            pytest.skip(str(reason))
        finally:
            process.stdin.write("\n")
