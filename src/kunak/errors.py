"""The four families of errors, and how each becomes a sentence.

An error that a user can meet is a class: its docstring is the sentence they read, ``code`` is stable,
``hint`` says what to do next. Sentences may hold ``{names}``, filled from the keyword arguments given when
it is raised. Those facts are only ever option names, place codes, numbers and the like: no error carries
case content, because errors end up in terminals, logs and screenshots.

A room defines its own errors at the top of the module that raises them; docs/errors.md lists them all and
a test compares.
"""

from collections.abc import Callable
from inspect import cleandoc
from typing import ClassVar


def _as_written(text: str) -> str:
    return text


class KunakError(Exception):
    """Something went wrong that the program has no better sentence for."""

    code: ClassVar[str] = "kunak"
    hint: ClassVar[str] = ""
    status: ClassVar[int] = 500  # of the HTTP answer
    exit_code: ClassVar[int] = 1  # of a command

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.sentence())

    def sentence(self, translate: Callable[[str], str] = _as_written) -> str:
        """The docstring as one sentence, translated, with its facts filled in."""
        template = " ".join(cleandoc(type(self).__doc__ or "").split())
        return translate(template).format(**self.facts)

    def advice(self, translate: Callable[[str], str] = _as_written) -> str:
        """What to do next, or the empty string."""
        return translate(self.hint).format(**self.facts) if self.hint else ""

    def told(self) -> str:
        """The sentence and what to do next, in one line for a terminal."""
        return " ".join(filter(None, (self.sentence(), self.advice())))


class Refused(KunakError):
    """This cannot be done as asked."""

    code = "refused"
    status = 422
    exit_code = 2


class Locked(KunakError):
    """This is locked for you."""

    code = "locked"
    status = 403
    exit_code = 3


class Unreachable(KunakError):
    """Something that is needed cannot be reached now."""

    code = "unreachable"
    status = 503
    exit_code = 4


class Damaged(KunakError):
    """What was read is damaged and will not be used."""

    code = "damaged"
    status = 500
    exit_code = 5
