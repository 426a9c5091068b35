"""What two members decide: each signs with their own key, it lasts, and one alone cannot claim it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from bench_office import PASSPHRASES, Desk, a_case, all_known, an_office, on_the_way

from kunak import casework, evacuation, intake
from kunak.errors import Refused
from kunak.fold import Entry
from kunak.vault import Item, Vault
from kunak.vault.codec import encode_body
from kunak.workbench import SecondPersonNeeded

c, j = casework.actions, evacuation.actions
REACHED = ["reached_safety"]


@dataclass(frozen=True)
class Decision:
    """What two decide: the office before it, the action with its facts, and what is then so."""

    name: str
    before: Callable[[str, str], Desk]
    action: Callable[..., tuple[Entry, ...]]
    facts: Callable[[Desk], dict[str, Any]]
    after: Callable[[Desk], bool]  # asked of the desk before and after

    def __str__(self) -> str:
        return self.name


def a_request(member: str, second: str) -> Desk:
    desk = an_office(member)
    desk.receive()
    return desk


def a_case_for(member: str, second: str) -> Desk:
    return a_case(member)


def doubted_thread(member: str, second: str) -> Desk:
    """Two challenges were not answered as agreed."""
    desk = a_request(member, second)
    for _ in range(2):
        desk.do(intake.actions.put_challenge, subject="R-1", outcome="failed")
    return desk


def looked_for_signs(member: str, second: str) -> Desk:
    desk = a_request(member, second)
    two = ("asks_where_shelter_is", "wants_named_worker")
    desk.do(intake.actions.note_hostile_signs, subject="R-1", signs=two)
    return desk


def after_vital_interest(member: str, second: str) -> Desk:
    desk = a_case(member)
    desk.together(second, c.use_vital_interest, **VITAL)
    return desk


def unchecked(member: str, second: str) -> Desk:
    desk = a_case(member)
    desk.draft()
    return desk


def proposed(member: str, second: str) -> Desk:
    desk = unchecked(member, second)
    desk.check()
    desk.propose()
    return desk


def silent(member: str, second: str) -> Desk:
    desk = on_the_way(member, second)
    desk.clock.later(days=2)
    return desk


def stopped(member: str, second: str) -> Desk:
    desk = on_the_way(member, second)
    desk.clock.later(hours=3)
    desk.do(j.stop_at_border, subject="J-1")
    return desk


def forced(member: str, second: str) -> Desk:
    """The person gave the duress sign, and an arrival was noted after it."""
    desk = on_the_way(member, second)
    desk.clock.later(hours=3)
    desk.do(j.mark_check_in, subject="J-1", leg=1, sign="duress")
    desk.do(j.record_arrival, subject="J-1")
    return desk


def arrived(member: str, second: str) -> Desk:
    desk = on_the_way(member, second)
    desk.clock.later(hours=14)
    desk.do(j.record_arrival, subject="J-1")
    return desk


def doubtful(member: str, second: str) -> Desk:
    desk = an_office(member)
    desk.do(j.mark_route_doubtful, route="bus:A:B", reason="stopped")
    return desk


VITAL = {
    "subject": "C-1", "danger": "imminent_death", "organisation": "Rescue desk", "role": "duty officer",
    "scope": ["region"],
}  # fmt: skip
CHILD = {
    "subject": "C-1", "purpose": "p3", "organisation": "This office", "role": "house", "scope": ["need"],
    "mode": "said_and_repeated_back", "understanding": "yes", "age_band": "under_16",
    "guardian_is_danger": True,
}  # fmt: skip


def status(desk: Desk, code: str) -> str:
    found = desk.bench.requests.get(code)
    assert found is not None
    return found.status


def request(desk: Desk) -> intake.Request:
    found = desk.bench.requests.get("R-1")
    assert found is not None
    return found


def case(desk: Desk) -> casework.Case:
    found = desk.bench.cases.get("C-1")
    assert found is not None
    return found


def ended(status_: str, reason: str) -> Callable[[Desk], dict[str, Any]]:
    return lambda desk: {"subject": "R-1", "status": status_, "reasons": (reason,)}


def soon(desk: Desk) -> Any:
    return desk.clock.at + timedelta(hours=6)


ANYWAY = {
    "subject": "R-1", "text": "Do not go home.", "channel": "sms", "reason": "arrest_is_coming",
    "words": "They wait there.", "line_read": "nothing",
}  # fmt: skip


DECISIONS = (
    Decision(
        "trust restored", doubted_thread, intake.actions.restore_trust,
        lambda _: {"subject": "R-1", "how": "met_in_person"},
        lambda desk: not request(desk).control.possible,
    ),
    Decision(
        "a message past the plan", a_request, intake.actions.write_anyway, lambda _: ANYWAY,
        lambda desk: len(request(desk).overrides) == 1,
    ),
    Decision(
        "a second look", looked_for_signs, intake.actions.give_second_look,
        lambda _: {"subject": "R-1", "verdict": "only_in_steps"},
        lambda desk: request(desk).looks_asked == (),
    ),
    Decision(
        "declined", a_request, intake.actions.close_request, ended("declined", "outside_mandate"),
        lambda desk: status(desk, "R-1") == "declined",
    ),
    Decision(
        "suspected hostile", a_request, intake.actions.close_request,
        ended("suspected_hostile", "hostile_signs"),
        lambda desk: status(desk, "R-1") == "suspected_hostile",
    ),
    Decision(
        "triage that lowers", a_case_for, c.record_triage,
        lambda _: {"subject": "C-1", "triggers": (), "factors": {"threat": 1}, "reasons": REACHED},
        lambda desk: case(desk).level == "P3",
    ),
    Decision(
        "lower priority", a_case_for, c.lower_priority,
        lambda _: {"subject": "C-1", "level": "P3", "reasons": REACHED},
        lambda desk: case(desk).level == "P3" and case(desk).disputed == (),
    ),
    Decision(
        "close case", a_case_for, c.close_case,
        lambda _: {"subject": "C-1", "reasons": ["goals_met"]},
        lambda desk: case(desk).closed_at is not None,
    ),
    Decision(
        "a child's own yes", a_case_for, c.give_consent, lambda _: CHILD,
        lambda desk: len(casework.queries.valid_consents(case(desk), "p3", desk.clock.at)) == 1,
    ),
    Decision(
        "vital interest", a_case_for, c.use_vital_interest, lambda _: VITAL,
        lambda desk: len(case(desk).vital) == 1,
    ),
    Decision(
        "review of a vital interest", after_vital_interest, c.review_vital_interest,
        lambda desk: {"subject": "C-1", "used": case(desk).vital[0].id, "person_told": True},
        lambda desk: len(case(desk).vital_reviewed) == 1,
    ),
    Decision(
        "override checks", unchecked, j.override_checks,
        lambda _: {"subject": "J-1", "reason": "They come tonight."},
        lambda desk: desk.journey().override is not None,
    ),
    Decision(
        "go", proposed, j.decide_go,
        lambda desk: {"subject": "J-1", "go": True, "consents": desk.consents()},
        lambda desk: desk.journey().state == "ready",
    ),
    Decision(
        "no go", proposed, j.decide_go,
        lambda desk: {"subject": "J-1", "go": False, "consents": desk.consents()},
        lambda desk: desk.journey().state == "draft",
    ),
    Decision(
        "missing", silent, j.decide_missing, lambda _: {"subject": "J-1"},
        lambda desk: desk.journey().missing_since is not None,
    ),
    Decision(
        "found again after silence", silent, j.find_again,
        lambda desk: {"subject": "J-1", "how": "live_call_safe_word", "next_sign": soon(desk)},
        lambda desk: len(desk.journey().found_at) == 1
        and evacuation.queries.late(desk.journey(), desk.clock.at) is None,
    ),
    Decision(
        "found again while stopped", stopped, j.find_again,
        lambda _: {"subject": "J-1", "how": "lawyer_saw_them"},
        lambda desk: len(desk.journey().found_at) == 1,
    ),
    Decision(
        "safe although doubted", forced, j.confirm_safe,
        lambda _: {"subject": "J-1", "how": "met_in_person"},
        lambda desk: desk.journey().state == "confirmed_safe" and case(desk).follow_up is not None,
    ),
    Decision(
        "safe, and two say so", arrived, j.confirm_safe,
        lambda _: {"subject": "J-1", "how": "agreed_sign"},
        lambda desk: desk.journey().state == "confirmed_safe" and case(desk).follow_up is not None,
    ),
    Decision(
        "clear route", doubtful, j.clear_route,
        lambda _: {"route": "bus:A:B", "reason": "checked_on_site"},
        lambda desk: evacuation.queries.doubtful_routes(desk.bench.journeys) == frozenset(),
    ),
)  # fmt: skip
ONE_MAY = "safe, and two say so"  # nobody doubts it, so one member may say it alone
everywhere = pytest.mark.parametrize("decision", DECISIONS, ids=str)


@everywhere
@pytest.mark.parametrize(("member", "second"), [("heron", "otter"), ("wren", "heron")])
def test_it_is_the_same_for_everyone_after_a_restart(decision: Decision, member: str, second: str) -> None:
    desk = decision.before(member, second)
    watching = desk.again("wren" if second != "wren" and member != "wren" else "otter")
    assert not decision.after(desk)
    desk.together(second, decision.action, **decision.facts(desk))
    assert decision.after(desk)
    known = all_known(desk.bench)
    watching.refresh()
    assert all_known(watching) == known
    for reader in PASSPHRASES:
        assert all_known(desk.again(reader)) == known


for_two_alone = pytest.mark.parametrize("decision", [d for d in DECISIONS if d.name != ONE_MAY], ids=str)


@for_two_alone
def test_one_hand_cannot_write_it_for_two(decision: Decision) -> None:
    """Neither through the workbench nor past it, whoever is named as the author."""
    desk = decision.before("heron", "otter")
    facts = decision.facts(desk)
    with pytest.raises(Refused):
        desk.do(decision.action, second="", **facts)
    with pytest.raises(SecondPersonNeeded):
        desk.together("heron", decision.action, **facts)
    slip_in(desk, as_two_would(decision, desk))
    before = all_known(desk.bench)
    assert all_known(desk.again("heron")) == before
    assert all_known(desk.again("wren")) == before


@for_two_alone
@pytest.mark.parametrize("named", ["", "heron"])
def test_an_entry_that_names_nobody_else_decides_nothing(decision: Decision, named: str) -> None:
    """As a member with a changed program could write it: whoever hears it counts to one."""
    desk = decision.before("heron", "otter")
    entries = as_two_would(decision, desk)
    slip_in(desk, tuple(replace(e, by="heron", **{n: named for n in ("first", "second") if hasattr(e, n)})
                        for e in entries))  # fmt: skip
    desk.bench = desk.again("wren")
    assert not decision.after(desk)


def as_two_would(decision: Decision, desk: Desk) -> tuple[Entry, ...]:
    """What the room would write for two."""
    given = {"by": "heron", "second": "otter", "at": desk.clock(), "id": "slipped-in"}
    return decision.action(desk.state(decision.action), **given, **decision.facts(desk))


def slip_in(desk: Desk, entries: tuple[Entry, ...]) -> None:
    """Write past the workbench, all with one hand."""
    vault = Vault.unlock(desk.store, passphrase=PASSPHRASES["heron"])
    vault.write([Item(e.subject, e.compartment, encode_body(e, e.kind())) for e in entries], at=desk.clock())


def test_every_action_that_takes_a_second_is_tried_here() -> None:
    tried = {decision.action for decision in DECISIONS}
    for room in (intake.actions, c, j):
        for name, action in vars(room).items():
            code = getattr(action, "__code__", None)
            if code and "second" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
                assert action in tried or name in ("check_second",), name
