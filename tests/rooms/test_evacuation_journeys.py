"""A journey from draft to closed: who decides, what is refused, and that order of hearing does not matter."""

import random
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import pytest
from evacuation_office import LAWYER_CHECKED, T0, Office, a_leg, a_way, hours, minutes
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak.casework.entries import FollowUpStarted
from kunak.errors import Refused
from kunak.evacuation import EMPTY, actions, entries, facts, fold, queries, refusals
from kunak.evacuation.model import MOVES, STATES

J = {"subject": "J-1"}


def do(name: str, **given) -> Callable[[Office], None]:
    return lambda office: office.do(getattr(actions, name), **J, **given) and None


# Every act that anybody might try, in any order. Each is done an hour after the one before.
ACTS: dict[str, Callable[[Office], object]] = {
    "way": Office.way,
    "bad way": lambda o: o.way(way=a_way(destination="AM")),
    "consent": Office.link,
    "consent withdrawn": lambda o: o.consents.discard("line-1"),
    "consent given": lambda o: o.consents.add("line-1"),
    "risk": Office.risk,
    "risk not checked": lambda o: o.risk(wanted="not_checked"),
    "risk hit": lambda o: o.risk(debt="hit"),
    "stop decision": Office.stop_decision,
    "papers": Office.papers,
    "papers not enough": lambda o: o.papers(enough=False),
    "override": Office.override,
    "override alone": lambda o: o.override(by="anna", second="anna"),
    "complete": Office.complete,
    "reopen": do("reopen_checks"),
    "propose": Office.propose,
    "propose as boris": lambda o: o.propose(by="boris"),
    "decide": Office.decide,
    "decide alone": lambda o: o.decide(second=""),
    "no go": lambda o: o.decide(go=False),
    "start": Office.start,
    "ok": lambda o: o.sign(1, o.now),
    "ok 3": lambda o: o.sign(3, o.now),
    "duress": lambda o: o.sign(1, o.now, "duress"),
    "delayed": lambda o: o.sign(1, o.now, "delayed", new_due=o.now + hours(2)),
    "pause": lambda o: o.do(actions.pause_journey, **J, reason="waiting", next_sign=o.now + hours(1)),
    "resume": lambda o: o.do(actions.resume_journey, **J, next_sign=o.now + hours(1)),
    "stopped": do("stop_at_border"),
    "message": do("take_step", step="cover_message"),
    "missing": do("decide_missing", second="boris"),
    "found": lambda o: o.do(
        actions.find_again, **J, how="met_in_person", second="boris", next_sign=o.now + hours(1)
    ),
    "grace": do("extend_grace", minutes=10, reason="carrier_late"),
    "abort": do("abort_journey", reason="turned_back"),
    "arrive": do("record_arrival"),
    "safe": do("confirm_safe", how="met_in_person", second="boris"),
    "close": do("close_journey", outcome="safe"),
    "close never": do("close_journey", outcome="never_began"),
    "close missing": do("close_journey", outcome="missing"),
    "doubt": lambda o: o.do(actions.mark_route_doubtful, route="route-2", reason="stopped"),
    "clear": lambda o: o.do(actions.clear_route, route="route-2", reason="lawyer_says", second="boris"),
    "recheck": do("recheck_route"),
}
TOWARDS_START = [
    "way",
    "consent",
    "risk",
    "stop decision",
    "papers",
    "complete",
    "propose",
    "decide",
    "start",
]


@st.composite
def whole_lives(draw) -> list[str]:
    """The straight path with holes in it and any acts between, then anything at all."""
    any_acts = st.lists(st.sampled_from(sorted(ACTS)), max_size=2)
    acts = []
    for step in TOWARDS_START:
        if draw(st.integers(0, 9)) == 0:
            acts += draw(any_acts)
        if draw(st.integers(0, 19)):
            acts.append(step)
    return acts + draw(st.lists(st.sampled_from(sorted(ACTS)), max_size=12))


def live(acts: list[str], watch: Callable[[Office, str], None] = lambda office, act: None) -> Office:
    office = Office()
    office.plan()
    for act in acts:
        office.now += hours(1)
        try:
            ACTS[act](office)
        except Refused:
            continue
        watch(office, act)
    return office


def last(log, kind):
    return next((x for x in reversed(log) if isinstance(x, kind)), None)


def assert_properly_started(office: Office) -> None:
    """Read the log, not the state: what stood behind the start when it happened?"""
    log = office.log[:-1]
    consent = last(log, entries.ConsentLinked)
    assert consent is not None and consent.line in office.consents
    proposal, decision = last(log, entries.GoNoGoProposed), last(log, entries.GoDecided)
    assert proposal and decision and decision.go
    assert decision.proposal == proposal.id and decision.by != proposal.by
    checked = (entries.ExitRiskChecked, entries.StopDecisionMade, entries.PapersConfirmed, entries.WayChosen)
    assert not any(isinstance(x, checked) for x in log[log.index(decision) :])
    risk = last(log, entries.ExitRiskChecked)
    way = last(log, entries.WayChosen)
    fresh = log[log.index(way) :]
    enough = last(fresh, entries.PapersConfirmed)
    override = last(fresh, entries.ChecksOverridden)
    all_met = (
        risk is not None
        and all(getattr(risk, name) == "checked_by_lawyer" for name in LAWYER_CHECKED)
        and last(log, entries.StopDecisionMade) is not None
        and enough is not None
        and enough.enough
    )
    by_two = override is not None and override.first != override.by and override.reason
    assert all_met or by_two
    wanted = risk is None or risk.wanted != "checked_by_lawyer"
    assert not (wanted and way.way.destination == "AM"), "no end where the lists are shared (G-16)"


@settings(max_examples=250, deadline=None)
@given(whole_lives())
def test_nobody_sets_out_without_a_yes_the_checks_and_a_go_by_two(acts):
    def watch(office, act):
        if act == "start":
            assert_properly_started(office)

    live(acts, watch)


def test_the_lives_in_these_tests_do_reach_every_state():
    assert live(TOWARDS_START).journey().state == "moving"
    reached = {
        live(acts).journey().state
        for acts in (
            [],
            TOWARDS_START[:6],
            TOWARDS_START[:8],
            TOWARDS_START,
            [*TOWARDS_START, "stopped"],
            ["abort"],
            [*TOWARDS_START, "arrive"],
            [*TOWARDS_START, "arrive", "safe"],
            [*TOWARDS_START, "arrive", "safe", "close"],
        )
    }
    assert reached == set(STATES)


@settings(max_examples=150, deadline=None)
@given(whole_lives())
def test_every_move_is_one_that_the_states_allow_and_leaves_no_conflict(acts):
    seen = ["draft"]

    def watch(office, act):
        seen.append(office.journey().state)

    office = live(acts, watch)
    steps = {(a, b) for a, b in pairwise(seen) if a != b}
    allowed = {(a, to) for froms, to in MOVES.values() for a in froms} | {("checked", "draft")}
    assert steps <= allowed
    assert office.journey().conflicts == ()


@settings(max_examples=100, deadline=None)
@given(whole_lives(), st.randoms(use_true_random=False), st.data())
def test_heard_twice_cut_anywhere_and_in_any_order_the_state_is_the_same(acts, rng, data):
    office = live(acts)
    shuffled = office.log * 2
    rng.shuffle(shuffled)
    state = EMPTY
    while shuffled:
        cut = data.draw(st.integers(1, len(shuffled)))
        state, shuffled = fold(state, shuffled[:cut]), shuffled[cut:]
    assert dict(state.known) == dict(office.state.known)
    assert dict(state.routes.known) == dict(office.state.routes.known)


@settings(max_examples=100, deadline=None)
@given(whole_lives())
def test_who_reads_only_the_index_sees_the_same_state_and_the_same_clocks(acts):
    office = live(acts)
    index = fold(EMPTY, [x for x in office.log if x.compartment == "index"])
    now = office.now + hours(9)
    assert index.get("J-1").state == office.journey().state
    assert queries.on_the_way(index, now) == queries.on_the_way(office.state, now)
    assert index.get("J-1").way is None and index.get("J-1").exit_risk is None


@settings(max_examples=100, deadline=None)
@given(whole_lives(), st.lists(st.sampled_from(sorted(ACTS)), min_size=1, max_size=6))
def test_two_devices_that_do_not_hear_each_other_never_lose_somebody_who_set_out(acts, elsewhere):
    office = live(acts)
    other = Office()
    other.state, other.now, other.consents = office.state, office.now, set(office.consents)
    for act in elsewhere:
        other.now += minutes(25)
        try:
            ACTS[act](other)
        except Refused:
            continue
    renamed = [x for x in other.log if x.subject == "J-1"]
    with suppress(Refused):
        ACTS["abort"](office)
    both = fold(fold(EMPTY, office.log), [_from_the_other(x) for x in renamed])
    journey = both.get("J-1")
    if any(isinstance(x, entries.JourneyStarted) for x in (*office.log, *renamed)):
        assert journey.begun_at is not None
        seen = {row.journey for row in queries.on_the_way(both, other.now)}
        assert journey.state in ("confirmed_safe", "closed") or seen == {"J-1"}


def _from_the_other(entry):
    return type(entry)(**{**vars(entry), "id": f"other-{entry.id}"})


def test_unknown_entries_and_a_journey_not_yet_founded_disturb_nothing():
    office = Office().moving()
    strange = FollowUpStarted(id="x", at=T0, by="anna", subject="J-1", confirmed_safe_at=T0)
    assert fold(office.state, [strange]).get("J-1") == office.journey()
    assert fold(EMPTY, office.log[1:]).get("J-1") is None
    assert fold(fold(EMPTY, office.log[1:]), office.log[:1]).get("J-1") == office.journey()


def test_actions_at_one_and_the_same_moment_keep_their_order_whatever_their_ids():
    rng = random.Random(4)
    for _ in range(5):
        office = Office()
        names = iter(rng.sample(range(1000, 9999), 40))
        plain = office.do
        office.do = lambda action, **given: plain(action, **{"id": f"id-{next(names)}", **given})  # noqa: B023
        office.moving()
        assert office.journey().state == "moving"
        assert fold(EMPTY, rng.sample(office.log, len(office.log))).get("J-1") == office.journey()


# What is refused


REFUSALS = [
    (Office.plan, "complete", "ChecksMissing"),
    (Office.plan, "propose", "ChecksNotComplete"),
    (Office.plan, "decide", "ChecksNotComplete"),
    (Office.plan, "start", "NotReady"),
    (Office.plan, "reopen", "NothingToReopen"),
    (Office.plan, "papers", "NoWayYet"),
    (Office.plan, "override", "NeverSkipped"),
    (Office.plan, "ok", "NotOnTheWay"),
    (Office.plan, "pause", "NotMoving"),
    (Office.plan, "resume", "NotPaused"),
    (Office.plan, "stopped", "NotOnTheWay"),
    (Office.plan, "arrive", "NotMoving"),
    (Office.plan, "safe", "NotArrived"),
    (Office.plan, "close", "NotClosable"),
    (Office.plan, "found", "NothingToAnswer"),
    (Office.plan, "recheck", "NothingToRecheck"),
    (Office.plan, "clear", "NothingToRecheck"),
    (Office.drafted, "start", "NotReady"),
    (Office.drafted, "override", "NothingMissing"),
    (Office.drafted, "override alone", "SecondMemberNeeded"),
    (Office.ready, "complete", "ChecksAlreadyComplete"),
    (Office.ready, "propose", "ChecksNotComplete"),
    (Office.ready, "close", "NotClosable"),
    (Office.moving, "start", "NotReady"),
    (Office.moving, "way", "AlreadyBegun"),
    (Office.moving, "consent", "AlreadyBegun"),
    (Office.moving, "risk", "AlreadyBegun"),
    (Office.moving, "papers", "AlreadyBegun"),
    (Office.moving, "message", "NotLate"),
    (Office.moving, "missing", "NotLate"),
    (Office.moving, "found", "NothingToAnswer"),
    (Office.moving, "close", "NotClosable"),
    (Office.moving, "safe", "NotArrived"),
]


@pytest.mark.parametrize(("so_far", "act", "refusal"), REFUSALS)
def test_a_wrong_move_is_refused_with_a_sentence_and_what_to_do(so_far, act, refusal):
    office = Office()
    so_far(office)
    before = office.state
    with pytest.raises(getattr(refusals, refusal)) as refused:
        ACTS[act](office)
    assert refused.value.sentence().endswith(".") and "{" not in refused.value.sentence()
    assert refused.value.advice().endswith(".")
    assert office.state == before


def test_every_refusal_has_its_own_code_a_sentence_and_a_hint():
    classes = [c for c in vars(refusals).values() if getattr(c, "__module__", "") == refusals.__name__]
    assert len({c.code for c in classes}) == len(classes) > 30
    for refusal in classes:
        assert refusal.__doc__.endswith("."), refusal
        assert refusal.hint.endswith("."), refusal


@pytest.mark.parametrize("kind", [k for k in facts.PLAN_TYPES])
def test_without_the_persons_yes_not_even_two_people_go(kind):
    office = Office()
    office.plan(plan_type=kind)
    office.way()
    with pytest.raises(refusals.NeverSkipped):
        office.override()


def test_a_yes_that_was_taken_back_stops_the_start_at_the_last_moment():
    office = Office().ready()
    office.consents.clear()
    with pytest.raises(refusals.NoValidYes):
        office.start()
    assert office.journey().state == "ready"


def test_one_member_alone_cannot_propose_and_decide():
    office = Office().drafted()
    office.complete()
    office.propose()
    for second in ("", "anna"):
        with pytest.raises(refusals.SecondMemberNeeded):
            office.decide(second=second)
    office.decide(second="boris")
    assert office.log[-1].by == "boris"


def test_a_go_forged_by_one_member_alone_does_not_count():
    office = Office().drafted()
    office.complete()
    office.propose()
    proposal = office.journey().proposal
    forged = entries.GoDecided(
        id="zz", at=proposal.at + minutes(1), by="anna", subject="J-1", proposal=proposal.id, go=True
    )
    journey = fold(office.state, [forged]).get("J-1")
    assert journey.state == "checked"
    assert [c.kind for c in journey.conflicts] == ["GoDecided"]


def forged(kind, office: Office, **facts_):
    """What one member's own device could write and sign, naming themselves twice."""
    at = office.journey().last_at + minutes(1)
    return kind(id="zz", at=at, by="anna", subject="J-1", first="anna", **facts_)


def test_what_two_must_decide_counts_for_nothing_when_one_wrote_it_alone():
    office = Office().drafted()
    alone = forged(entries.ChecksOverridden, office, missing=("papers",), reason="x")
    assert fold(office.state, [alone]).get("J-1").override is None
    office = Office().moving()
    assert fold(office.state, [forged(entries.MissingDecided, office)]).get("J-1").missing_since is None
    office.sign(1, T0, "duress")
    found = forged(entries.FoundAgain, office, how="met_in_person")
    assert fold(office.state, [found]).get("J-1").under_control is not None


def test_an_override_that_names_the_yes_itself_does_not_replace_it():
    office = Office()
    office.plan()
    office.way()
    for act in ("risk", "stop decision", "papers"):
        ACTS[act](office)
    at = office.journey().last_at + minutes(1)
    wrong = entries.ChecksOverridden(
        id="zz", at=at, by="boris", subject="J-1", first="anna", missing=("consent",), reason="x"
    )
    office.state = fold(office.state, [wrong])
    with pytest.raises(refusals.ChecksMissing, match="consent"):
        office.complete()


def test_another_way_asks_for_papers_and_for_the_two_people_anew():
    office = Office()
    office.plan()
    office.way()
    office.link()
    office.papers()
    office.override()
    assert queries.missing_checks(office.journey()) == ("complete", "go")
    office.way()
    again = ("exit_risk", "stop_decision", "papers", "complete", "go")
    assert queries.missing_checks(office.journey()) == again


@pytest.mark.parametrize("meanwhile", ["abort", "reopen"])
def test_somebody_who_set_out_while_another_device_stopped_it_stays_on_the_board(meanwhile):
    office, other = Office().ready(), Office()
    other.state, other.now = office.state, office.now + hours(2)
    office.now += hours(1)
    ACTS[meanwhile](office)
    other.start()
    both = fold(office.state, [_from_the_other(x) for x in other.log])
    [row] = queries.on_the_way(both, T0 + hours(9))
    assert row.conflict and row.late is not None
    assert [c.kind for c in both.get("J-1").conflicts] == ["JourneyStarted"]
    office.state = both
    with pytest.raises(refusals.AlreadyBegun):
        office.way()


@given(st.sets(st.sampled_from(["risk", "stop decision", "papers"]), min_size=1))
@settings(max_examples=10, deadline=None)
def test_two_people_may_go_ahead_without_checks_and_the_reason_stays(left_out):
    office = Office()
    office.plan()
    office.way()
    office.link()
    for act in {"risk", "stop decision", "papers"} - left_out:
        ACTS[act](office)
    with pytest.raises(refusals.ChecksMissing):
        office.complete()
    with pytest.raises(refusals.ReasonMissing):
        office.do(actions.override_checks, **J, reason="  ", second="boris")
    office.override()
    office.complete()
    names = {"risk": "exit_risk", "stop decision": "stop_decision", "papers": "papers"}
    assert set(office.journey().overridden) == {names[x] for x in left_out}
    assert (office.journey().override.first, office.journey().override.by) == ("anna", "boris")


def test_an_override_covers_what_was_missing_then_and_nothing_new():
    office = Office()
    office.plan()
    office.way()
    office.link()
    office.risk(debt="hit")
    office.stop_decision()
    office.papers()
    office.override()
    office.risk(wanted="hit")
    with pytest.raises(refusals.ChecksMissing, match="hit_wanted"):
        office.complete()


@pytest.mark.parametrize("change", ["way", "risk", "stop decision", "papers", "consent"])
def test_whatever_changes_in_a_ready_plan_opens_its_checks_again(change):
    office = Office().ready()
    office.now += hours(1)
    ACTS[change](office)
    assert office.journey().state == "draft"
    assert queries.missing_checks(office.journey())[-2:] == ("complete", "go")


def test_missing_checks_name_what_is_needed_in_the_order_of_doing_it():
    office = Office()
    office.plan()
    first = ("way", "consent", "exit_risk", "stop_decision", "papers", "complete", "go")
    assert queries.missing_checks(office.journey()) == first
    office.drafted()
    assert queries.missing_checks(office.journey()) == ("complete", "go")
    office.complete()
    assert queries.missing_checks(office.journey()) == ("go",)
    office.propose()
    office.decide()
    assert queries.missing_checks(office.journey()) == ()


@given(
    wanted=st.sampled_from(facts.CHECKED), destination=st.sampled_from(["AM", "KZ", "KG", "DE", "GE", "TR"])
)
@settings(max_examples=18, deadline=None)
def test_nobody_who_may_be_wanted_ends_where_the_lists_are_shared(wanted, destination):
    office = Office()
    office.plan()
    office.way(way=a_way(destination=destination))
    office.risk(wanted=wanted)
    stuck = destination in ("AM", "KZ", "KG") and wanted != "checked_by_lawyer"
    assert ("shared_lists_end" in queries.missing_checks(office.journey())) == stuck


def test_legs_are_numbered_and_their_signs_follow_each_other():
    office = Office()
    office.plan()
    late_first = (a_leg(1, check_in_due=T0 + hours(9)), a_leg(2, check_in_due=T0 + hours(8)))
    for legs in ((a_leg(2),), (a_leg(1), a_leg(3)), late_first):
        with pytest.raises(refusals.LegsNotInOrder):
            office.way(way=facts.Way(destination="DE", legs=legs))
    with pytest.raises(refusals.NoWayYet):
        office.way(way=facts.Way(destination="DE", legs=()))


def test_a_plan_to_stay_hidden_needs_no_way_but_its_signs():
    office = Office()
    office.plan(plan_type="stay_hide")
    signs = tuple(facts.CheckIn(leg=n, due=T0 + hours(12 * n), grace=120) for n in (1, 2))
    office.do(actions.schedule_check_ins, **J, check_ins=signs)
    assert "way" not in queries.missing_checks(office.journey())
    assert office.journey().legs == 2


# After


def test_arrival_then_safety_starts_the_follow_up_of_the_case():
    office = Office().moving()
    office.do(actions.record_arrival, **J, at=T0 + hours(15))
    written = office.do(actions.confirm_safe, **J, at=T0 + hours(16), how="agreed_sign")
    [follow_up] = [x for x in written if isinstance(x, FollowUpStarted)]
    assert (follow_up.subject, follow_up.confirmed_safe_at) == ("C-J-1", T0 + hours(16))


def test_a_person_under_control_or_missing_is_confirmed_safe_by_two_and_by_a_sign_hard_to_force():
    office = Office().moving()
    office.sign(1, T0 + hours(4), "duress")
    office.do(actions.abort_journey, **J, reason="detained", at=T0 + hours(6))
    with pytest.raises(refusals.NotAccepted):
        office.do(actions.confirm_safe, **J, how="agreed_sign", second="boris")
    with pytest.raises(refusals.SecondMemberNeeded):
        office.do(actions.confirm_safe, **J, how="met_in_person")
    office.do(actions.confirm_safe, **J, how="met_in_person", second="boris")
    assert office.journey().state == "confirmed_safe"


def test_lost_contact_closes_nothing():
    office = Office().moving()
    office.do(actions.abort_journey, **J, reason="other", at=T0 + hours(6))
    for outcome in ("safe", "never_began", "missing", "held"):
        with pytest.raises(refusals.SafetyUnknown):
            office.do(actions.close_journey, **J, outcome=outcome)
    office.do(actions.decide_missing, **J, second="boris", at=T0 + hours(60))
    office.do(actions.close_journey, **J, outcome="missing")
    assert office.journey().state == "closed"


@given(
    arrived=st.integers(1, 4000),
    wait=st.one_of(st.sampled_from([72 * 60 - 1, 72 * 60]), st.integers(0, 9000)),
)
@settings(max_examples=60, deadline=None)
def test_places_are_forgotten_72_hours_after_arrival_and_not_before(arrived, wait):
    office = Office().moving()
    office.do(actions.record_arrival, **J, at=T0 + minutes(arrived))
    now = T0 + minutes(arrived + wait)
    assert queries.place_expires(office.journey()) == T0 + minutes(arrived) + hours(72)
    assert queries.expired(office.journey(), now) == (wait >= 72 * 60)


def test_places_of_a_plan_that_never_began_or_was_aborted_are_forgotten_too():
    office = Office().ready()
    assert queries.place_expires(office.journey()) == T0 + hours(15 + 72)
    office.start()
    assert queries.place_expires(office.journey()) is None
    office.do(actions.abort_journey, **J, reason="turned_back", at=T0 + hours(3))
    assert queries.place_expires(office.journey()) == T0 + hours(3 + 72)


def test_places_are_kept_while_a_missing_person_is_looked_for():
    office = Office().moving()
    office.do(actions.decide_missing, **J, second="boris", at=T0 + hours(30))
    office.do(actions.abort_journey, **J, reason="missing", at=T0 + hours(31))
    assert queries.place_expires(office.journey()) is None
    office.do(actions.close_journey, **J, outcome="missing", at=T0 + hours(300))
    assert queries.place_expires(office.journey()) == T0 + hours(372)


def test_the_lesson_names_no_person_no_place_and_only_the_month():
    office = Office().moving()
    office.do(actions.stop_at_border, **J, at=T0 + hours(14))
    office.do(actions.resume_journey, **J, at=T0 + hours(20), next_sign=T0 + hours(26))
    office.do(actions.record_arrival, **J, at=T0 + hours(27))
    office.do(actions.confirm_safe, **J, at=T0 + hours(28), how="agreed_sign")
    assert queries.lesson(office.journey()) is None
    office.do(actions.close_journey, **J, outcome="safe", at=T0 + hours(29))
    lesson = queries.lesson(office.journey())
    assert (lesson.legs, lesson.failures, lesson.month) == (3, ("stopped",), T0.date().replace(day=1))
