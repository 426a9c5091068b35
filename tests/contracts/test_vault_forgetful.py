"""A process in which memory that was let go of is written over: how it begins, and how it lets go."""

import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from kunak.vault import forgetful

GNU = sys.platform == "linux" and "CS_GNU_LIBC_VERSION" in os.confstr_names
SETTINGS = "PYTHONMALLOC", "GLIBC_TUNABLES", "LD_BIND_NOW"
BEGUN = """
import os, sys
sys.executable = os.environ.get("RUN_BY", sys.executable)
with open(os.environ["BEGUN"], "a") as begun:
    begun.write("once\\n")
from kunak.vault.forgetful import begin_again
begin_again()
os.write(int(sys.argv[1]), b"through an open file")
print(os.getpid(), sys.argv[2:], input(), os.environ.get("PYTHONMALLOC"), os.environ.get("GLIBC_TUNABLES"))
"""


@pytest.fixture
def plain(tmp_path: Path) -> dict[str, str]:
    """An environment that says nothing of memory."""
    known = {
        name: said
        for name, said in os.environ.items()
        if name not in ("PYTHONMALLOC", "GLIBC_TUNABLES", "LD_BIND_NOW")
    }
    return {**known, "BEGUN": str(tmp_path / "begun")}


def begun(environment: dict[str, str]) -> tuple[list[str], bytes, int]:
    """What a process says that was begun so, what came through a file that was open, how often it began."""
    reads, writes = os.pipe()
    command = [sys.executable, "-c", BEGUN, str(writes), "one", "the other"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=[writes]
    ) as process:
        os.close(writes)
        said, _ = process.communicate("said to it\n", timeout=20)
        assert process.returncode == 0
        assert said.split()[0] == str(process.pid)
    with open(reads, "rb") as pipe:
        return (
            said.split(maxsplit=1)[1].split(),
            pipe.read(),
            Path(environment["BEGUN"]).read_text().count("once"),
        )


def test_it_begins_again_once_as_the_same_process(plain: dict[str, str]) -> None:
    said, came, times = begun(plain)
    assert said[:6] == ["['one',", "'the", "other']", "said", "to", "it"]
    assert came == b"through an open file"
    if GNU:
        assert said[6:] == ["malloc", "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0"]
    assert times == (2 if GNU else 1)


def test_who_is_started_in_that_environment_does_not_begin_again(
    plain: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    _, _, times = begun({**plain, **forgetful.environment()})
    assert times == 1


@pytest.mark.skipif(not GNU, reason="begins again nowhere else")
def test_where_its_environment_is_lost_it_begins_again_once_all_the_same(
    plain: dict[str, str], tmp_path: Path
) -> None:
    through = tmp_path / "python"
    through.write_text(f'#!/bin/sh\nunset PYTHONMALLOC GLIBC_TUNABLES\nexec {sys.executable} "$@"\n')
    through.chmod(0o700)
    said, _, times = begun({**plain, "RUN_BY": str(through)})
    assert said[6:] == ["None", "None"]
    assert times == 2


def test_where_it_may_not_be_run_again_it_goes_on(plain: dict[str, str], tmp_path: Path) -> None:
    said, _, times = begun({**plain, "RUN_BY": str(tmp_path / "nothing")})
    assert said[6:] == ["None", "None"]
    assert times == 1


@pytest.mark.skipif(not GNU, reason="other libraries have no such settings")
def test_what_else_the_library_is_told_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.perturb=0:glibc.malloc.arena_max=2")
    wanted = "glibc.malloc.arena_max=2:glibc.malloc.perturb=165:glibc.malloc.tcache_count=0"
    assert forgetful.environment()["GLIBC_TUNABLES"] == wanted


def test_with_another_library_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not know the question is not GNU's."""
    monkeypatch.setattr(forgetful, "_VERSION", "CS_OF_ANOTHER_LIBRARY")
    assert forgetful.environment() == dict(os.environ)


class Thing:
    """Holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def memory() -> Iterator[forgetful.Forgetting]:
    gc.disable()  # Python itself looks at no moment of its own
    yield forgetful.Forgetting()
    gc.unfreeze()
    gc.enable()


def test_what_holds_itself_is_let_go_of(memory: forgetful.Forgetting) -> None:
    gone, stays = weakref.ref(Thing()), Thing()
    assert gone() is not None
    assert 1.0 <= memory.let_go() < 60
    assert gone() is None
    assert stays.itself is stays


def test_so_it_is_where_it_came_to_count_as_there_to_stay(memory: forgetful.Forgetting) -> None:
    gone = weakref.ref(Thing())
    gc.freeze()  # as ``fold.bulk`` does when much was read
    lasting = gc.get_freeze_count()
    memory.let_go()
    assert gone() is None
    assert gc.get_freeze_count() > lasting / 2  # what was read counts as there to stay again
