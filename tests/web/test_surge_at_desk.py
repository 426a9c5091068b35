"""The pages of surge: the switch, the rota, the board; the queue in a flood; requests about one person."""

import re
from datetime import timedelta, timezone

import pytest
from two_desks import settle
from web_desk import Desk, plain

from kunak.intake.surge import surge
from kunak.web.queue import MOST_SHOWN

COPY = "They came to our village at night and took three men, write to me where your house is"


def on(desk: Desk, **more: str):  # type: ignore[no-untyped-def]
    return desk.post("/surge/on", form="surge", **{"reason": "raids", "rota_from": "8", **more})


def rows(page: str) -> list[str]:
    """The codes of the queue's rows, as they stand."""
    return re.findall(r'<td><a class="code" href="/(?:requests|cases)/([^"]+)">', page)


def test_a_coordinator_switches_it_on_and_off_and_everybody_sees_who_and_why(desk: Desk) -> None:
    page = plain(on(desk).text)
    assert "Surge is on. The public page says so after the next round" in page
    assert "switched on by heron: Raids." in page
    assert "Surge since" in desk.text("/")
    page = plain(desk.post("/surge/off", form="surge", reason="calmer_now").text)
    assert "Surge is off." in page
    assert "off: It is calmer now heron" in page
    assert "Surge since" not in desk.text("/")


def test_who_is_no_coordinator_sees_the_board_and_turns_nothing(desk: Desk, colleague: Desk) -> None:
    page = colleague.get("/surge").text
    assert "A coordinator turns it." in page
    assert 'action="/surge/on"' not in page
    answer = colleague.post("/surge/on", form="surge", reason="raids", rota_from="8")
    assert answer.status_code == 403
    assert "Only a coordinator switches surge on or off." in answer.text
    on(desk)
    settle(desk, colleague)
    answer = colleague.post("/surge/off", form="surge", reason="calmer_now")
    assert (answer.status_code, surge(colleague.bench.requests).on) == (403, True)
    assert "Noted: your group of the rota." in plain(colleague.post("/surge/group", group="2").text)
    assert surge(colleague.bench.requests).groups == {"otter": 2}


def test_without_a_reason_nothing_is_switched(desk: Desk) -> None:
    answer = desk.post("/surge/on", form="surge", rota_from="8")
    assert answer.status_code == 422
    assert not surge(desk.bench.requests).on
    on(desk)
    assert desk.post("/surge/off", form="surge").status_code == 422
    assert on(desk).status_code == 422, "it is on already"
    assert surge(desk.bench.requests).on


def test_the_queue_says_who_is_on_and_whose_hours_are_over(desk: Desk) -> None:
    on(desk, rota_from="22")  # it is 22:10
    assert "on now: group 1 until 06:00: nobody yet" in desk.text("/")
    desk.post("/surge/group", group="1")
    assert "on now: group 1 until 06:00: heron" in desk.text("/")
    assert "Hand over to those who are on, and rest." not in desk.text("/")
    desk.clock.later(hours=8)
    assert "on now: group 2 until 14:00: nobody yet" in desk.text("/")
    assert "Hand over to those who are on, and rest." in desk.text("/")
    desk.post("/surge/group", group="0")
    assert "Hand over to those who are on, and rest." not in desk.text("/")


def test_nobody_is_suggested_beyond_their_eight_hours(desk: Desk) -> None:
    code = desk.receive(danger="now")

    def offered() -> str:
        page = desk.get(f"/requests/{code}/case").text
        assert page.count('type="checkbox"') == 2, "who is not suggested can still be chosen"
        return plain(page) + ("chosen" if "checked" in page else "")

    on(desk, rota_from="22")
    desk.post("/surge/group", group="1")
    assert "heron (on now) ibis" in offered()
    assert "chosen" in offered()
    desk.clock.later(hours=8)
    assert "ibis heron (not their eight hours)" in offered()
    assert "chosen" not in offered()
    desk.post(f"/requests/{code}/triage", form="triage", do="save", triggers="child_alone")
    assert "heron (not their eight hours)" in desk.text(f"/requests/{code}/workers")
    desk.post("/surge/off", form="surge", reason="calmer_now")
    assert "heron ibis" in offered()


def test_the_hour_of_the_rota_is_that_of_this_place(desk: Desk) -> None:
    object.__setattr__(desk.office.settings, "zone", timezone(timedelta(hours=3)))
    on(desk, rota_from="1")
    assert surge(desk.bench.requests).rota_from == 22
    assert "01:00" in desk.text("/surge")


def test_the_board_shows_levels_needs_and_what_people_are_told(desk: Desk) -> None:
    for _ in range(4):
        code = desk.receive(danger="within_hours", needs=("place_to_sleep",), region="dagestan")
        desk.clock.later(minutes=50)
        desk.post(f"/requests/{code}/acknowledge")
    page = desk.text("/surge")
    assert "4 requests came" in page
    assert re.search(r"P1 within 72 h 4 4 – 60 min, 60 min – 1 hour|P1 within 72 h 4 4", page)
    assert "A place to sleep 4 0" in page
    assert "From the files that you may read: 4 of 4." in page
    assert "Dagestan 4 0 4 0 0" in page
    assert "we do not know" in page, "of P3 nothing is known"


def test_an_empty_office_has_a_board_too(desk: Desk) -> None:
    page = desk.text("/surge")
    assert "0 requests came" in page
    assert "Nobody wrote in these days." in page


def test_copies_are_folded_in_a_flood_and_each_can_be_opened(desk: Desk) -> None:
    codes = [desk.receive(text=f"{COPY} {n}", danger="within_days") for n in range(25)]
    own = desk.receive(text="My brother is gone since yesterday and his phone is off", danger="within_days")
    page = desk.get("/").text
    assert set(rows(page)) == {min(codes), own}, "all of one quarter of an hour: the code decides"
    assert "24 more like this" in page
    assert all(f'href="/requests/{code}"' in page for code in codes)
    assert "26 rows" in page


def test_a_few_that_are_alike_are_not_folded(desk: Desk) -> None:
    codes = [desk.receive(text=COPY, danger="within_days") for _ in range(20)]
    assert sorted(rows(desk.get("/").text)) == sorted(codes)


def test_who_says_that_it_is_now_is_never_folded_nor_cut(desk: Desk) -> None:
    codes = [desk.receive(text=COPY, danger="now") for _ in range(MOST_SHOWN + 5)]
    assert sorted(rows(desk.get("/").text)) == sorted(codes)


def test_a_level_that_is_long_is_cut_and_can_be_shown_whole(desk: Desk) -> None:
    for _ in range(MOST_SHOWN + 7):
        desk.receive(danger="within_days")
    page = desk.get("/").text
    assert len(rows(page)) == MOST_SHOWN
    assert "7 more rows of this level" in page
    assert len(rows(desk.get("/?all=P2").text)) == MOST_SHOWN + 7


def test_what_was_triaged_is_not_folded_away(desk: Desk) -> None:
    codes = [desk.receive(text=COPY, danger="within_days") for _ in range(25)]
    desk.post(f"/requests/{codes[9]}/triage", form="triage", do="save", time_window="2", threat="2")
    assert codes[9] in rows(desk.get("/").text)


def test_two_requests_point_to_one_person_until_it_is_taken_back(desk: Desk) -> None:
    first, second = desk.receive(danger="now"), desk.receive(danger="within_days")
    page = plain(desk.post(f"/requests/{second}/same", form="same", other=first.lower()).text)
    assert "Noted: they may be about the same person. Nothing is merged." in page
    assert first in page
    queue = desk.text("/")
    assert "2 wait (perhaps 1 person)" in queue
    assert f"perhaps the same person as {first}" in queue
    assert f"Others point here {second}" in desk.text(f"/requests/{first}/same")
    assert "Perhaps the same person (1)" in desk.text(f"/requests/{second}")
    page = plain(desk.post(f"/requests/{second}/same/back", other=first).text)
    assert "The pointer is taken back." in page
    assert "perhaps" not in desk.text("/")


@pytest.mark.parametrize("other", ["", "R-9999-9999"])
def test_a_pointer_to_nothing_is_refused_and_what_was_typed_stays(desk: Desk, other: str) -> None:
    code = desk.receive()
    answer = desk.post(f"/requests/{code}/same", form="same", other=other)
    assert answer.status_code == 422
    assert f'value="{other}"' in answer.text


def test_a_pointer_still_shows_when_one_of_them_is_a_case(desk: Desk) -> None:
    request, case = desk.open_case()
    other = desk.receive()
    desk.post(f"/requests/{other}/same", form="same", other=request)
    assert "2 wait (perhaps 1 person)" in desk.text("/")
    assert request in desk.text(f"/requests/{other}/same")
    assert desk.get(f"/requests/{request}/same").status_code == 200
    assert case in desk.text("/")
    assert f'href="/requests/{request}/same"' in desk.get(f"/cases/{case}").text


def test_the_pages_of_surge_are_in_russian_too(desk: Desk) -> None:
    on(desk)
    desk.client.cookies.set("kunak-language", "ru")
    page = desk.text("/surge")
    for words in ("Наплыв", "Рейды", "Смены", "Кто ждёт дольше?"):
        assert words in page
