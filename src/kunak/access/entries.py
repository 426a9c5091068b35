"""What the room writes. The subject is the code that it is about; ``OFFICE`` where it outlives the code."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from kunak.fold import Entry

OFFICE = "office"
READINGS = "readings-"  # and a month: the reading log can be opened, and is destroyed, month by month


@dataclass(frozen=True, kw_only=True)
class _Index(Entry):
    room: ClassVar[str] = "access"
    compartment: ClassVar[str] = "index"


@dataclass(frozen=True, kw_only=True)
class OpeningAsked(_Index):
    """A member asks to open what two must open, for one purpose. ``opening`` and ``dossiers`` are opaque."""

    what: str  # the compartment
    purpose: str  # one of PURPOSES
    opening: str
    dossiers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OpeningReleased(_Index):
    """A colleague lent their share for this opening alone."""

    opening: str


@dataclass(frozen=True, kw_only=True)
class OpeningRefused(_Index):
    """A colleague said no."""

    opening: str


@dataclass(frozen=True, kw_only=True)
class OpeningEnded(_Index):
    """It was closed, or its half hour was over."""

    opening: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One dossier that was opened: which, on which day, for what."""

    subject: str
    what: str
    day: str  # ISO date
    purpose: str


@dataclass(frozen=True, kw_only=True)
class ReadingsNoted(Entry):
    """What a member opened since the last of these. Itself opened by two. Subject: ``month_of`` the entry."""

    room: ClassVar[str] = "access"
    compartment: ClassVar[str] = "readings"

    readings: tuple[Reading, ...]


@dataclass(frozen=True, kw_only=True)
class MoreOpeningsAllowed(_Index):
    """A colleague saw why this member opens so many, and agreed to ``more`` of them this shift."""

    member: str
    second: str
    more: int


@dataclass(frozen=True, kw_only=True)
class CanaryPlaced(Entry):
    """This case is invented: nobody has a reason to open it. Only who opens it comes near this mark."""

    room: ClassVar[str] = "access"
    compartment: ClassVar[str] = "work"


@dataclass(frozen=True, kw_only=True)
class CanaryTouched(_Index):
    """A member opened a case that nobody should open. Subject: OFFICE."""

    touched: str  # the code
    member: str


@dataclass(frozen=True, kw_only=True)
class AlarmSeen(_Index):
    """Somebody looked at an alarm and took it up. Subject: OFFICE."""

    alarm: str  # id of the CanaryTouched


@dataclass(frozen=True, kw_only=True)
class SubjectShredded(_Index):
    """All that is about a code is to be destroyed everywhere. Subject: OFFICE, so that the words outlive it.

    ``what``: the compartments; empty for all. ``dossiers`` are opaque, for the list of acknowledgements.
    """

    shredded: str
    what: tuple[str, ...]
    reason: str  # one of SHRED_REASONS
    dossiers: tuple[str, ...] = ()
    second: str = ""


@dataclass(frozen=True, kw_only=True)
class ChatTimeSet(_Index):
    """How many hours chats are kept after they were answered. Subject: OFFICE."""

    hours: int  # from CHAT_HOURS


def month_of(at: datetime) -> str:
    """The subject of the reading log of an hour's month, e.g. ``readings-2031-05``."""
    return f"{READINGS}{at.astimezone(UTC):%Y-%m}"


KINDS: tuple[type[Entry], ...] = (
    OpeningAsked,
    OpeningReleased,
    OpeningRefused,
    OpeningEnded,
    ReadingsNoted,
    MoreOpeningsAllowed,
    CanaryPlaced,
    CanaryTouched,
    AlarmSeen,
    SubjectShredded,
    ChatTimeSet,
)
