"""What the documentation must not forget."""

import re
import runpy
from pathlib import Path

import click
import pytest

from kunak.cli import main

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
WRITER = runpy.run_path(str(ROOT / "tools" / "write_errors.py"), run_name="tools.write_errors")


def commands(group: click.Command, path: str = "kunak") -> list[tuple[str, click.Command]]:
    if not isinstance(group, click.Group):
        return [(path, group)]
    here = click.Context(group)
    inner = [(name, group.get_command(here, name)) for name in group.list_commands(here)]
    return [(path, group), *(found for name, c in inner if c for found in commands(c, f"{path} {name}"))]


@pytest.mark.parametrize(("path", "command"), commands(main), ids=lambda value: str(value))
def test_every_command_and_option_is_in_the_manual(path: str, command: click.Command) -> None:
    manual = (DOCS / "cli.md").read_text()
    assert f"`{path}" in manual
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            for name in parameter.opts:
                assert name in manual, f"{path} {name}"


def test_the_page_of_errors_is_what_the_code_says() -> None:
    assert (DOCS / "errors.md").read_text() == WRITER["page"]()


def test_no_two_errors_share_a_code() -> None:
    WRITER["import_everything"]()
    classes = [e for family in WRITER["FAMILIES"] for e in WRITER["below"](family)]
    codes = [e.code for e in classes]
    assert sorted(set(codes)) == sorted(codes)


def test_every_error_is_a_sentence_that_says_what_to_do() -> None:
    WRITER["import_everything"]()
    for family in WRITER["FAMILIES"]:
        for error in WRITER["below"](family):
            text = WRITER["sentence"](error)
            assert re.match(r"^[A-Z“{].*[.?!]$", text), error
            assert error.hint == "" or error.hint.rstrip()[-1] in ".?!", error


def test_every_room_is_on_the_map_of_the_house() -> None:
    house = (DOCS / "house.md").read_text()
    for room in sorted((ROOT / "src" / "kunak").iterdir()):
        if room.name in ("__pycache__", "locale", "py.typed", "__init__.py", "__main__.py"):
            continue
        assert f"`{room.stem}`" in house, room.name


def test_the_links_between_the_pages_lead_somewhere() -> None:
    for page in [*DOCS.glob("*.md"), *ROOT.glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
