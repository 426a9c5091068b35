"""What every action of a room needs: entries with numbered ids, closed lists held, two members counted."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TypeVar

from kunak.errors import Refused
from kunak.fold import Entry
from kunak.intake.form import MAX_TEXT, TextTooLong, clean_text

E = TypeVar("E", bound=Entry)
QUARTER = timedelta(minutes=15)


class SecondNeeded(Refused):
    """This needs a second member, and not the same one twice."""

    code = "second-needed"
    hint = "Ask a colleague to read it and to agree with their own passphrase."


class ValueUnknown(Refused):
    """“{field}” has a value that is not in its list."""

    code = "value-unknown"
    hint = "Choose from: {accepted}."


class TextEmpty(Refused):
    """There is no text to keep."""

    code = "text-empty"
    hint = "Write something, or go back."


class Maker:
    """Makes the entries of one action: ids ``id.0``, ``id.1`` …, the same hour, author and subject."""

    def __init__(self, *, id: str, at: datetime, by: str, subject: str) -> None:
        self.id, self.at, self.by, self.subject = id, at, by, subject
        self.made = 0

    def __call__(self, kind: type[E], **facts: object) -> E:
        """One more entry of a kind."""
        common = {"id": f"{self.id}.{self.made}", "at": self.at, "by": self.by, "subject": self.subject}
        self.made += 1
        return kind(**{**common, **facts})  # type: ignore[arg-type]


def rounded(moment: datetime) -> datetime:
    """The quarter of an hour in which a moment lies, so that no visit is kept to the minute."""
    return moment - timedelta(
        minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond
    )


def check_listed(field: str, values: Collection[str], accepted: Collection[str]) -> None:
    """Raise ValueUnknown when a value is not in its closed list."""
    if any(value not in accepted for value in values):
        raise ValueUnknown(field=field, accepted=", ".join(accepted))


def check_second(by: str, second: str) -> None:
    """Raise SecondNeeded unless two different members stand behind this."""
    if not second or second == by:
        raise SecondNeeded


def checked_text(text: str, limit: int = MAX_TEXT) -> str:
    """The text, cleaned. Raises TextEmpty or TextTooLong."""
    words = clean_text(text)
    if not words:
        raise TextEmpty
    if len(words) > limit:
        raise TextTooLong(question="text", limit=limit)
    return words
