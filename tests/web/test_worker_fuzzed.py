"""Every page of the worker side, asked in every way: none stumbles. (Longer: tests/bench/bench_fuzz_http.py.)"""

import pytest
from web_desk import Desk
from worker_fuzzing import ENDING, ROUTES, try_out, world

pytestmark = pytest.mark.slow


def test_no_page_stumbles_over_what_is_asked(desk: Desk, capfd: pytest.CaptureFixture[str]):
    tried = try_out(lambda: world(desk), 80, 1)
    assert tried.faults == [], capfd.readouterr().err
    assert tried.came["200"] > 10
    assert tried.offices == 1


def test_most_forms_of_the_worker_side_are_among_those_that_are_tried(desk: Desk):
    """The others belong to states that this office is not in."""
    made = world(desk)
    tried = {form.action for form in made.forms}
    known = [route for route in ROUTES if "POST" in (route.methods or ()) and route.path not in ENDING]
    missing = [route.path for route in known if not any(route.path_regex.match(action) for action in tried)]
    assert len(missing) < len(known) // 2, missing
    assert len(made.pages) > 25
