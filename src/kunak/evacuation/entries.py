"""What the journeys of the evacuation room write: frozen, in the past tense, never edited after a release.

The subject of an entry is a journey code; of RouteMarkedDoubtful and RouteCleared, a route's code.
Compartments: ``index`` tells the duty team how far a journey is and when the next sign is due, without any
place; ``place`` holds the legs and dies by itself 72 hours after arrival; ``work`` holds the checks;
``identity`` the papers. State is a function of ``index`` alone, so that whoever may read only that still
sees every clock.

``replaces`` names the entries whose value the author saw and replaces (``kunak.fold.current``); ``seen`` the
signs, steps and stops that were known, so that what was said apart is noticed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from kunak.evacuation import bed_entries
from kunak.evacuation.facts import CheckIn, Paper, Way
from kunak.fold import Entry


@dataclass(frozen=True, kw_only=True)
class _Index(Entry):
    room: ClassVar[str] = "evacuation"
    compartment: ClassVar[str] = "index"


@dataclass(frozen=True, kw_only=True)
class _Work(Entry):
    room: ClassVar[str] = "evacuation"
    compartment: ClassVar[str] = "work"


@dataclass(frozen=True, kw_only=True)
class _Place(Entry):
    room: ClassVar[str] = "evacuation"
    compartment: ClassVar[str] = "place"


# Preparing


@dataclass(frozen=True, kw_only=True)
class JourneyPlanned(_Index):
    """A journey was begun on paper: for which case, of which type, at which level of urgency."""

    case: str
    plan_type: str  # one of PLAN_TYPES
    legs: int = 0  # how many are expected; the way chosen later decides
    level: str = "P1"
    trusted_person: bool = False  # one is listed in the safe-contact plan; never who


@dataclass(frozen=True, kw_only=True)
class WayChosen(_Place):
    """A way was chosen with the person. Only the coordinator reads two consecutive legs.

    ``under_way``: written again when the person set out, so that no choice made apart hides where they are.
    """

    way: Way
    coordinator: str  # the movement coordinator's code
    under_way: bool = False
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WayOutlined(_Work):
    """What those who may not read places need to know of the way that was chosen."""

    crosses_border: bool
    shared_lists_end: bool  # it ends in a state that shares the persecutor's wanted lists
    stale: int  # how many of its rules or timetables are stale
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CheckInsScheduled(_Index):
    """The signs that are due, leg by leg; ``under_way``: set anew while the person was on the way."""

    check_ins: tuple[CheckIn, ...]
    under_way: bool = False
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ConsentLinked(_Work):
    """The person's yes to this travel operation: the id of a p4 line in the consent ledger."""

    line: str


@dataclass(frozen=True, kw_only=True)
class ExitRiskChecked(_Work):
    """What was looked up before an exit, each checked_by_lawyer, not_checked or hit; and the rest of F8."""

    wanted: str
    missing_person: str
    exit_stop: str
    debt: str
    military_summons: str
    cameras: str = "unknown"  # one of CAMERAS
    minors_consent: str = "not_needed"
    dependants: int = 0
    medication: str = "not_needed"
    phone: str = "unknown"
    sim_rule_told: bool = False
    story_rehearsed: bool = False
    cash_in_hand: bool = False
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StopDecisionMade(_Work):
    """What the person wants done if they are stopped. Decided before travel."""

    choice: str  # one of STOP_CHOICES
    with_name: bool = False
    after: int = 120  # minutes from the stop until the choice is applied
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PapersChecked(Entry):
    """The papers themselves: two people release these."""

    room: ClassVar[str] = "evacuation"
    compartment: ClassVar[str] = "identity"

    papers: tuple[Paper, ...]
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PapersConfirmed(_Work):
    """Whether the papers, as seen by someone who may, are enough for the way that was chosen.

    ``about``: ids of the WayOutlined that were known. For another way it says nothing.
    """

    enough: bool
    about: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ChecksOverridden(_Work):
    """Two people go ahead without some checks and say why. ``by`` is the second of them."""

    first: str
    missing: tuple[str, ...]
    reason: str
    about: tuple[str, ...] = ()  # ids of the WayOutlined that were known: an override is about one way


@dataclass(frozen=True, kw_only=True)
class ChecksCompleted(_Index):
    """draft → checked."""

    overridden: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ChecksReopened(_Index):
    """checked or ready → draft: something that was checked has changed."""

    reason: str  # way, exit_risk, stop_decision, papers, consent, no_go, route, by_hand


@dataclass(frozen=True, kw_only=True)
class GoNoGoProposed(_Index):
    """The first of two people holds that the journey can begin."""


@dataclass(frozen=True, kw_only=True)
class GoDecided(_Index):
    """The second person decides: checked → ready, or back to draft."""

    proposal: str  # the id of the GoNoGoProposed
    go: bool


# Moving


@dataclass(frozen=True, kw_only=True)
class JourneyStarted(_Index):
    """ready → moving, on the schedule that was known (``check_ins``) and no other."""

    check_ins: tuple[CheckIn, ...] = ()
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CheckInMarked(_Index):
    """A sign came. ``delayed`` sets a new due time; ``duress`` means the person is under control."""

    leg: int
    sign: str  # one of SIGNS
    heard_at: datetime  # UTC
    new_due: datetime | None = None
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CheckInMissed(_Index):
    """A step of the ladder of a missed check-in was taken."""

    leg: int
    step: str  # a code of checkins.LADDER
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GraceExtended(_Index):
    """A check-in was given more time, within the plan's rule."""

    leg: int
    minutes: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class ShutdownFlagged(_Index):
    """The internet is shut down where these legs' check-ins fall due. The region is not told here."""

    legs: tuple[int, ...]
    since: datetime
    flag: str  # the id of the flagging, the same on every journey it touches


@dataclass(frozen=True, kw_only=True)
class ShutdownLifted(_Index):
    """It works again."""

    flag: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class StoppedAtBorder(_Index):
    """moving → paused, at level P0: the person was told to wait. The stop-decision's clock runs."""

    leg: int
    stopped_at: datetime


@dataclass(frozen=True, kw_only=True)
class Paused(_Index):
    """moving → paused, until a next sign that is due like any other."""

    reason: str
    next_sign: datetime
    grace: int  # minutes


@dataclass(frozen=True, kw_only=True)
class Resumed(_Index):
    """paused → moving. A new schedule for the legs that are left is written beside it.

    It ends no stop at a border that its author had not heard of.
    """

    seen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Aborted(_Index):
    """The journey ends here. If it had begun, the person's safety has still to be confirmed."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class MissingDecided(_Index):
    """Two workers decided that the person is missing. ``by`` is the second of them."""

    first: str
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FoundAgain(_Index):
    """A person who was silent or missing was heard of, in a way that cannot be forced. ``by``: the second.

    It answers the doubts that its authors knew (``seen``); one noted apart stays open.
    """

    first: str
    how: str
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Arrived(_Index):
    """moving → arrived. The clock that ends the place compartment starts."""

    arrived_at: datetime


@dataclass(frozen=True, kw_only=True)
class ConfirmedSafe(_Index):
    """arrived, or aborted on the way → confirmed_safe. Follow-up starts."""

    how: str
    first: str = ""  # set when two people confirmed; ``by`` is then the second
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class JourneyClosed(_Index):
    """The end of work on the journey; not a statement of safety."""

    outcome: str


# Routes, after something went wrong on one


@dataclass(frozen=True, kw_only=True)
class RouteMarkedDoubtful(_Place):
    """Something happened on a route: nobody else takes it unexamined. The subject is the route's code.

    It names no journey and no person, and so outlives the places of the journey on which it happened. But the
    code is a leg, and the hour joins it to journeys that must be looked at again: it is read where places are.
    """

    reason: str  # one of DOUBTS


@dataclass(frozen=True, kw_only=True)
class RouteCleared(_Place):
    """Two people hold that the route can be used again. ``by`` is the second; the subject is its code."""

    first: str
    reason: str  # one of CLEARED


@dataclass(frozen=True, kw_only=True)
class RecheckDemanded(_Index):
    """This plan uses a route that became doubtful and must be looked at again within two hours."""

    due: datetime


@dataclass(frozen=True, kw_only=True)
class RouteRechecked(_Index):
    """Someone looked again: the route still holds for this plan, or the plan was changed."""

    verdict: str  # still_good, plan_changed


KINDS: tuple[type[Entry], ...] = (
    JourneyPlanned,
    WayChosen,
    WayOutlined,
    CheckInsScheduled,
    ConsentLinked,
    ExitRiskChecked,
    StopDecisionMade,
    PapersChecked,
    PapersConfirmed,
    ChecksOverridden,
    ChecksCompleted,
    ChecksReopened,
    GoNoGoProposed,
    GoDecided,
    JourneyStarted,
    CheckInMarked,
    CheckInMissed,
    GraceExtended,
    ShutdownFlagged,
    ShutdownLifted,
    StoppedAtBorder,
    Paused,
    Resumed,
    Aborted,
    MissingDecided,
    FoundAgain,
    Arrived,
    ConfirmedSafe,
    JourneyClosed,
    RouteMarkedDoubtful,
    RouteCleared,
    RecheckDemanded,
    RouteRechecked,
    *bed_entries.KINDS,
)
