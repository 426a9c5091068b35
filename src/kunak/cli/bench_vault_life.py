"""Invented years of an office, for measuring: about two thousand people, fifty entries each, in the order of time.

Entries are of the kinds, sizes and number that the actions of the rooms write; one act of writing holds one to
four of them. Nobody in it exists, and every text is drawn from a dozen words.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from kunak.casework import entries as c
from kunak.casework.lists import CLOSE_CHECKLIST, FIRST_STEPS, NEEDS
from kunak.casework.triage import LEVELS
from kunak.evacuation import entries as v
from kunak.evacuation.facts import CheckIn, Leg, Way, Why
from kunak.fold import Entry
from kunak.intake import entries as i
from kunak.intake.contact import ContactChannel, SafeContactPlan, Window
from kunak.workbench.hearing import Witnessed, body_of, hash_of

MEMBERS = ("heron", "otter", "wren")
BEGIN = datetime(2022, 1, 10, 7, 0, tzinfo=UTC)
PER_PERSON = 50  # entries, on average
_WORDS = (
    "lantern", "walnut", "ferry", "cloud", "copper", "meadow", "ticket", "harbour", "paper", "orchard", "compass",
    "violin",
)  # fmt: skip


class Deed(NamedTuple):
    """One act of writing: who, when, what; all of it becomes one segment."""

    at: datetime
    by: str
    entries: tuple[Entry, ...]


def life(entries: int, seed: int = 7) -> list[Deed]:
    """Deeds with about this many entries in all, oldest first."""
    chance, deeds, count, person = Random(seed), list[Deed](), 0, 0  # noqa: S311  # invented lives, no secrets
    years = timedelta(days=700)
    people = max(1, entries // PER_PERSON)
    while count < entries:
        person += 1
        begun = BEGIN + years * min(person, people) / people
        for deed in _Person(chance, person, begun).live():
            deeds.append(deed)
            count += len(deed.entries)
    return sorted(deeds, key=lambda deed: deed.at)


class _Person:
    """One request that becomes a case, and for two in five a journey."""

    def __init__(self, chance: Random, number: int, begun: datetime) -> None:
        self._chance, self._at = chance, begun
        self._request, self._case, self._journey = (f"{letter}-{number:06}" for letter in "RCJ")
        self._by, self._second, self._third = chance.sample(MEMBERS, 3)
        self._travels = chance.random() < 0.4
        self._closes = chance.random() < 0.85

    def live(self) -> Iterator[Deed]:
        yield from self._comes()
        yield from self._is_worked_with()
        if self._travels:
            yield from self._moves()
        if self._closes:
            yield from self._ends()

    def _comes(self) -> Iterator[Deed]:
        say = self._about(self._request)
        at = self._later(minutes=5)
        yield self._deed(
            say(
                i.RequestReceived,
                by="person",
                received_at=at,
                channel="web",
                via="sealed",
                language="ru",
                hearing_source="friend",
                danger="within_days",
                safe_now="yes",
                thread=self._text(3),
                readers=MEMBERS,
            ),
            say(
                i.AnswersGiven,
                by="person",
                safe_now="yes",
                danger="within_days",
                who="me",
                region="dagestan",
                needs=("leave", "lawyer"),
                under_18="no",
                answer_how="return_code",
                language="ru",
                text=self._text(60),
            ),
            say(
                i.ReplyKeysGiven,
                by="person",
                mailbox="5f" * 16,
                public_key="a7" * 608,
                verify_key="3c" * 32,
                fetch="91" * 16,
            ),
        )
        yield self._deed(say(i.RequestAcknowledged, how="human"))
        yield self._deed(say(i.SafetyChecked))
        yield self._deed(say(i.SafeContactPlanNoted, plan=self._plan()))
        yield self._deed(say(i.ConfidenceNoted, person_grade="V1", account_grade="A2"))
        yield self._deed(
            say(
                c.Triaged,
                level=self._chance.choice(LEVELS[1:]),
                sum=9,
                triggers=(),
                floors=(),
                version="1",
                factors={"threat": 2, "reach": 2, "time_window": 1, "exposure": 2, "obstacles": 2},
            )
        )
        for _ in range(self._chance.randint(2, 4)):
            yield from self._writes(say)

    def _writes(self, say: Callable[..., Entry]) -> Iterator[Deed]:
        """The person writes, and is answered."""
        arrived = say(i.MessageArrived, by="person", danger="no")
        text = say(i.MessageReceived, by="person", arrival=arrived.id, text=self._text(25), language="ru")
        yield self._deed(arrived, text)
        reply = say(i.ReplyWritten, text=self._text(30), language="ru", channel="return_code")
        yield self._deed(
            reply,
            say(i.MessagesAnswered, arrivals=(arrived.id,), replied=True),
            say(i.ReplyDelivered, reply=reply.id),
        )

    def _is_worked_with(self) -> Iterator[Deed]:
        say = self._about(self._case)
        workers = (self._by, self._second, self._third)
        yield self._deed(say(c.CaseOpened, request=self._request, workers=workers))
        yield self._deed(say(c.DecisionMade, decision="open_case"))
        yield self._deed(say(c.FirstStepTaken, step=self._chance.choice(FIRST_STEPS)))
        wanted = [say(c.NeedNoted, need=need, state="wanted") for need in self._chance.sample(NEEDS, 4)]
        yield self._deed(*wanted)
        for n in range(self._chance.randint(6, 12)):
            yield self._deed(say(c.NoteWritten, text=self._text(self._chance.randint(8, 70))))
            if n % 2:
                yield self._deed(say(c.Reviewed))
        for need in wanted[:3]:
            met = say(c.NeedNoted, need=getattr(need, "need"), state="met", replaces=(need.id,))  # noqa: B009
            yield self._deed(met)
        for purpose in self._chance.sample(("p1", "p2", "p3", "p5", "p7"), 2):
            yield self._deed(self._consent(say, purpose))
        threat = say(c.ThreatArrived, threat="")
        noted = say(
            c.ThreatNoted,
            arrival=threat.id,
            day=None,
            channel="message",
            source="family",
            target="person",
            now_known=("phone",),
            words_kept=True,
            text=self._text(20),
        )
        yield self._deed(threat, noted)

    def _moves(self) -> Iterator[Deed]:
        say, case = self._about(self._journey), self._about(self._case)
        legs = self._chance.randint(2, 4)
        consent = self._consent(case, "p4")
        due = self._at + timedelta(days=2)
        schedule = tuple(CheckIn(leg=n, due=due + timedelta(hours=5 * n), grace=60) for n in range(1, legs))
        yield self._deed(say(v.JourneyPlanned, case=self._case, plan_type="evacuate"))
        outlined = say(v.WayOutlined, crosses_border=True, shared_lists_end=False, stale=0)
        chosen = say(v.WayChosen, way=self._way(legs), coordinator=self._by)
        yield self._deed(chosen, outlined, say(v.CheckInsScheduled, check_ins=schedule))
        yield self._deed(consent)
        yield self._deed(say(v.ConsentLinked, line=consent.id))
        yield self._deed(
            say(
                v.ExitRiskChecked,
                wanted="not_checked",
                missing_person="not_checked",
                debt="not_checked",
                exit_stop="not_checked",
                military_summons="not_checked",
            )
        )
        yield self._deed(say(v.StopDecisionMade, choice="lawyer_only"))
        yield self._deed(say(v.PapersConfirmed, enough=True, about=(outlined.id,)))
        yield self._deed(say(v.ChecksCompleted))
        proposed = say(v.GoNoGoProposed)
        yield self._deed(proposed)
        yield self._deed(say(v.GoDecided, by=self._second, proposal=proposed.id, go=True))
        yield self._deed(say(v.JourneyStarted, check_ins=schedule))
        for one in schedule:
            yield self._deed(say(v.CheckInMarked, leg=one.leg, sign="ok", heard_at=one.due))
        arrived = self._later(hours=30)
        yield self._deed(say(v.Arrived, arrived_at=arrived))
        yield self._deed(say(v.ConfirmedSafe, how="call"), case(c.FollowUpStarted, confirmed_safe_at=arrived))
        yield self._deed(say(v.JourneyClosed, outcome="safe"))

    def _ends(self) -> Iterator[Deed]:
        say = self._about(self._case)
        for step in ("24h", "72h"):
            answers = {"safe_place": "yes", "sleep": "so_so"}
            yield self._deed(
                say(c.FollowUpDone, step=step),
                say(c.FollowUpNoted, step=step, answers=answers, text=self._text(20)),
            )
        closed = say(c.CaseClosed, reasons=("goals_met",), checklist=CLOSE_CHECKLIST[:4], second=self._second)
        bodies = (hash_of(body_of(closed)),)
        yield self._deed(say(Witnessed, by=self._second, bodies=bodies), by=self._second)
        yield self._deed(closed)

    def _consent(self, say: Callable[..., Entry], purpose: str) -> Entry:
        return say(
            c.ConsentGiven,
            purpose=purpose,
            about="",
            organisation="This office",
            role="movement coordinator",
            scope=("papers", "contact"),
            mode="said_and_repeated_back",
            given_when="call",
            understanding="yes",
            valid_until=self._at + timedelta(days=180),
            conditions=self._text(6),
            age_band="adult",
            guardian_is_danger=False,
            second="",
        )

    def _plan(self) -> SafeContactPlan:
        channels = (ContactChannel(kind="signal", address=self._text(2)), ContactChannel(kind="email"))
        return SafeContactPlan(
            may_contact="as_below",
            channels=channels,
            utc_offset_minutes=180,
            windows=(Window(start=1200, end=1320),),
            sender_name=self._text(1),
            opening_phrase=self._text(4),
            cover_text=self._text(8),
            missed_then=("trusted_person",),
        )

    def _way(self, legs: int) -> Way:
        why = (
            Why(rule="border.open", layer="borders", confidence="high"),
            Why(rule="visa.free", layer="visas"),
        )
        made = (
            Leg(
                number=n,
                origin=f"XX:Origin{n}",
                destination=f"XX:Goal{n}",
                origin_name=f"Origin {n}",
                destination_name=f"Goal {n}",
                mode="bus",
                check_in_due=self._at + timedelta(days=2, hours=5 * n),
                hours=4.5,
                cost_eur=40.0,
                risk=0.1,
                why=why,
                abort_signs=("blue_car",),
                route=f"route-{n}",
            )
            for n in range(1, legs)
        )
        return Way(destination="DE", legs=tuple(made), stay_basis="visa", hours=30.0, cost_eur=200.0)

    def _about(self, subject: str) -> Callable[..., Any]:
        def say(kind: type[Entry], by: str = "", **facts: Any) -> Entry:
            given = f"{self._chance.getrandbits(96):024x}"
            return kind(id=given, at=self._at, by=by or self._by, subject=subject, **facts)

        return say

    def _deed(self, *entries: Entry, by: str = "") -> Deed:
        """They are dated when they were made; time goes on after them."""
        writer = by or next((one.by for one in entries if one.by in MEMBERS), self._by)
        deed = Deed(entries[0].at, writer, entries)
        self._later(minutes=self._chance.randint(10, 900))
        return deed

    def _later(self, **span: float) -> datetime:
        self._at += timedelta(**span)
        return self._at

    def _text(self, words: int) -> str:
        return " ".join(self._chance.choices(_WORDS, k=words))
