"""Errors of the worker side: each page says what happened and what to do, and shows no traceback."""

import html
import re
import socket
from pathlib import Path

import pytest
from starlette.requests import Request
from ways_walking import EXIT_RISK, QUESTION, planned, say_yes
from web_desk import ORIGIN, OURS, plain

from kunak.errors import KunakError
from kunak.web.forms import NotFilled
from kunak.web.office import FREE_TRIES, Office, Settings, StillLocked, TooManyTries
from kunak.web.serving import PortBusy, serve
from kunak.web.visit import NoSuchPage, NotAForm, Visit
from kunak.web.ways import PlanGone, YesNeeded
from kunak.web.ways_data import ServicesUnreadable
from kunak.workbench import open_store


def reads(answer, error: KunakError) -> None:  # type: ignore[no-untyped-def]
    """The page has the error's status, its sentence and its advice, and nothing of the machinery."""
    said = html.unescape(plain(answer.text))
    assert answer.status_code == error.status
    assert error.sentence() in said
    assert error.advice() in said
    assert error.advice()
    assert "Traceback" not in said


@pytest.mark.parametrize("path", ["/nothing", "/cases/C-1/nothing", "/journeys/J-1/nothing"])
def test_an_address_that_is_none(desk, path: str) -> None:
    reads(desk.get(path), NoSuchPage())


def test_what_no_form_of_ours_sends(desk) -> None:
    own = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
    form = own | {"content-type": "application/x-www-form-urlencoded"}
    for body in (b"form=\xff", b"&".join(b"a=1" for _ in range(600))):
        reads(desk.client.post("/ways", content=body, headers=form), NotAForm())


def test_answers_that_do_not_fit_are_marked_and_kept(desk) -> None:
    _, journey = planned(desk)
    answer = desk.post(f"/journeys/{journey}/exit-risk", **EXIT_RISK | {"dependants": "many"})
    reads(answer, NotFilled({}))
    assert "A whole number from 0 to 20 goes here." in plain(answer.text)
    assert 'value="many"' in answer.text
    assert desk.bench.journeys.get(journey).exit_risk is None


def test_too_many_wrong_passphrases(locked_desk) -> None:
    for _ in range(FREE_TRIES):
        locked_desk.post("/unlock", passphrase="a wrong guess")
    answer = locked_desk.post("/unlock", passphrase=OURS)
    seconds = re.search(r"Wait (\d+) seconds", plain(answer.text))
    assert seconds
    reads(answer, TooManyTries(seconds=seconds[1]))


def test_a_page_of_a_tab_that_another_has_just_locked(locked_desk) -> None:
    visit = Visit(Request({"type": "http", "method": "GET", "path": "/", "headers": []}), locked_desk.office)
    with pytest.raises(StillLocked, match="locked") as refused:
        _ = visit.bench
    assert "Nothing was saved" in refused.value.advice()


def test_a_busy_port(office_folder: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        store = open_store(office_folder)
        with pytest.raises(PortBusy, match=f"port {port} of this machine") as refused:
            serve(Office(Settings(directory=office_folder, port=port), store))
        store.close()
    assert "choose another port" in refused.value.advice()


def test_an_offices_own_services_that_cannot_be_read(desk) -> None:
    (desk.office.settings.directory / "services.csv").write_bytes(b"\xff\xfeorigin")
    reads(desk.post("/ways", **QUESTION), ServicesUnreadable())


def test_no_way_is_chosen_before_the_person_said_yes(desk) -> None:
    _, case = desk.open_case(danger="within_days")
    asked = desk.post(f"/cases/{case}/ways", **QUESTION)
    assert 'name="plan"' not in asked.text
    say_yes(desk, case)
    key = plan_key(desk.post(f"/cases/{case}/ways", **QUESTION))
    withdraw(desk, case)
    reads(choose(desk, case, key), YesNeeded())
    assert len(desk.bench.journeys) == 0


def test_a_way_that_is_no_longer_among_the_answers(desk) -> None:
    _, case = desk.open_case(danger="within_days")
    say_yes(desk, case)
    reads(choose(desk, case, "0" * 12), PlanGone())
    assert len(desk.bench.journeys) == 0


def plan_key(asked) -> str:  # type: ignore[no-untyped-def]
    found = re.search(r'name="plan" value="([0-9a-f]+)"', asked.text)
    assert found
    return found[1]


def choose(desk, case: str, key: str):  # type: ignore[no-untyped-def]
    departure = desk.clock.at.strftime("%Y-%m-%dT%H:%M")
    return desk.post(f"/cases/{case}/ways/choose", **QUESTION, plan=key, departure=departure)


def withdraw(desk, case: str) -> None:
    known = desk.bench.cases.get(case)
    answer = desk.post(f"/cases/{case}/consents/withdraw", line=known.consents[0].id)
    assert answer.status_code == 200
    assert desk.bench.cases.get(case).withdrawn
