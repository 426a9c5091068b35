"""The invented office has something to show on every screen, at whatever hour it is made."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kunak.casework.queries import open_cases, queue
from kunak.demo.doubts import make_doubts
from kunak.demo.journeys import make_journeys
from kunak.demo.life import LIFE
from kunak.demo.office import Making
from kunak.demo.team import make_team
from kunak.evacuation.queries import late
from kunak.exchange import ReturnCode, addresses
from kunak.signboard import queries
from kunak.vault import KdfCost
from kunak.workbench import Workbench, open_store

pytestmark = pytest.mark.slow

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)


@pytest.mark.parametrize("hour", [1, 7, 13, 19])
def test_the_invented_office_is_full_of_life(tmp_path: Path, hour: int) -> None:
    now = datetime(2026, 11, 23, hour, 20, tzinfo=UTC)
    making = Making(tmp_path / "office", now, ReturnCode.make(), cost=CHEAP)
    bench = making.make()
    make_team(making, make_journeys(making))
    make_doubts(making)
    rows = queue(bench.requests, bench.cases, now)
    assert len(bench.requests) == len(LIFE) + 1 == 28  # and a canary
    assert len(open_cases(bench.cases)) == 10
    assert {row.level for row in rows} == {"P0", "P1", "P2", "P3"}
    assert any(clock.overdue for row in rows for clock in row.clocks)
    assert sorted(journey.state for journey in bench.journeys) == ["confirmed_safe", "draft", "moving"]
    assert [late(journey, now) is not None for journey in bench.journeys].count(True) == 1
    doubted = [request.control for request in bench.requests if request.control.possible]
    assert sorted(control.frozen for control in doubted) == [False, True]
    assert len(addresses.read(queries.shown_list(bench.signboard)).signatures) == 3
    making.second.close()
    bench.close()
    again = Workbench.unlock(open_store(tmp_path / "office"), "lantern walnut ferry cloud seven", lambda: now)
    assert queue(again.requests, again.cases, now) == rows
    assert {j.code: j.state for j in again.journeys} == {j.code: j.state for j in bench.journeys}
