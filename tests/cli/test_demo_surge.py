"""The invented office in the middle of a round-up has something to show of surge."""

from datetime import UTC, datetime
from pathlib import Path

from kunak.casework.queries import queue
from kunak.casework.triage import LEVELS
from kunak.demo.office import Making
from kunak.demo.round_up import make_round_up
from kunak.exchange import ReturnCode
from kunak.exchange.telling import notice_of
from kunak.intake.likeness import copies
from kunak.intake.pointing import persons
from kunak.intake.surge import on_duty, surge
from kunak.vault import KdfCost

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)


def test_the_invented_round_up_shows_a_flood_a_rota_and_an_honest_time(tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, 13, 20, tzinfo=UTC)
    making = Making(tmp_path / "office", now, ReturnCode.make(), cost=CHEAP)
    make_round_up(making)
    bench = making.first
    rows = queue(bench.requests, bench.cases, now)
    assert len(bench.requests) == 80
    assert {row.level for row in rows} == set(LEVELS)
    assert len(set(persons(bench.requests).values())) == 75
    stands = surge(bench.requests)
    assert (stands.on, on_duty(stands, now).members) == (True, ("heron",))
    unread = [bench.requests.get(row.code) for row in rows if row.level == "P2" and row.provisional]
    texts = [(one.code, one.answers.text) for one in unread if one is not None and one.answers is not None]
    assert max(map(len, copies(texts).values())) == 16, "seventeen of one text, one of which is shown"
    said = notice_of(bench, now)
    assert said is not None
    assert said.surge
    assert all(said.waiting)
    making.second.close()
    bench.close()
