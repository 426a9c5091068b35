"""What is noted when a file is opened; more than ten a shift; canaries; what is not yours to read."""

import pytest
from two_desks import carry, settle
from web_desk import OURS, THEIRS, plain

from kunak.access import queries
from kunak.web.hands import _HANDS


def opened(desk) -> int:
    return _HANDS[desk.office].readings.opened_this_shift()


def test_opening_a_file_is_noted_and_lists_are_not(desk):
    _, case = desk.open_case()
    desk.text("/")
    desk.text("/cases")
    desk.text("/readings")
    before = opened(desk)
    desk.text(f"/cases/{case}/needs")
    desk.text(f"/cases/{case}")
    assert opened(desk) == max(before, 1)
    assert "You have opened 1 file in the last eight hours." in desk.text("/readings")


def test_the_eleventh_file_of_a_shift_takes_a_colleague(desk):
    codes = [desk.receive("hello") for _ in range(11)]
    for code in codes[:10]:
        assert desk.get(f"/requests/{code}").status_code == 200
    stopped = desk.get(f"/requests/{codes[10]}")
    assert stopped.status_code == 403
    assert "You have opened 10 different files this shift." in stopped.text
    assert "hello" not in stopped.text
    assert desk.get(f"/requests/{codes[0]}").status_code == 200  # one of the ten
    own = desk.post("/readings/more", back=f"/requests/{codes[10]}", second_passphrase=OURS)
    assert "not your own" in own.text
    agreed = desk.post("/readings/more", back=f"/requests/{codes[10]}", second_passphrase=THEIRS)
    assert agreed.url.path == f"/requests/{codes[10]}"
    assert "hello" in agreed.text
    away = desk.post("/readings/more", back="//elsewhere.example/", second_passphrase=THEIRS)
    assert away.url.path == "/readings"


def test_who_does_not_work_on_a_case_and_can_read_it_is_asked_why(desk):
    _, case = desk.open_case()
    desk.post(f"/cases/{case}/workers", form="workers", workers=["heron", "ibis"])
    desk.post(f"/cases/{case}/notes", note="for two")
    desk.unlock(THEIRS)
    assert "for two" in desk.text(f"/cases/{case}")
    desk.unlock(OURS)
    desk.post(f"/cases/{case}/workers", form="workers", workers=["ibis"])
    desk.clock.later(days=1)
    page = desk.get(f"/cases/{case}")
    assert "Why do you open it?" in page.text
    assert desk.post(f"/readings/why/{case}", form="why").status_code == 422
    told = desk.post(f"/readings/why/{case}", form="why", purpose="handover")
    assert told.url.path == f"/cases/{case}"
    assert "Why do you open it?" not in desk.text(f"/cases/{case}")  # once a day


def test_the_log_is_opened_by_two(desk, colleague):
    desk.text(f"/cases/{desk.open_case()[1]}")
    desk.post("/lock")
    desk.unlock()
    settle(desk, colleague)
    month = f"readings-{desk.clock.at:%Y-%m}"
    assert "ask a colleague to open it with you" in desk.text("/readings")
    assert "a coordinator asks for it" in colleague.text("/readings")
    desk.post("/together", form="ask", thing=f"{month} readings", purpose="review")
    opening = queries.openings_of(desk.bench.access, "heron")[0].id
    settle(desk, colleague)
    colleague.post(f"/together/{opening}/release")
    settle(colleague, desk)
    assert "own case" in desk.text(f"/together/{opening}")


@pytest.fixture
def canary(desk, colleague):
    """A canary whose keys ibis and otter hold; its code."""
    placed = desk.post(
        "/readings/canary",
        form="canary",
        readers=("ibis", "otter"),
        region="dagestan",
        text="Is anybody there?",
    )
    settle(desk, colleague)
    return placed.url.path.rsplit("/", 1)[-1]


def test_who_opens_a_canary_raises_the_alarm_for_the_others(desk, colleague, canary):
    assert canary not in desk.text("/").split("P3")[0]
    colleague.text(f"/requests/{canary}")
    assert "Alarm" not in colleague.text("/")  # somebody may stand behind them
    assert "Alarm" not in desk.text("/")
    carry(colleague, desk)
    assert f"Alarm: otter opened {canary}" in desk.text("/")
    assert "1 alarm" in desk.text("/office")
    (alarm,) = queries.alarms(desk.bench.access)
    assert "taken the alarm up" in desk.post(f"/alarms/{alarm.id}/seen").text
    assert "Alarm:" not in desk.text("/")
    assert desk.post(f"/alarms/{alarm.id}/seen").status_code == 404


def test_a_canary_needs_readers_and_a_coordinator(desk, colleague):
    assert desk.post("/readings/canary", form="canary", region="dagestan", text="x").status_code == 422
    refused = colleague.post("/readings/canary", form="canary", readers="otter", region="dagestan", text="x")
    assert refused.status_code == 404
    assert "Place a canary" not in colleague.text("/readings")


def test_what_is_not_yours_to_read_says_so_and_who_reads_it(desk, colleague):
    _, case = desk.open_case(danger="within_days")
    settle(desk, colleague)
    page = plain(colleague.get(f"/cases/{case}").text)
    assert "This is not yours to read: the file of this case. It is read by: heron." in page
    assert "None noted." not in page  # what one cannot see is not said to be empty
    assert "No consent holds" not in page
    lone = desk.receive("hello", danger="within_days")
    settle(desk, colleague)
    told = plain(colleague.get(f"/requests/{lone}").text)
    assert ("hello" in told) != ("This is not yours to read" in told)
