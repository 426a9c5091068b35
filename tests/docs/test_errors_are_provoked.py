"""Every error that a user can meet is provoked in some test, and tells what to do where that helps."""

import re
import runpy
from pathlib import Path

from kunak.errors import KunakError

ROOT = Path(__file__).parents[2]
WRITER = runpy.run_path(str(ROOT / "tools" / "write_errors.py"), run_name="tools.write_errors")
WRITER["import_everything"]()
ERRORS = [error for error in WRITER["below"](KunakError) if error.__module__ != "kunak.errors"]
TESTS = "\n".join(
    file.read_text() for file in sorted((ROOT / "tests").rglob("*.py")) if "docs" not in file.parts
)

SOURCE = "\n".join(file.read_text() for file in sorted((ROOT / "src").rglob("*.py")))

# Each looked for once in all of it, not once for each error.
NAMED = set(re.findall(r"\w+", TESTS))
QUOTED = set(re.findall(r"[\"']([a-z][a-z0-9-]+)(?=[\"'])", TESTS))
RAISED = {
    name for found in re.findall(r"raise (?:\w+\.)*(\w+)|: (\w+),|\b(\w+)\(\)", SOURCE) for name in found
}

# Errors that no test provokes, each with the reason. Empty is how it should stay.
NOT_PROVOKED: dict[str, str] = {}

# Errors without a hint, each with the reason.
SAYS_IT_ITSELF = "the sentence itself says what is accepted"
NO_HINT = {
    "DayUnfit": SAYS_IT_ITSELF,
    "OptionMissing": SAYS_IT_ITSELF,
    "OptionUnfit": SAYS_IT_ITSELF,
    "UnknownChoice": SAYS_IT_ITSELF,
    "UnknownOption": SAYS_IT_ITSELF,
    "UnknownState": SAYS_IT_ITSELF,
    "NothingHere": "whatever is not at the relay looks the same and tells nothing",
}


def test_each_is_named_in_a_test() -> None:
    unnamed = {e.__name__ for e in ERRORS if e.__name__ not in NAMED and e.code not in QUOTED}
    assert unnamed == NOT_PROVOKED.keys()


def test_the_program_raises_each() -> None:
    """By name, or as the value of a table (`code: Name,`). An error that nothing raises is no error."""
    assert {e.__name__ for e in ERRORS} - RAISED == set()


def test_each_has_a_sentence_and_a_code_of_its_own() -> None:
    lacking = [e for e in ERRORS if not {"__doc__", "code"} <= vars(e).keys()]
    assert lacking == []
    assert [e.code for e in ERRORS if not re.fullmatch(r"[a-z][a-z0-9-]+", e.code)] == []


def test_each_says_what_to_do() -> None:
    assert {e.__name__ for e in ERRORS if not e.hint} == NO_HINT.keys()


def test_each_sentence_holds_only_facts_that_can_be_filled_in() -> None:
    for error in ERRORS:
        if error.__init__ is not KunakError.__init__:
            continue  # it fills in its own
        named = set(re.findall(r"{(\w+)}", WRITER["sentence"](error) + error.hint))
        made = error(**{name: f"<{name}>" for name in named})
        told = made.sentence() + made.advice()
        assert all(f"<{name}>" in told for name in named), error
        assert "{" not in told, error


def test_the_lists_of_exceptions_name_errors_that_exist() -> None:
    known = {error.__name__ for error in ERRORS}
    assert {*NOT_PROVOKED, *NO_HINT} <= known
