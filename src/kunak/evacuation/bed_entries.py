"""What the registers of scarce things write: beds (F9), and seats on a leg.

The subject is the code of a bed or of some seats, a random one. ``index`` tells how many there are and how
many are taken; what tells the place is in ``place``. No entry of a bed names a case: a claim is known by its
id only, and whose it is stands in the work file of the case (BedAskedFor) or of the journey (SeatAskedFor).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from kunak.fold import Entry


@dataclass(frozen=True, kw_only=True)
class _Index(Entry):
    room: ClassVar[str] = "evacuation"
    compartment: ClassVar[str] = "index"


@dataclass(frozen=True, kw_only=True)
class _Place(Entry):
    room: ClassVar[str] = "evacuation"
    compartment: ClassVar[str] = "place"


@dataclass(frozen=True, kw_only=True)
class _Work(Entry):
    room: ClassVar[str] = "evacuation"
    compartment: ClassVar[str] = "work"


@dataclass(frozen=True, kw_only=True)
class _Stage(_Index):
    """Where a claim (the id of its BedHeld) stands now; ``replaces`` what its author knew of it."""

    claim: str
    replaces: tuple[str, ...] = ()


# Beds


@dataclass(frozen=True, kw_only=True)
class BedListed(_Index):
    """There is a place, for so many people. Of two numbers noted apart the smaller counts."""

    capacity: int
    stay_days: int = 30
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BedDescribed(_Place):
    """What the place is, as coarsely as it can be said."""

    bed_type: str  # one of BED_TYPES
    region: str
    accepts: tuple[str, ...]  # of ACCEPTS
    exit_route_known: bool = False
    note: str = ""
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BedHeld(_Index):
    """A bed is kept for somebody until an hour; then it is free again by itself. Its id is the claim."""

    until: datetime


@dataclass(frozen=True, kw_only=True)
class BedAssigned(_Stage):
    """The bed is theirs. ``second``: the other member, where how sure we are would not be enough (F3)."""

    second: str = ""


@dataclass(frozen=True, kw_only=True)
class BedOccupied(_Stage):
    """They are there."""

    second: str = ""


@dataclass(frozen=True, kw_only=True)
class BedLeaving(_Stage):
    """They are about to leave."""


@dataclass(frozen=True, kw_only=True)
class BedCleaning(_Stage):
    """They left; the bed is not ready for another yet."""


@dataclass(frozen=True, kw_only=True)
class BedFreed(_Stage):
    """The claim is over. It frees no bed of which somebody noted apart that the person is in it."""


@dataclass(frozen=True, kw_only=True)
class BedWatched(_Index):
    """Somebody noticed something: a car, a stranger, a call. Two in seven days: move."""

    sign: str  # one of WATCH_SIGNS


@dataclass(frozen=True, kw_only=True)
class BedBurned(_Index):
    """The place is known to those who hunt. Everybody moves, in order, before anything else."""


@dataclass(frozen=True, kw_only=True)
class BedClosed(_Index):
    """Nobody new goes there."""


@dataclass(frozen=True, kw_only=True)
class BedAskedFor(_Work):
    """For a case (the subject) a bed is kept under this claim. Where it is does not stand here."""

    claim: str


# Seats


@dataclass(frozen=True, kw_only=True)
class SeatsOffered(_Index):
    """Somebody can take so many people along. Of two numbers noted apart the smaller counts."""

    capacity: int
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SeatsDescribed(_Place):
    """On which route the seats are, and when."""

    route: str
    day_part: str = ""
    driver: str = ""  # a code
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SeatTaken(_Index):
    """A seat is kept for somebody. Its id is the claim."""


@dataclass(frozen=True, kw_only=True)
class SeatLeft(_Stage):
    """The seat is free again."""


@dataclass(frozen=True, kw_only=True)
class SeatsWithdrawn(_Index):
    """There is no going along any more."""


@dataclass(frozen=True, kw_only=True)
class SeatAskedFor(_Work):
    """On a leg of a journey (the subject) a seat is kept under this claim."""

    claim: str
    leg: int


BED_KINDS: tuple[type[Entry], ...] = (
    BedListed,
    BedDescribed,
    BedHeld,
    BedAssigned,
    BedOccupied,
    BedLeaving,
    BedCleaning,
    BedFreed,
    BedWatched,
    BedBurned,
    BedClosed,
    SeatsOffered,
    SeatsDescribed,
    SeatTaken,
    SeatLeft,
    SeatsWithdrawn,
)
ASKED_KINDS: tuple[type[Entry], ...] = (BedAskedFor, SeatAskedFor)
KINDS = (*BED_KINDS, *ASKED_KINDS)

BED_TYPES = ("house", "scattered_flat", "host_family", "hotel_voucher", "hospital", "partner_bed")
ACCEPTS = ("adults", "women_only", "minors", "dependants", "wheelchair", "pets")
WATCH_SIGNS = ("car", "stranger", "call", "other")
