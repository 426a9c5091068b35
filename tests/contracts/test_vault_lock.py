"""What an operating system is asked to do for the keys: no core dumps, and a look at where it swaps to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kunak.vault.lock import swap_in_the_clear

HEAD = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The parts of /proc and /sys that tell about swap; the swap file lies where this test does."""
    (tmp_path / "proc").mkdir()
    (tmp_path / "swapfile").write_bytes(b"")
    return tmp_path


def seen(machine: Path, *places: str) -> tuple[str, ...]:
    rows = "".join(f"{place}\tfile\t\t1024\t0\t-2\n" for place in places)
    (machine / "proc" / "swaps").write_text(HEAD + rows)
    return swap_in_the_clear(machine / "proc", machine / "sys")


def device(machine: Path, uuid: str = "", *slaves: Path) -> Path:
    """A block device, known by the number of the file system that this test lies on, or free."""
    number = (machine / "swapfile").stat().st_dev
    place = machine / "sys" / "dev" / "block" / f"{os.major(number)}:{os.minor(number)}"
    if place.exists():
        place = machine / "sys" / f"dm-{len(list((machine / 'sys').iterdir()))}"
    place.mkdir(parents=True)
    if uuid:
        (place / "dm").mkdir()
        (place / "dm" / "uuid").write_text(uuid + "\n")
    return place


def test_no_swap_is_no_danger(machine: Path) -> None:
    assert seen(machine) == ()
    assert swap_in_the_clear(machine / "no proc", machine) == ()


def test_compressed_memory_is_no_disk(machine: Path) -> None:
    assert seen(machine, "/dev/zram0") == ()


def test_a_swap_file_on_a_plain_disk_is_named(machine: Path) -> None:
    device(machine)
    assert seen(machine, str(machine / "swapfile"), "/dev/zram0") == (str(machine / "swapfile"),)


def test_what_cannot_be_looked_at_is_named(machine: Path) -> None:
    assert seen(machine, "/no/such/swap") == ("/no/such/swap",)


def test_swap_on_an_encrypted_disk_is_not_named(machine: Path) -> None:
    device(machine, "CRYPT-LUKS2-0123-root")
    assert seen(machine, str(machine / "swapfile")) == ()


@pytest.mark.parametrize(("uuids", "safe"), [(("CRYPT-a", "CRYPT-b"), True), (("CRYPT-a", ""), False)])
def test_a_volume_is_as_safe_as_all_that_it_lies_on(
    machine: Path, uuids: tuple[str, ...], safe: bool
) -> None:
    volume = device(machine, "LVM-0123")
    (volume / "slaves").mkdir()
    for n, uuid in enumerate(uuids):
        (volume / "slaves" / f"dm-{n}").symlink_to(device(machine, uuid))
    assert (seen(machine, str(machine / "swapfile")) == ()) is safe


def test_a_crash_leaves_no_core_and_nobody_of_the_same_name_looks_inside() -> None:
    program = (
        "import resource; from kunak.vault.lock import forbid_core_dumps;"
        "said = forbid_core_dumps(); print(said, resource.getrlimit(resource.RLIMIT_CORE)[0]);"
        "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('Uid')])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.startswith("True 0" if sys.platform.startswith("linux") else "False 0")
