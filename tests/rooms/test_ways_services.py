"""An office's own services: taken whole or not at all, and used instead of the old feed."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ways_world import profile, world

from kunak import data
from kunak.evacuation.ways.places import Service
from kunak.evacuation.ways.routes import Answer, find_ways
from kunak.evacuation.ways.services import (
    COLUMNS,
    ServicesColumns,
    ServicesRefused,
    newest,
    read_services,
    write_services,
)
from kunak.evacuation.ways.world import World

HEAD = ",".join(COLUMNS) + "\n"
SEEN = date(2026, 11, 20)


def flight(origin: str, destination: str, hours: float = 2.0, price: int = 90) -> Service:
    return Service(origin, destination, "flight", "135", hours, price, "seen at the airport", SEEN)


def with_services(*services: Service, **asked: object) -> Answer:
    own = World.from_bytes(data.read("ways.bin"), services)
    return find_ways(own, profile(**asked))


def test_a_row_becomes_a_service() -> None:
    text = HEAD + 'grv,ist,flight,1357,3.5,210,"a colleague, by phone",2026-11-20\n'
    (one,) = read_services(world(), text)
    assert one == Service("GRV", "IST", "flight", "1357", 3.5, 210, "a colleague, by phone", SEEN)


def test_every_faulty_row_is_named_with_its_number_and_nothing_is_taken() -> None:
    text = HEAD + (
        "GRV,IST,flight,1,3,200,x,2026-11-20\n"
        "XXQ,IST,flight,1,3,200,x,2026-11-20\n"
        "GRV,IST,broom,1,3,200,x,2026-11-20\n"
        "GRV,IST,flight,9,0,-1,,yesterday\n"
        "GRV,IST,flight\n"
        "RU:Grozny,IST,flight,1,3,200,x,2026-11-20\n"
    )
    with pytest.raises(ServicesRefused) as told:
        read_services(world(), text)
    sentence = str(told.value)
    assert "row 2:" not in sentence
    assert all(f"row {n}:" in sentence for n in (3, 4, 5, 6, 7))
    assert all(word in sentence for word in ("days", "hours", "price", "source", "date", "two airports"))


@pytest.mark.parametrize("head", ["", "origin,destination\n", HEAD.strip() + ",passenger name\n"])
def test_other_columns_are_refused_so_that_no_list_of_persons_slips_in(head: str) -> None:
    with pytest.raises(ServicesColumns):
        read_services(world(), head)


places = st.sampled_from(["GRV", "IST", "TBS", "EVN", "DME"])
services = st.builds(
    Service,
    origin=places,
    destination=st.sampled_from(["SAW", "LED", "GYD"]),
    mode=st.sampled_from(["flight", "bus", "car"]),
    days=st.sets(st.sampled_from("1234567"), min_size=1).map(lambda s: "".join(sorted(s))),
    hours=st.integers(1, 960).map(lambda n: n / 4),
    price=st.integers(0, 99999),
    source=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20),
    date=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(services, max_size=6))
def test_what_is_written_is_read_back_and_nothing_is_lost(known: list[Service]) -> None:
    again = read_services(world(), write_services(known))
    assert set(again) == set(known)
    assert write_services(again) == write_services(known)
    assert set(newest(known)) <= set(known)
    assert {(s.origin, s.destination, s.mode) for s in newest(known)} == {
        (s.origin, s.destination, s.mode) for s in known
    }


def test_of_one_connection_the_newest_day_is_planned_with() -> None:
    old, new = flight("GRV", "IST"), Service("GRV", "IST", "flight", "2", 3.0, 120, "y", date(2026, 11, 22))
    assert newest([old, new]) == (new,)


def test_an_own_flight_is_used_and_is_not_marked_as_the_old_feed() -> None:
    answer = with_services(flight("GRV", "IST"), to="TR")
    leg = next(leg for p in answer.plans for leg in p.legs if (leg.origin, leg.destination) == ("GRV", "IST"))
    assert leg.feed == "" and leg.cost_eur == 90
    assert leg.why[0].layer == "services" and leg.why[0].date == SEEN and not leg.why[0].stale


def test_an_own_flight_replaces_the_one_of_2014() -> None:
    slow = flight("GYD", "TBS", hours=30.0, price=900)
    answer = with_services(slow, passports=("AZ",), origin="GYD", to="GE")
    direct = [leg for p in answer.plans for leg in p.legs if (leg.origin, leg.destination) == ("GYD", "TBS")]
    assert all(leg.feed == "" and leg.cost_eur == 900 for leg in direct)
    assert answer.plans and min(p.hours for p in answer.plans) > 4


def test_an_own_bus_over_the_border_needs_an_open_crossing_and_passes_both_controls() -> None:
    bus = Service("RU:Grozny", "GE:Tbilisi", "bus", "1234567", 4.0, 5, "a driver", SEEN)
    answer = with_services(bus, origin="RU:Grozny", to="GE")
    (leg,) = (leg for p in answer.plans for leg in p.legs if leg.destination == "GE:Tbilisi")
    assert [e.kind for e in leg.exposures] == ["ticket", "exit"]
    assert "ru-ge-lars" in [w.rule for w in leg.why]


def test_an_own_service_opens_no_border_that_the_rules_keep_shut() -> None:
    bus = Service("AZ:Baku", "GE:Tbilisi", "bus", "1234567", 9.0, 20, "a driver", SEEN)
    answer = with_services(bus, passports=("AZ",), origin="AZ:Baku", to="GE")
    assert all(leg.mode != "bus" or leg.destination != "GE:Tbilisi" for p in answer.plans for leg in p.legs)
    to_berlin = with_services(flight("GRV", "BER"), to="DE")
    assert not to_berlin.plans
