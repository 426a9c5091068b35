"""``kunak bench intake``, tried with a few people: every figure is there, nothing is lost; no time is asserted."""

from typing import Any

import pytest

from kunak.cli.bench_intake import TARGETS, measure
from kunak.vault import KdfCost

pytestmark = pytest.mark.slow

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)


def looked_through(told: dict[str, Any], way: str) -> list[dict[str, Any]]:
    assert set(told["targets"]) == {way}
    assert set(told["targets"][way]) == set(TARGETS)
    for run in told["runs"]:
        assert run["answers"] == {"200": run["accepted"]}
        assert (run["readable"], run["lost"], run["answers_5xx"]) == (run["accepted"], 0, 0)
        assert run["sending_ms"]["median"] > 0
        assert run["relay_peak_memory_mb"] > 10
    return told["runs"]


def test_a_few_whose_browsers_seal_are_measured_whole() -> None:
    burst, steady = looked_through(measure(5, 0.2, ("script",), steady=(3,), cost=CHEAP), "script")
    assert (burst["accepted"], burst["steady"], steady["steady"]) == (5, False, True)
    assert steady["accepted"] >= 3


def test_two_without_script_are_measured_whole() -> None:
    (burst,) = looked_through(measure(2, 0.0, ("form",), steady=(), cost=CHEAP), "form")
    assert (burst["accepted"], burst["codes_made_ahead"]) == (2, 0)
    assert burst["whole_visit_ms"]["median"] > burst["sending_ms"]["median"]
