"""What a process has let go of is not in its memory any more; in one that was begun otherwise, it is."""

import os
import subprocess
import sys

import pytest
from canaries import MARKS
from memory import NotPermitted, image
from searching import Search

from kunak.vault import forgetful

REQUIRED = os.environ.get("KUNAK_SEIZURE_REQUIRED") == "1"
SIZES = 1, 30, 2_000, 20_000  # times a text: pieces of every kind that the C library hands out
PROGRAM = f"""
import os
from threading import Thread
from kunak.vault.forgetful import leaving_nothing

def work():
    said = os.read(0, 1000).decode().split()  # past the buffer that Python keeps for what it reads
    for times in {SIZES}:
        for text in said:
            long = (text + " ") * times
            kept = [long, long.encode(), bytearray(long.encode("utf-16")), {{long[1:]: (long.upper().lower(),)}}]
            grown = bytearray()
            for letter in long.encode():
                grown.append(letter)
            deeply(long[:100], 10)

def deeply(text, levels):  # on the stack
    return sorted([text], key=lambda each: deeply(each, levels - 1) if levels else each.encode())

thread = Thread(target=leaving_nothing, args=(work,))
thread.start()
thread.join()
leaving_nothing(work)
print("let go", flush=True)
os.read(0, 1)
"""
TEXTS = {f"{MARKS[0]}1000q": "work", f"{MARKS[1]}1001q": "place"}


def left(environment: dict[str, str]) -> set[str]:
    """What is found in a process that has let go of everything it was told."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin and process.stdout
        for _ in range(2):
            process.stdin.write(" ".join(TEXTS).encode().ljust(1000))
        process.stdin.flush()
        assert process.stdout.readline() == b"let go\n"
        try:
            return Search(TEXTS).sorts(image(process.pid))
        except NotPermitted as reason:
            assert not REQUIRED
            pytest.skip(str(reason))
        finally:
            process.stdin.write(b"\n")


def test_what_was_let_go_of_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONMALLOC", "GLIBC_TUNABLES", "LD_BIND_NOW"):
        monkeypatch.delenv(name, raising=False)
    plain = dict(os.environ)
    if forgetful.environment() == plain:
        pytest.skip("the C library here is not GNU's: nothing is written over")
    assert left(plain) >= {"work", "place"}
    assert left(forgetful.environment()) == set()
