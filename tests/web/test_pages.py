"""Every page of the worker side answers, in both languages, on an office with something in it."""

import pytest

from kunak.web.app import PAGES


def _pages():
    routes = [route for module in PAGES for route in module.ROUTES]
    return sorted({r.path for r in routes if "GET" in r.methods and "/journeys/{" not in r.path})


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_page_of_a_case_and_of_its_request_opens(desk, language):
    desk.client.cookies.set("kunak-language", language)
    waiting = desk.receive("We need a lawyer.", danger="within_days")
    request, case = desk.open_case(danger="now")
    bed = desk.post("/beds", form="bed", capacity="2", bed_type="house", region="north", accepts="adults")
    rooms = {"/cases/": (case,), "/beds/": (bed.url.path.rsplit("/", 1)[-1],)}
    for path in _pages():
        codes = next((known for room, known in rooms.items() if path.startswith(room)), (waiting, request))
        for code in codes:
            answer = desk.get(path.replace("{code}", code))
            assert answer.status_code == 200, path
            assert f'<html lang="{language}">' in answer.text
