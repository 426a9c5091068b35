"""The invented life of the demo office: people who do not exist, hours before the demo was started.

Nothing here is taken from anybody. Texts are short because real first messages are, and no text names a group,
a place finer than a region, or a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

HERON, OTTER, STORK = "heron", "otter", "stork"  # duty, lawyer, movement coordinator
PASSPHRASES = {
    HERON: "lantern walnut ferry cloud seven",
    OTTER: "copper meadow ticket harbour nine",
    STORK: "paper orchard compass violin two",
}
# Heron founded the office and has the founder's roles.
ROLES = {OTTER: ("duty", "case-worker", "lawyer"), STORK: ("duty", "movement")}


@dataclass(frozen=True, kw_only=True)
class Invented:
    """One invented request, and how far the office has come with it. Ages are minutes before now."""

    key: str
    age: int
    danger: str = "later_or_not_sure"
    safe_now: str = "yes"
    who: str = "me"
    region: str = "prefer_not"
    needs: tuple[str, ...] = ()
    under_18: str = "no"
    language: str = "ru"
    channel: str = "web"
    text: str = ""
    acknowledged: int | None = None  # age of the acknowledgement
    reply: str = ""
    triaged: int | None = None  # age of the triage
    triggers: tuple[str, ...] = ()
    factors: Mapping[str, int] = field(default_factory=dict)
    ended: str = ""  # a status that ends it, or "waitlisted"
    reasons: tuple[str, ...] = ()
    case: int | None = None  # age of the opening of a case
    workers: tuple[str, ...] = (HERON,)
    case_needs: Mapping[str, str] = field(default_factory=dict)
    first_step: int | None = None  # age
    plan: bool = False  # a safe-contact plan was made
    reviewed: int | None = None  # age of the last review


_H, _D = 60, 24 * 60

LIFE: tuple[Invented, ...] = (
    # Just in: nobody has looked yet.
    Invented(key="new-now", age=6, danger="now", safe_now="not_sure", region="dagestan", needs=("leave",),
             text="They are downstairs talking with my uncle. I can write for a few minutes."),
    Invented(key="new-hours", age=21, danger="within_hours", region="chechnya", needs=("leave", "papers"),
             text="They want me home by tonight. My passport is with my brother."),
    Invented(key="new-days", age=50, danger="within_days", region="azerbaijan", language="az",
             needs=("lawyer", "money_threat"), text="Someone asks for money until Friday."),
    Invented(key="new-advice", age=95, danger="no", region="russia_centre", needs=("phone_advice",),
             text="How do I clean a phone before a border?"),
    Invented(key="new-third", age=130, danger="later_or_not_sure", who="someone_who_does_not_know",
             region="tajikistan", needs=("someone_to_talk_to",), text="I am worried about a friend."),
    Invented(key="new-phone", age=35, danger="within_days", channel="phone", region="kabardino_balkaria",
             needs=("place_to_sleep",)),
    # Triaged, waiting for a decision or a first step.
    Invented(key="p0-held", age=170, danger="now", who="someone_who_knows", region="chechnya",
             needs=("lawyer",), text="My friend was taken this morning.", acknowledged=160, triaged=150,
             triggers=("held_or_taken_now",), factors={"reach": 2, "whereabouts_known": 3},
             case=140, workers=(HERON, OTTER), first_step=120, plan=True,
             case_needs={"legal": "in_progress", "physical_safety": "wanted", "contact_with_someone": "wanted"}),
    Invented(key="p0-border", age=400, danger="now", region="north_ossetia", needs=("leave", "lawyer"),
             acknowledged=395, triaged=390, triggers=("stopped_at_border",), factors={"reach": 3, "threat": 2},
             case=380, workers=(HERON, STORK), first_step=360, plan=True,
             case_needs={"travel": "in_progress", "legal": "in_progress"}),
    Invented(key="p1-floor", age=200, danger="within_days", region="kabardino_balkaria",
             needs=("leave", "someone_to_talk_to"), text="My brother read a message. They talk on Friday.",
             acknowledged=175, reply="We have read it. Write when you can; nothing has to be decided today.",
             triaged=165, factors={"time_window": 3, "threat": 2, "reach": 1, "whereabouts_known": 2,
                                   "exposure": 2, "protective": 1}),
    Invented(key="p1-exposed", age=9 * _H, danger="within_hours", region="azerbaijan", language="az",
             needs=("leave", "papers"), acknowledged=8 * _H + 30, triaged=8 * _H,
             factors={"exposure": 3, "reach": 2, "threat": 1, "obstacles": 1}, case=7 * _H,
             workers=(STORK, HERON), first_step=5 * _H, plan=True,
             case_needs={"travel": "in_progress", "papers": "met", "food_cash": "wanted"}),
    Invented(key="p1-sum", age=26 * _H, danger="within_days", region="tajikistan", language="tg",
             needs=("leave",), acknowledged=25 * _H, triaged=24 * _H,
             factors={"time_window": 2, "threat": 3, "reach": 2, "whereabouts_known": 2, "exposure": 2,
                      "earlier_harm": 2, "obstacles": 2, "others_in_danger": 1}, case=23 * _H,
             workers=(HERON, STORK), first_step=20 * _H, plan=True,
             case_needs={"travel": "in_progress", "phone": "met", "mental_support": "wanted"}),
    Invented(key="p2-threat", age=20 * _H, danger="within_days", region="russia_volga", needs=("money_threat",),
             acknowledged=19 * _H, triaged=18 * _H, factors={"threat": 2, "time_window": 1, "reach": 0},
             reply="You do not have to answer him. Keep what he wrote; do not meet him."),
    Invented(key="p2-sum", age=30 * _H, danger="later_or_not_sure", region="uzbekistan", language="uz",
             needs=("lawyer", "papers"), acknowledged=29 * _H, triaged=28 * _H,
             factors={"threat": 1, "reach": 2, "whereabouts_known": 2, "exposure": 2, "obstacles": 2},
             case=27 * _H, workers=(HERON,), case_needs={"legal": "wanted", "papers": "wanted"}),
    Invented(key="p2-case", age=5 * _D, danger="within_days", region="kyrgyzstan", language="ky",
             needs=("place_to_sleep",), acknowledged=5 * _D - 90, triaged=5 * _D - 120,
             factors={"threat": 2, "time_window": 2, "reach": 2, "exposure": 1, "earlier_harm": 1},
             case=4 * _D, workers=(OTTER,), first_step=4 * _D - 60, plan=True,
             case_needs={"place": "met", "legal": "wanted"}, reviewed=20 * _H),
    Invented(key="p3-advice", age=28 * _H, danger="no", region="georgia", language="en",
             needs=("phone_advice",), acknowledged=27 * _H, triaged=26 * _H, factors={"whereabouts_known": 1}),
    Invented(key="p3-study", age=2 * _D, danger="no", region="armenia", needs=("other",),
             acknowledged=2 * _D - 60, triaged=2 * _D - 90, factors={"exposure": 1}),
    # Somebody else may be writing: what follows is in ``doubts``.
    Invented(key="two-wrong", age=31 * _H, danger="within_days", region="kabardino_balkaria", needs=("leave",),
             text="I can only write on Thursdays.", acknowledged=30 * _H, triaged=29 * _H,
             factors={"time_window": 2, "threat": 2, "reach": 1, "exposure": 1}, case=28 * _H,
             workers=(HERON, STORK), first_step=27 * _H, plan=True, case_needs={"travel": "wanted"}),
    Invented(key="phone-taken", age=9 * _D, danger="within_days", region="chechnya", needs=("lawyer",),
             text="They took two whom I know.", acknowledged=9 * _D - 30, triaged=9 * _D - 60,
             factors={"threat": 2, "reach": 3, "exposure": 2}, case=8 * _D, workers=(HERON, OTTER),
             first_step=7 * _D, plan=True, case_needs={"legal": "in_progress"}, reviewed=20 * _H),
    # Cases that go on quietly.
    Invented(key="after-care", age=70 * _D, danger="within_days", region="chechnya", needs=("leave",),
             acknowledged=70 * _D - 30, triaged=70 * _D - 60,
             factors={"threat": 3, "reach": 3, "time_window": 2, "exposure": 2}, case=69 * _D,
             workers=(HERON,), first_step=68 * _D, plan=True,
             case_needs={"place": "met", "language": "in_progress", "mental_support": "in_progress",
                         "work_study": "wanted"}, reviewed=30 * _H),
    Invented(key="quiet-case", age=20 * _D, danger="later_or_not_sure", region="belarus", needs=("lawyer",),
             acknowledged=20 * _D - 60, triaged=20 * _D - 90, factors={"exposure": 2, "reach": 2, "threat": 1,
                                                                      "earlier_harm": 2, "obstacles": 1},
             case=18 * _D, workers=(OTTER, HERON), first_step=17 * _D, plan=True,
             case_needs={"legal": "in_progress", "papers": "in_progress"}, reviewed=3 * _D),
    # Ended, each with its reason.
    Invented(key="info", age=3 * _D, danger="no", region="russia_north_west", needs=("phone_advice",),
             acknowledged=3 * _D - 45, triaged=3 * _D - 50, reply="Three steps for your phone are on the advice page.",
             ended="info_given", reasons=("advice_only_wanted",)),
    Invented(key="referred", age=6 * _D, danger="no", region="europe", language="en", needs=("lawyer",),
             acknowledged=6 * _D - 80, triaged=6 * _D - 90, ended="referred", reasons=("needs_another_service",)),
    Invented(key="declined", age=4 * _D, danger="no", region="elsewhere", language="en", needs=("other",),
             acknowledged=4 * _D - 60, triaged=4 * _D - 70, ended="declined", reasons=("outside_mandate",)),
    Invented(key="withdrawn", age=8 * _D, danger="later_or_not_sure", region="stavropol",
             acknowledged=8 * _D - 70, triaged=8 * _D - 80, ended="withdrawn", reasons=("person_chose_otherwise",)),
    Invented(key="waiting", age=40 * _H, danger="within_days", region="ingushetia", needs=("place_to_sleep",),
             acknowledged=39 * _H, triaged=38 * _H, factors={"threat": 1, "reach": 1, "whereabouts_known": 2,
                                                              "exposure": 2, "time_window": 2},
             reply="No safe place is free today. It is not because of you. We look again tomorrow at 10:00.",
             ended="waitlisted", reasons=("no_capacity_now",)),
    Invented(key="hostile", age=32 * _H, danger="now", region="elsewhere", needs=("place_to_sleep",),
             text="Where is the flat? Send the address at once.", acknowledged=31 * _H,
             triaged=30 * _H, factors={}, ended="suspected_hostile", reasons=("hostile_signs",)),
    Invented(key="minor", age=75, danger="within_days", region="dagestan", under_18="yes",
             needs=("someone_to_talk_to",), text="Can I write here if I am 16?", acknowledged=60),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Travelled:
    """One invented journey of a case: what is asked of the planner, and how far it has come.

    ``wanted`` is what the planner is asked for; ``signs`` how many check-ins have come; ``late``: the next sign is overdue by that many minutes.
    """

    key: str
    case: str
    passport: str
    papers: str
    origin: str
    lists: str
    wanted: str
    state: str  # draft, moving, confirmed_safe
    signs: int = 0
    late: int = 0
    coordinator: str = STORK


JOURNEYS: tuple[Travelled, ...] = (
    Travelled(key="late", case="p1-sum", passport="TJ", papers="foreign", origin="DYU", lists="unknown",
              wanted="interim", state="moving", signs=1, late=50, coordinator=HERON),
    Travelled(key="planned", case="p1-exposed", passport="AZ", papers="foreign", origin="GYD", lists="unknown",
              wanted="interim", state="draft"),
    Travelled(key="arrived", case="after-care", passport="RU", papers="foreign", origin="MRV", lists="unknown",
              wanted="interim", state="confirmed_safe"),
)  # fmt: skip
