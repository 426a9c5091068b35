"""Every page of the worker side answers, in both languages, on an office with something in it."""

import pytest

from kunak.web.app import PAGES
from kunak.workbench.founding import device_mark

ELSEWHERE = ("/journeys/{", "/together/{", "/members/answer")  # test_journeys, test_together, test_members


def _pages():
    routes = [route for module in PAGES for route in module.ROUTES]
    return sorted({r.path for r in routes if "GET" in r.methods and not r.path.startswith(ELSEWHERE)})


def a_joining_code(desk):
    """The mark of a joining code that was just made."""
    made = desk.post("/members/invite", form="invite", member="wren", roles="duty")
    return made.url.path.rsplit("/", 1)[-1]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_page_of_a_case_and_of_its_request_opens(desk, language):
    desk.client.cookies.set("kunak-language", language)
    waiting = desk.receive("We need a lawyer.", danger="within_days")
    request, case = desk.open_case(danger="now")
    bed = desk.post("/beds", form="bed", capacity="2", bed_type="house", region="north", accepts="adults")
    rooms = {
        "/cases/": (case,),
        "/beds/": (bed.url.path.rsplit("/", 1)[-1],),
        "/members/codes/": (a_joining_code(desk),),
        "/members/{": ("ibis",),
        "/devices/": (device_mark(desk.bench.vault.identity.device),),
    }
    for path in _pages():
        codes = next((known for room, known in rooms.items() if path.startswith(room)), (waiting, request))
        for code in codes:
            answer = desk.get(path.replace("{code}", code))
            assert answer.status_code == 200, path
            assert f'<html lang="{language}">' in answer.text
