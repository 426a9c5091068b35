"""``kunak bench vault``, tried on a tiny office: every figure is there. None is asserted."""

import pytest

from kunak.cli.bench_vault import TARGETS, measure
from kunak.cli.bench_vault_life import life
from kunak.vault import KdfCost

pytestmark = pytest.mark.slow

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)


def test_the_measured_life_is_the_same_each_time_and_in_the_order_of_time() -> None:
    deeds = life(500)
    assert deeds == life(500)
    assert [deed.at for deed in deeds] == sorted(deed.at for deed in deeds)
    assert 500 <= sum(len(deed.entries) for deed in deeds) < 700
    assert all(1 <= len(deed.entries) <= 4 for deed in deeds)


def test_a_tiny_office_is_measured_whole() -> None:
    told = measure(200, cost=CHEAP, runs=1, synced=100)
    assert set(told["targets"]) == set(TARGETS)
    assert all({"reached", "met"} < set(judged) for judged in told["targets"].values())
    assert told["seal_snapshot"]["done"]
    assert told["snapshot_unlock"][0]["through_snapshot"]
    for sync in told["sync"].values():
        assert sync["segments_sent"] == sync["segments_taken"] > 0
