"""Ten people were stopped. Where that happened, the model never says low for a person on a list."""

from collections.abc import Callable

import pytest
from ways_world import ask, refusal, steps, world

from kunak.evacuation.ways import risk
from kunak.evacuation.ways.risk import LOW, band
from kunak.evacuation.ways.steps import Step


def of(step: Step | None) -> float:
    """The figure of one step's contacts, each weighed as a first one: the least that they can weigh."""
    assert step is not None
    return risk.figure(sum(c.first for c in step.contacts))


def crossing(code: str) -> dict[str, str]:
    return next(r for r in world().crossing_rows if r["id"] == code)


def minsk_exit(lists: str) -> float:
    made = steps(lists=lists)
    return of(made.flight("BY", "TR", from_airside=False, enters=True))


def shelter_for_months(lists: str) -> float:
    return risk.waiting(60, lists=lists)


def lars_by_land(lists: str) -> float:
    return of(steps(lists=lists).border(crossing("ru-ge-lars"), "RU", "GE"))


def vnukovo_exit(lists: str) -> float:
    return of(steps(lists=lists, origin="VKO").flight("RU", "TR", from_airside=False, enters=True))


def flat_in_petersburg(lists: str) -> float:
    return risk.waiting(7, lists=lists)


def hiding_in_moscow(lists: str) -> float:
    return risk.waiting(3, lists=lists)


def yerevan_exit(lists: str) -> float:
    return of(steps(lists=lists).flight("AM", "TR", from_airside=False, enters=True))


def staying_in_almaty(lists: str) -> float:
    return risk.waiting(14, lists=lists, core=False)


def terespol(lists: str) -> float:
    """No way at all is offered: asking at the border without a visa is no entry that a rule gives."""
    made = steps(lists=lists, origin="BY:Brest")
    assert made.border(crossing("by-pl-terespol-road"), "BY", "PL") is None
    assert "visa required" in refusal(ask(lists=lists, origin="BY:Brest", to="PL"), "PL")
    return 1.0


def train_to_samara(lists: str) -> float:
    return of(steps(lists=lists).inside("RU", "rail"))


STAGES: dict[str, tuple[str, Callable[[str], float]]] = {
    "I1": ("Minsk airport (BY)", minsk_exit),
    "I2": ("Nizhny Novgorod (RU)", shelter_for_months),
    "I3": ("Verkhny Lars (RU-GE)", lars_by_land),
    "I4": ("Vnukovo airport (RU)", vnukovo_exit),
    "I5": ("St Petersburg (RU)", flat_in_petersburg),
    "I6": ("Moscow (RU)", hiding_in_moscow),
    "I7": ("Yerevan (AM)", yerevan_exit),
    "I8": ("Almaty (KZ)", staying_in_almaty),
    "I9": ("Terespol (BY-PL)", terespol),
    "I10": ("train to Samara (RU)", train_to_samara),
}


def test_all_ten_incidents_of_the_data_are_replayed() -> None:
    rows = world().tables["incidents"]
    assert {r["id"]: r["place"] for r in rows} == {code: place for code, (place, _) in STAGES.items()}


@pytest.mark.parametrize("code", sorted(STAGES))
def test_where_a_person_was_stopped_the_model_is_not_low_for_one_on_a_list(code: str) -> None:
    assert band(STAGES[code][1]("listed")) != "low"


@pytest.mark.parametrize("code", ["I1", "I3", "I4", "I7"])
def test_an_unknown_status_is_planned_as_if_a_listing_were_likely(code: str) -> None:
    stage = STAGES[code][1]
    assert stage("clear") < LOW <= stage("unknown") < stage("listed")


def test_waiting_within_reach_grows_with_every_day() -> None:
    days = [risk.waiting(d, lists="unknown") for d in (0, 3, 7, 30, 90)]
    assert days == sorted(days) and len(set(days)) == len(days)
    assert band(days[-1]) == "high"


@pytest.mark.parametrize("origin", ["GRV", "MCX", "LED", "MSQ", "EVN", "ALA"])
@pytest.mark.parametrize("to", ["interim", "refuge"])
def test_no_whole_way_out_of_the_reach_is_low_for_a_person_on_a_list(origin: str, to: str) -> None:
    for plan in ask(origin=origin, lists="listed", to=to).plans:
        assert band(plan.risk) != "low"
        assert plan.worst_case.blocked
