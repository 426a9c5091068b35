"""Every error that a user can meet is provoked in some test, and tells what to do where that helps."""

import re
import runpy
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_it_is_named_in_a_test(error: type[KunakError]) -> None:
    assert error.__name__ in NAMED or error.code in QUOTED or error.__name__ in NOT_PROVOKED


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_the_program_raises_it(error: type[KunakError]) -> None:
    """By name, or as the value of a table (`code: Name,`)."""
    assert error.__name__ in RAISED, "an error that nothing raises is no error: take it out"


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_it_has_a_sentence_and_a_code_of_its_own_and_says_what_to_do(error: type[KunakError]) -> None:
    assert "__doc__" in vars(error)
    assert "code" in vars(error)
    assert re.fullmatch(r"[a-z][a-z0-9-]+", error.code)
    assert bool(error.hint) != (error.__name__ in NO_HINT)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_its_sentence_holds_only_facts_that_can_be_filled_in(error: type[KunakError]) -> None:
    named = set(re.findall(r"{(\w+)}", WRITER["sentence"](error) + error.hint))
    facts = {name: f"<{name}>" for name in named}
    if error.__init__ is not KunakError.__init__:
        return  # it fills in its own
    made = error(**facts)
    assert all(fact in made.sentence() + made.advice() for fact in facts.values())
    assert "{" not in made.sentence() + made.advice()


def test_the_lists_of_exceptions_name_errors_that_exist() -> None:
    known = {error.__name__ for error in ERRORS}
    assert {*NOT_PROVOKED, *NO_HINT} <= known
