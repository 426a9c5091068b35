"""Beds at the desk: a case does not say where, and the register does not say for whom."""

import pytest
from web_desk import THEIRS, plain

from kunak.evacuation import beds

REGION = "Canary-Region-North"


def listed(desk, **changed) -> str:
    fields = {
        "capacity": "1",
        "bed_type": "scattered_flat",
        "region": REGION,
        "accepts": ["adults"],
    } | changed
    return desk.post("/beds", form="bed", **fields).url.path.rsplit("/", 1)[-1]


def hold(desk, case: str, **wish):
    return desk.post(f"/cases/{case}/bed", form="bed-wish", **wish)


def claim_of(desk, case: str) -> str:
    return beds.kept_for(desk.bench.journeys, case, desk.clock.at)[-1].claim


def test_a_bed_is_listed_and_stands_in_the_register(desk):
    code = listed(desk)
    page = desk.text("/beds")
    assert code in page
    assert "1 of 1" in page
    assert REGION in desk.text(f"/beds/{code}")


def test_a_case_says_that_a_bed_is_held_and_nothing_of_where(desk):
    bed = listed(desk)
    _, case = desk.open_case()
    page = plain(hold(desk, case, accepts="adults").text)
    assert "A bed is held for six hours" in page
    for path in (f"/cases/{case}", "/cases"):
        told = desk.get(path).text
        assert bed not in told
        assert REGION not in told
    assert "A bed is held until" in desk.text(f"/cases/{case}")


def test_the_register_says_that_somebody_has_it_and_nothing_of_who(desk):
    bed = listed(desk)
    request, case = desk.open_case()
    hold(desk, case)
    for path in ("/beds", f"/beds/{bed}"):
        told = desk.get(path).text
        assert case not in told
        assert request not in told
    assert "held until" in desk.text(f"/beds/{bed}")


def test_a_bed_that_does_not_fit_is_not_held(desk):
    listed(desk)
    _, case = desk.open_case()
    answer = hold(desk, case, accepts="wheelchair")
    assert answer.status_code == 422
    assert "No place that fits is free" in plain(answer.text)


def test_a_place_for_somebody_we_are_not_sure_of_takes_two(desk):
    listed(desk)
    _, case = desk.open_case()
    hold(desk, case)
    step = {"form": "step", "claim": claim_of(desk, case), "to": "assigned"}
    alone = desk.post(f"/cases/{case}/bed/step", **step)
    assert alone.status_code == 422
    desk.post(f"/cases/{case}/bed/step", **step, second_passphrase=THEIRS)
    assert "A bed is theirs" in desk.text(f"/cases/{case}")


def test_a_burned_place_tells_its_cases_to_find_another(desk):
    bed = listed(desk)
    _, case = desk.open_case()
    hold(desk, case)
    page = plain(desk.post(f"/beds/{bed}/burn").text)
    assert "everybody moves" in page
    assert "Find another place now" in desk.text(f"/cases/{case}")
    assert f"{case} lost its place" in desk.text("/cases")


def test_what_was_noticed_twice_says_move(desk):
    bed = listed(desk)
    for sign in ("car", "call"):
        desk.post(f"/beds/{bed}/watch", form="watch", sign=sign)
    assert "move: noticed twice" in desk.text(f"/beds/{bed}")


def test_an_unused_place_is_closed(desk):
    bed = listed(desk)
    desk.post(f"/beds/{bed}/close")
    assert "closed" in desk.text("/beds")


def test_nothing_is_shown_of_a_bed_that_is_not_known(desk):
    assert desk.get("/beds/B-NONE").status_code == 422


@pytest.mark.parametrize("path", ["/beds", "/beds/seats"])
def test_a_register_entry_without_its_facts_is_refused(desk, path):
    answer = desk.post(path, form="bed")
    assert answer.status_code == 422
