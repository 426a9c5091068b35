"""Beds and seats (F9): one register for all, told apart from every case; given twice, everybody sees it."""

import contextlib
import dataclasses

import pytest
from apart_office import Device, meet
from evacuation_office import T0, hours, minutes
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak.errors import Refused
from kunak.evacuation import bed_entries, beds
from kunak.evacuation.ground import SecondMemberNeeded
from kunak.evacuation.refusals import NotAccepted

A_FLAT = {"bed_type": "scattered_flat", "region": "north", "accepts": ["adults", "pets"]}


def a_bed(capacity: int = 1, devices: int = 2) -> list[Device]:
    """Devices that all know one bed, B-1."""
    members = ("anna", "boris", "clara", "dina", "emil", "fatima")
    found = [Device(member) for member in members[:devices]]
    found[0].do(beds.list_bed, at=T0, subject="B-1", capacity=capacity, **A_FLAT)
    meet(*found)
    return found


def hold(device: Device, case: str, at=T0, bed: str = "B-1") -> str:
    """Hold the bed for a case; the claim."""
    return device.do(beds.hold_bed, at=at, subject=bed, case=case)[0].id


def kept(device: Device, case: str, at=T0) -> list[str]:
    return [k.state for k in beds.kept_for(device.journeys, case, at)]


def bed(device: Device, code: str = "B-1"):
    return beds.find_bed(device.journeys, code)


def on(device: Device, case: str, claim: str, to: str, at=T0, **other) -> None:
    device.do(beds.move_on, at=at, subject=case, claim=claim, to=to, **other)


# One after another


def test_a_bed_is_held_for_six_hours_and_then_free_by_itself():
    anna, _ = a_bed()
    hold(anna, "C-1")
    assert bed(anna).free(T0 + hours(5)) == 0
    assert kept(anna, "C-1", T0 + hours(5)) == ["held"]
    assert bed(anna).free(T0 + hours(6.1)) == 1
    assert kept(anna, "C-1", T0 + hours(6.1)) == ["lapsed"]


def test_a_bed_goes_from_held_to_free_again():
    anna, boris = a_bed()
    claim = hold(anna, "C-1")
    for stage in ("assigned", "occupied", "leaving", "cleaning"):
        on(anna, "C-1", claim, stage)
        assert kept(anna, "C-1", T0 + hours(9)) == [stage]
        assert bed(anna).free(T0 + hours(9)) == 0
    on(anna, "C-1", claim, "freed")
    assert kept(anna, "C-1") == []
    assert bed(anna).free(T0 + hours(9)) == 1
    meet(anna, boris)
    assert bed(boris) == bed(anna)


def test_a_full_place_takes_nobody_more():
    anna, _ = a_bed(capacity=2)
    hold(anna, "C-1")
    hold(anna, "C-2")
    with pytest.raises(beds.NoneFree):
        hold(anna, "C-3")


def test_no_step_is_left_out_backwards():
    anna, _ = a_bed()
    claim = hold(anna, "C-1")
    with pytest.raises(NotAccepted):
        on(anna, "C-1", claim, "cleaning")
    with pytest.raises(beds.NoSuchBed):
        on(anna, "C-2", claim, "assigned")


def test_a_hold_that_ran_out_can_only_be_let_go():
    anna, _ = a_bed()
    claim = hold(anna, "C-1")
    with pytest.raises(NotAccepted):
        on(anna, "C-1", claim, "assigned", T0 + hours(7))
    on(anna, "C-1", claim, "freed", T0 + hours(7))
    assert kept(anna, "C-1", T0 + hours(7)) == []


def test_a_place_for_somebody_we_are_not_sure_of_takes_two():
    anna, _ = a_bed()
    claim = hold(anna, "C-1")
    with pytest.raises(SecondMemberNeeded):
        on(anna, "C-1", claim, "assigned", known_enough=False)
    on(anna, "C-1", claim, "assigned", known_enough=False, second="boris")
    assert kept(anna, "C-1") == ["assigned"]


def test_a_place_takes_at_least_one():
    with pytest.raises(beds.CapacityImpossible):
        Device("anna").do(beds.list_bed, at=T0, subject="B-1", capacity=0, **A_FLAT)


def test_what_fits_is_found_the_safest_first():
    anna, _ = a_bed()
    anna.do(beds.list_bed, at=T0, subject="B-2", capacity=4, **A_FLAT)
    anna.do(beds.list_bed, at=T0, subject="B-3", capacity=1, **{**A_FLAT, "accepts": ["minors"]})
    anna.do(beds.watch_bed, at=T0, subject="B-2", sign="car")
    found = beds.fitting(anna.journeys, T0, accepts=["pets"], region="north")
    assert [one.code for one in found] == ["B-1", "B-2"]
    assert not beds.fitting(anna.journeys, T0, region="south")


def test_two_notes_in_seven_days_say_move():
    anna, _ = a_bed()
    assert bed(anna).risk(T0) == "green"
    anna.do(beds.watch_bed, at=T0, subject="B-1", sign="car")
    assert bed(anna).risk(T0) == "watch"
    anna.do(beds.watch_bed, at=T0 + hours(24), subject="B-1", sign="call")
    assert bed(anna).risk(T0 + hours(25)) == "move"
    assert bed(anna).risk(T0 + hours(24 * 9)) == "green"


def test_a_burned_place_sends_everybody_on_in_order_and_takes_nobody():
    anna, boris = a_bed(capacity=3)
    expected, inside = hold(anna, "C-1"), hold(anna, "C-2")
    on(anna, "C-2", inside, "occupied")
    boris.do(beds.burn_bed, at=T0 + hours(1), subject="B-1")
    meet(anna, boris)
    now = T0 + hours(2)
    assert [claim.id for claim in bed(anna).to_move(now)] == [inside, expected]
    assert (kept(anna, "C-1", now), kept(anna, "C-2", now)) == (["displaced"], ["displaced"])
    with pytest.raises(beds.PlaceShut):
        hold(anna, "C-3", now)


def test_a_place_with_somebody_in_it_is_not_closed():
    anna, _ = a_bed()
    claim = hold(anna, "C-1")
    with pytest.raises(beds.PlaceInUse):
        anna.do(beds.close_bed, at=T0, subject="B-1")
    on(anna, "C-1", claim, "freed")
    anna.do(beds.close_bed, at=T0, subject="B-1")
    assert bed(anna).free(T0) == 0
    with pytest.raises(beds.PlaceShut):
        anna.do(beds.close_bed, at=T0, subject="B-1")


# Apart


def test_a_bed_given_twice_stays_with_the_earlier_and_the_other_is_told_to_look():
    anna, boris = a_bed()
    hold(anna, "C-1", T0 + minutes(1))
    hold(boris, "C-2", T0 + minutes(2))
    meet(anna, boris)
    for device in (anna, boris):
        assert kept(device, "C-1", T0 + hours(1)) == ["held"]
        (lost,) = beds.kept_for(device.journeys, "C-2", T0 + hours(1))
        assert (lost.state, lost.displaced, lost.lost) == ("displaced", "given_twice", True)
        assert bed(device).free(T0 + hours(1)) == 0


def test_who_was_displaced_stays_so_until_somebody_finds_another_place():
    anna, boris = a_bed()
    first = hold(anna, "C-1", T0 + minutes(1))
    hold(boris, "C-2", T0 + minutes(2))
    meet(anna, boris)
    on(anna, "C-1", first, "freed", T0 + hours(1))
    assert kept(anna, "C-2", T0 + hours(2)) == ["displaced"]
    hold(anna, "C-2", T0 + hours(2))
    assert kept(anna, "C-2", T0 + hours(2)) == ["held"]


def test_a_hold_taken_up_in_time_keeps_the_bed_from_one_who_saw_it_run_out():
    anna, boris = a_bed()
    claim = hold(anna, "C-1")
    meet(anna, boris)
    on(anna, "C-1", claim, "assigned", T0 + hours(5))
    hold(boris, "C-2", T0 + hours(7))
    meet(anna, boris)
    assert kept(boris, "C-1", T0 + hours(8)) == ["assigned"]
    assert kept(boris, "C-2", T0 + hours(8)) == ["displaced"]


def test_a_bed_is_not_free_while_somebody_noted_apart_that_the_person_is_in_it():
    anna, boris = a_bed()
    claim = hold(anna, "C-1")
    meet(anna, boris)
    on(anna, "C-1", claim, "occupied", T0 + hours(1))
    on(boris, "C-1", claim, "freed", T0 + hours(2))
    meet(anna, boris)
    (one,) = beds.kept_for(anna.journeys, "C-1", T0 + hours(3))
    assert one.state == "occupied"
    assert {x.by for x in one.apart} == {"anna", "boris"}
    assert bed(anna).free(T0 + hours(3)) == 0
    on(boris, "C-1", claim, "freed", T0 + hours(4))
    assert bed(boris).free(T0 + hours(5)) == 1


def test_of_two_capacities_the_smaller_counts():
    anna, boris = a_bed(capacity=4)
    for device, capacity in ((anna, 3), (boris, 2)):
        device.do(beds.list_bed, at=T0, subject="B-1", capacity=capacity, **A_FLAT)
    meet(anna, boris)
    assert bed(anna).capacity == 2
    assert len(bed(anna).listed) == 2


def test_a_bed_held_apart_from_its_closing_is_lost():
    anna, boris = a_bed()
    anna.do(beds.close_bed, at=T0, subject="B-1")
    hold(boris, "C-1")
    meet(anna, boris)
    assert kept(anna, "C-1") == ["displaced"]


def test_two_beds_held_apart_for_one_case_are_shown_as_two():
    anna, boris = a_bed()
    anna.do(beds.list_bed, at=T0, subject="B-2", capacity=1, **A_FLAT)
    meet(anna, boris)
    hold(anna, "C-1")
    hold(boris, "C-1", bed="B-2")
    meet(anna, boris)
    assert kept(anna, "C-1") == ["held", "held"]


# Seats


def test_a_seat_given_twice_is_a_conflict_like_a_bed():
    anna, boris = Device("anna"), Device("boris")
    anna.do(beds.offer_seats, at=T0, subject="S-1", capacity=1, route="route-2")
    meet(anna, boris)
    anna.do(beds.take_seat, at=T0 + minutes(2), subject="S-1", journey="J-1", leg=2)
    boris.do(beds.take_seat, at=T0 + minutes(1), subject="S-1", journey="J-2", leg=2)
    meet(anna, boris)
    assert (kept(anna, "J-1", T0 + hours(1)), kept(anna, "J-2", T0 + hours(1))) == (
        ["displaced"],
        ["assigned"],
    )
    anna.do(beds.offer_seats, at=T0, subject="S-2", capacity=1, route="route-2")
    anna.do(beds.take_seat, at=T0 + hours(1), subject="S-2", journey="J-1", leg=2)
    (seat,) = beds.kept_for(anna.journeys, "J-1", T0 + hours(1))
    assert (seat.state, seat.leg) == ("assigned", 2)


def test_seats_are_withdrawn_when_nobody_needs_them():
    anna = Device("anna")
    anna.do(beds.offer_seats, at=T0, subject="S-1", capacity=1, route="route-2")
    _, asked = anna.do(beds.take_seat, at=T0, subject="S-1", journey="J-1", leg=2)
    on(anna, "J-1", asked.claim, "freed")
    anna.do(beds.close_bed, at=T0, subject="S-1")
    assert not bed(anna, "S-1").is_open


# Told apart from every case


@pytest.mark.parametrize("kind", bed_entries.BED_KINDS)
def test_nothing_in_the_register_of_beds_names_a_case_or_a_journey(kind):
    names = {f.name for f in dataclasses.fields(kind)}
    assert not names & {"case", "journey", "person", "name", "address"}


@pytest.mark.parametrize("kind", [k for k in bed_entries.BED_KINDS if k.compartment == "index"])
def test_the_index_of_beds_tells_no_place(kind):
    names = {f.name for f in dataclasses.fields(kind)}
    assert not names & {"region", "bed_type", "note", "route", "accepts", "driver", "day_part"}


def test_what_is_kept_for_a_case_does_not_say_where():
    anna, _ = a_bed()
    _, asked = anna.do(beds.hold_bed, at=T0, subject="B-1", case="C-1")
    assert (asked.compartment, asked.subject) == ("work", "C-1")
    assert "B-1" not in repr(asked)
    assert "B-1" not in repr(beds.kept_for(anna.journeys, "C-1", T0))


def test_what_is_kept_in_a_register_that_was_not_heard_yet_is_not_known():
    anna, boris = a_bed()
    _, asked = anna.do(beds.hold_bed, at=T0, subject="B-1", case="C-1")
    boris.hear([asked])
    assert kept(boris, "C-1") == ["unknown"]


# Any way of being apart

TURNS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from(("hold", "hold", "on", "free", "burn", "hear")),
        st.integers(0, 7),
        st.integers(-200, 200),
    ),
    min_size=5,
    max_size=16,
)


def turn_of(device: Device, what: str, value: int, at) -> None:
    case = f"C-{value}"
    if what == "hold":
        hold(device, case, at, f"B-{value % 3 + 1}")
    elif what == "burn":
        device.do(beds.burn_bed, at=at, subject="B-3")
    else:
        for one in beds.kept_for(device.journeys, case, at)[:1]:
            if one.state not in beds.NEXT:  # the register has not been heard yet
                continue
            on(device, case, one.claim, "freed" if what == "free" else beds.NEXT[one.state][0], at)


@settings(max_examples=60, deadline=None)
@given(st.integers(3, 6), TURNS, st.randoms(use_true_random=False))
def test_however_members_were_apart_no_bed_is_ever_counted_over_and_nobody_loses_one_unseen(
    nodes, turns, chance
):
    devices = a_bed(2, nodes)
    for code in ("B-2", "B-3"):
        devices[0].do(beds.list_bed, at=T0, subject=code, capacity=1, **A_FLAT)
    meet(*devices)
    for turn, (who, what, value, wrong) in enumerate(turns):
        device = devices[who % nodes]
        if what == "hear":
            other = list(devices[value % nodes].heard.values())
            device.hear(chance.sample(other, chance.randint(0, len(other))))
            continue
        with contextlib.suppress(Refused):
            turn_of(device, what, value, T0 + hours(turn) + minutes(wrong))
    meet(*devices)
    assert all(device.journeys == devices[0].journeys for device in devices)
    state = devices[0].journeys
    moments = [T0 + hours(n) for n in range(24)]
    for place in state.beds:
        for now in moments:
            assert sum(claim.takes(now) for claim in place.claims) <= place.capacity
    claims = {claim.id: claim for place in state.beds for claim in place.claims}
    for asked in (x for found in state.asked for x in found):
        for now in moments:
            shown = {k.claim for k in beds.kept_for(state, asked.subject, now)}
            assert asked.claim in shown or claims[asked.claim].state(now) == "freed"
