"""What was typed, checked against closed lists and limits before a room hears of it.

A ``Form`` collects every fault, so that one answer names them all; a ``Filling`` is the same answers on
their way back into the page, with the faults beside their fields.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import ClassVar, TypeVar

from kunak.errors import Refused
from kunak.vault.codec import FIRST_YEAR, LAST_YEAR

D = TypeVar("D", bound=date)
Answers = Mapping[str, tuple[str, ...]]


def N_(message: str) -> str:
    """Mark a sentence for the catalogue; it is translated where it is shown."""
    return message


@dataclass(frozen=True)
class Fault:
    """Why one field was not accepted: a sentence and the facts it holds."""

    message: str
    facts: Mapping[str, object] = field(default_factory=dict)


class NotFilled(Refused):
    """Some answers need another look. Each is marked below."""

    code: ClassVar[str] = "not-filled"
    hint: ClassVar[str] = "What you typed is still here. Nothing was saved."

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        super().__init__()
        self.faults = dict(faults)


class Form:
    """One posted form. Questions return a usable value always; ``check`` raises if any answer was not."""

    def __init__(self, answers: Answers, zone: tzinfo | None = None) -> None:
        self._answers = answers
        self._zone = zone  # None: the zone of this machine
        self.faults: dict[str, Fault] = {}

    def check(self) -> None:
        """Raise NotFilled if an answer so far was not acceptable."""
        if self.faults:
            raise NotFilled(self.faults)

    def fault(self, name: str, message: str, **facts: object) -> None:
        """Note a fault that only the page can see; the first one of a field is kept."""
        self.faults.setdefault(name, Fault(message, facts))

    def raw(self, name: str) -> str:
        """The first answer as typed, without surrounding space; empty when there is none."""
        return next(iter(self._answers.get(name, ())), "").strip()

    def names(self) -> tuple[str, ...]:
        """The names of all fields that came."""
        return tuple(self._answers)

    def one_of(self, name: str, allowed: Iterable[str], *, default: str | None = None) -> str:
        """One code of a closed list; without ``default`` it must be chosen."""
        given, codes = self.raw(name), tuple(allowed)
        if given in codes:
            return given
        if given == "" and default is not None:
            return default
        self.fault(name, N_("Choose one of the answers."))
        return default if default is not None else (codes[0] if codes else "")

    def some_of(self, name: str, allowed: Iterable[str], *, required: bool = False) -> tuple[str, ...]:
        """Any codes of a closed list, in the order of the list."""
        given, codes = self._answers.get(name, ()), tuple(allowed)
        if any(code not in codes for code in given if code):
            self.fault(name, N_("Choose among the answers on this page."))
        if required and not any(given):
            self.fault(name, N_("Choose at least one."))
        return tuple(code for code in codes if code in given)

    def yes(self, name: str) -> bool:
        """Whether a checkbox was ticked."""
        return self.raw(name) == "yes"

    def text(self, name: str, *, limit: int = 2000, required: bool = False) -> str:
        """Text of at most ``limit`` characters, line ends made plain."""
        given = self.raw(name).replace("\r\n", "\n")
        if required and not given:
            self.fault(name, N_("Write something here."))
        if len(given) > limit:
            self.fault(name, N_("At most %(limit)s characters fit here; this is %(length)s."),
                       limit=limit, length=len(given))  # fmt: skip
        return given

    def lines(self, name: str, *, limit: int = 2000, most: int = 30) -> tuple[str, ...]:
        """One item a line; empty lines are left out."""
        items = tuple(line.strip() for line in self.text(name, limit=limit).splitlines() if line.strip())
        if len(items) > most:
            self.fault(name, N_("At most %(most)s lines fit here."), most=most)
        return items

    def number(self, name: str, *, low: int, high: int, default: int | None = None) -> int:
        """A whole number between ``low`` and ``high``."""
        given = self.raw(name)
        if given == "" and default is not None:
            return default
        if not given.isascii() or not given.isdigit() or not low <= int(given) <= high:
            self.fault(name, N_("A whole number from %(low)s to %(high)s goes here."), low=low, high=high)
            return default if default is not None else low
        return int(given)

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A date as year-month-day, the only order nobody can misread."""
        given = self.raw(name)
        if not given:
            if required:
                self.fault(name, N_("Choose a date."))
            return None
        try:
            return _reckoned(date.fromisoformat(given))
        except ValueError:
            self.fault(name, N_("Write the date as year-month-day, for example 2031-04-09."))
            return None

    def moment(self, name: str, *, required: bool = False) -> datetime | None:
        """A local date and hour, returned in UTC."""
        given = self.raw(name)
        if not given:
            if required:
                self.fault(name, N_("Choose a date and an hour."))
            return None
        try:
            local = _reckoned(datetime.fromisoformat(given))
        except ValueError:
            self.fault(name, N_("Write it as 2031-04-09 18:30, in the time of this machine."))
            return None
        if local.tzinfo is None and self._zone is not None:
            local = local.replace(tzinfo=self._zone)
        return local.astimezone(UTC)


def _reckoned(given: D) -> D:
    """A day as it was given, if an entry may hold it. Raises ValueError."""
    if not FIRST_YEAR <= given.year <= LAST_YEAR:
        raise ValueError("no year of ours")
    return given


@dataclass(frozen=True)
class Filling:
    """What a form on a page shows in its fields: what was typed if it came back, else the defaults."""

    name: str
    values: Mapping[str, object]
    faults: Mapping[str, Fault]

    def value(self, name: str) -> str:
        """The text in one field."""
        given = self.values.get(name, "")
        if isinstance(given, (tuple, list, frozenset, set)):
            given = next(iter(given), "")
        return "" if given is None else str(given)

    def chosen(self, name: str, code: str) -> bool:
        """Whether a code is among the answers of one field."""
        given = self.values.get(name, ())
        if isinstance(given, (tuple, list, frozenset, set)):
            return code in given
        return str(given) == code

    def fault(self, name: str) -> Fault | None:
        """Why this field was not accepted."""
        return self.faults.get(name)
