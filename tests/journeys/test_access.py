"""Opening by two, reading, canaries and forgetting, through the workbench on devices of their own."""

from datetime import timedelta

import pytest
from bench_network import Benches

from kunak import access, casework, intake
from kunak.access import lists
from kunak.access.actions import CompartmentUnknown, OwnRequest, PlaceAndIdentity
from kunak.access.entries import month_of
from kunak.vault import Item, openings, roles, shredding
from kunak.vault.membership import NoSuchMember
from kunak.workbench.forgetting import shred, shredded
from kunak.workbench.reading import ReadingLog, TooManyOpened
from kunak.workbench.retention import sweep
from kunak.workbench.tending import tend
from kunak.workbench.together import Together


def test_a_colleague_releases_on_their_own_device_for_one_purpose_and_half_an_hour() -> None:
    benches = Benches(heron=("duty", "case-worker"), otter=("duty", "lawyer"))
    heron, otter = benches["heron"], benches["otter"]
    benches.write("heron", Item("C-1", "identity", b'{"kind":"later.Name","fields":{}}'))
    benches.settle()
    asking, releasing = Together(otter), Together(heron)
    opening = asking.ask("C-1", "identity", "papers_for_travel")
    with pytest.raises(openings.NotReleased):
        asking.look(opening)
    with pytest.raises(OwnRequest):
        asking.release(opening)
    benches.settle()
    releasing.release(opening)
    benches.settle()
    _, until = asking.look(opening)
    assert timedelta(minutes=29) < until - otter.now() <= timedelta(minutes=30)
    benches.clock.later(minutes=31)
    with pytest.raises(openings.OpeningOver):
        asking.look(opening)
    asking.close(opening)
    benches.settle()
    one = access.queries.find_opening(heron.access, opening)
    assert (one.state, one.answered_by, one.purpose) == ("ended", "heron", "papers_for_travel")


def test_only_what_there_is_can_be_asked_for_or_shredded() -> None:
    assert set(lists.COMPARTMENTS) == set(roles.COMPARTMENTS)
    assert set(lists.BY_TWO) == {name for name in roles.COMPARTMENTS if roles.is_quorum(name)}
    heron = Benches(heron=("duty", "case-worker"), otter=("duty", "lawyer"))["heron"]
    ask = {"subject": "C-1", "purpose": "drill", "opening": "ab" * 16, "dossiers": (), "reads_place": False}
    for what in ("", "place", "a name"):
        with pytest.raises(CompartmentUnknown) as refused:
            heron.act(access.actions.ask_opening, heron.access, what=what, **ask)
        assert refused.value.sentence().endswith("identity, originals, readings.")
    with pytest.raises(CompartmentUnknown):
        heron.act(access.actions.shred, heron.access, shredded="C-1", reason="mistake", what=("work", "all"))
    assert not len(heron.access)


def test_a_case_is_given_to_nobody_who_does_not_belong() -> None:
    benches = Benches(heron=("duty", "case-worker"), otter=("duty", "case-worker"))
    heron = benches["heron"]
    benches.receive("heron", "R-2222-3333")
    case = {"subject": "C-2222-3333", "request": "R-2222-3333", "requests": heron.requests}
    with pytest.raises(NoSuchMember):
        heron.act(casework.actions.open_case, heron.cases, workers=("heron", "wren"), **case)
    heron.act(casework.actions.open_case, heron.cases, workers=("heron",), **case)
    for workers in (("wren",), ("otter", "Heron")):
        with pytest.raises(NoSuchMember):
            heron.act(casework.actions.assign_workers, heron.cases, subject="C-2222-3333", workers=workers)
    heron.act(casework.actions.assign_workers, heron.cases, subject="C-2222-3333", workers=("otter",))
    assert heron.cases.get("C-2222-3333").workers == ("otter",)


def test_who_reads_places_is_not_shown_who_it_is() -> None:
    benches = Benches(heron=("duty", "case-worker", "movement"), otter=("duty", "lawyer"))
    benches.write(
        "heron",
        Item("J-1", "identity", b'{"kind":"later.Thing","fields":{}}'),
        Item("J-1", "place", b'{"kind":"later.Thing","fields":{}}'),
    )
    benches.settle()
    with pytest.raises(PlaceAndIdentity):
        Together(benches["heron"]).ask("J-1", "identity", "papers_for_travel")


def test_more_than_ten_files_in_a_shift_take_a_second(tmp_path: object) -> None:
    benches = Benches(heron=("duty", "case-worker"), otter=("duty", "lawyer"))
    log = ReadingLog(benches["heron"])
    for number in range(10):
        log.note(f"R-{number}", "work", "triage")
    log.note("R-3", "work", "triage")
    with pytest.raises(TooManyOpened):
        log.note("R-10", "work", "triage")
    benches.clock.later(hours=9)
    log.note("R-10", "work", "triage")
    assert log.opened_this_shift() == 1


def test_a_canary_raises_the_alarm_at_the_next_sync() -> None:
    benches = Benches(heron=("duty", "case-worker"), otter=("duty", "coordinator"))
    heron, otter = benches["heron"], benches["otter"]
    otter.act(access.actions.place_canary, otter.access, subject="C-9")
    benches.settle()
    ReadingLog(heron).note("C-9", "work", "own_case")
    assert not access.queries.alarms(otter.access)
    benches.settle()
    (alarm,) = access.queries.alarms(otter.access)
    assert (alarm.code, alarm.member) == ("C-9", "heron")


def test_readings_are_opened_by_two() -> None:
    benches = Benches(heron=("duty", "case-worker"), otter=("duty", "coordinator"))
    log = ReadingLog(benches["heron"])
    log.note("C-1", "work", "own_case")
    log.flush()
    benches.settle()
    assert all(not one.readings for bench in benches for one in bench.access)
    asking = Together(benches["otter"])
    opening = asking.ask(month_of(benches.clock.at), "readings", "incident_exposure")
    benches.settle()
    Together(benches["heron"]).release(opening)
    benches.settle()
    shown, _ = asking.look(opening)
    assert [(one.by, reading.subject) for one in shown for reading in one.readings] == [("heron", "C-1")]


def test_the_reading_log_is_destroyed_month_by_month_after_two_years() -> None:
    benches = Benches(heron=("duty", "case-worker"), otter=("duty", "coordinator"))
    heron = benches["heron"]
    for _ in range(2):
        log = ReadingLog(heron)
        log.note("C-1", "work", "own_case")
        log.flush()
        benches.clock.later(days=40)
    first, second = sorted(share.subject for share in heron.vault.caught_up().shares.values())
    benches.clock.later(days=730 - 40)
    assert [(one.rule.name, one.subject) for one in sweep(heron)] == [("reading_log", first)]
    assert [share.subject for share in heron.vault.caught_up().shares.values()] == [second]
    assert sweep(heron) == ()
    benches.settle()
    assert [share.subject for share in benches["otter"].vault.caught_up().shares.values()] == [second]


def test_what_is_ordered_to_be_destroyed_is_gone_on_every_device_whoever_could_read_it() -> None:
    benches = Benches(heron=("duty", "case-worker"), otter=("duty", "lawyer"), wren=("movement", "duty"))
    heron, wren = benches["heron"], benches["wren"]
    benches.write("wren", Item("C-1", "place", b'{"kind":"later.Thing","fields":{}}'))
    benches.write(
        "heron",
        Item("C-1", "work", b'{"kind":"later.Thing","fields":{}}', ("heron",)),
        Item("C-1", "index", b'{"kind":"later.Thing","fields":{}}'),
    )
    benches.settle()
    place = shredding.dossiers_of(wren.vault, "C-1", ("place",))
    assert place
    assert not shredding.dossiers_of(heron.vault, "C-1", ("place",))
    shred(heron, "C-1", "person_asked")
    (order,) = shredded(heron)
    assert {member for member, _ in order.acknowledged.awaited} == {"otter", "wren"}
    benches.settle()
    assert not shredding.dossiers_of(wren.vault, "C-1")
    (order,) = shredded(heron)
    assert not order.acknowledged.awaited
    for store in benches.net.stores.values():
        assert not [name for name, _ in store.fetch("body", wren.vault.office.log.bodies[place[0]])]


def test_a_declined_request_is_forgotten_after_thirty_days_and_a_chat_after_three() -> None:
    benches = Benches(heron=("duty", "case-worker"), otter=("duty", "case-worker"))
    heron = benches["heron"]
    benches.receive("heron", "R-1")
    heron.act(intake.actions.receive_message, heron.requests, subject="R-1", text="hello", by="person")
    heron.act(intake.actions.mark_read, heron.requests, subject="R-1")
    benches.clock.later(days=4)
    assert [one.rule.name for one in sweep(heron)] == ["chat"]
    assert heron.requests.get("R-1").messages == ()
    assert heron.requests.get("R-1").answers is not None
    heron.act(
        intake.ending.close_request,
        heron.requests,
        subject="R-1",
        status="withdrawn",
        reasons=("person_chose_otherwise",),
    )
    benches.clock.later(days=31)
    assert [one.rule.name for one in sweep(heron)] == ["request_not_accepted"]
    assert heron.requests.get("R-1") is None
    benches.settle()
    assert benches["otter"].requests.get("R-1") is None


def test_a_case_goes_to_its_workers_and_leaves_the_others() -> None:
    benches = Benches(
        heron=("duty", "case-worker"), otter=("duty", "case-worker"), wren=("duty", "case-worker")
    )
    heron, wren = benches["heron"], benches["wren"]
    benches.receive("heron", "R-1")
    benches.settle()
    assert wren.requests.get("R-1").answers is not None
    heron.act(
        casework.actions.open_case,
        heron.cases,
        subject="C-1",
        request="R-1",
        workers=("heron", "otter"),
        requests=heron.requests,
    )
    tend(heron)
    benches.settle()
    assert not wren.may_read("R-1", "work")
    assert benches["otter"].may_read("R-1", "work")
    wren.start_over()
    assert wren.requests.get("R-1").answers is None
