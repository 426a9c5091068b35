"""What the invented team does with each other: an opening asked for, a canary, something shredded."""

from collections.abc import Iterator
from contextlib import contextmanager

from kunak import access, intake
from kunak.demo.life import OTTER, STORK
from kunak.demo.office import Making
from kunak.intake.form import parse
from kunak.workbench import Workbench, new_code
from kunak.workbench.forgetting import shred
from kunak.workbench.reading import ReadingLog
from kunak.workbench.together import Together

FORGOTTEN = "waiting"  # whose conversation was shredded, because they asked for it
ASKED_OF = "late"  # the journey whose papers the lawyer wants to see


def make_team(making: Making, journeys: dict[str, str]) -> None:
    """Everything on the pages of the office. ``journeys``: their codes, by their keys."""
    with at(making, making.first, 26 * 60) as bench:
        _place_canary(bench)
    with at(making, making.first, 50) as bench:
        shred(bench, making.requests[FORGOTTEN], "person_asked", ("chat",))
        log = ReadingLog(bench)
        for key in ("p0-held", "p1-sum"):
            log.note(making.cases[key], "work", "own_case")
        log.flush()
    with at(making, Workbench(making.second), 25) as lawyer:
        if ASKED_OF in journeys:
            Together(lawyer).ask(journeys[ASKED_OF], "identity", "papers_for_travel")
    making.first.refresh()


@contextmanager
def at(making: Making, bench: Workbench, minutes: int) -> Iterator[Workbench]:
    """A bench whose hour is that many minutes before the demo was started."""
    before, bench.now = bench.now, lambda: making.ago(minutes)
    try:
        yield bench
    finally:
        bench.now = before


def _place_canary(bench: Workbench) -> None:
    """An invented request among the invented: nobody has a reason to open it."""
    code, hour = new_code("R"), bench.now()
    answers = parse({"safe_now": ("yes",), "danger": ("no",), "text": ("Do you also answer letters?",)})
    facts = {"subject": code, "readers": (OTTER, STORK), "channel": "phone"}
    requests = intake.actions
    bench.act(requests.receive_request, bench.requests, answers=answers, received_at=hour, **facts)
    bench.act(access.actions.place_canary, bench.access, subject=code)
    bench.act(requests.acknowledge, bench.requests, subject=code)
    ending = {"status": "info_given", "reasons": ("advice_only_wanted",)}
    bench.act(requests.close_request, bench.requests, subject=code, **ending)
