"""What follows at once when a thread comes under control: the person is P0 until somebody has heard of them."""

from typing import Any

from kunak import casework, intake
from kunak.casework.queries import case_of_request
from kunak.fold import Entry
from kunak.workbench.bench import Action, Workbench


def doubt(bench: Workbench, action: Action, request: str, **facts: Any) -> tuple[Entry, ...]:
    """Put a challenge or freeze a thread (``action``); if it is under control by that, raise the alarm."""
    before = bench.gate.control(request)
    entries = bench.act(action, bench.requests, subject=request, **facts)
    after = bench.gate.control(request)
    if after.possible and (not before.possible or (after.frozen and not before.frozen)):
        _alarm(bench, request)
    return entries


def put_challenge(bench: Workbench, request: str, outcome: str) -> tuple[Entry, ...]:
    """Note what came of the agreed question. Raises RequestUnknown, ValueUnknown."""
    return doubt(bench, intake.actions.put_challenge, request, outcome=outcome)


def freeze(bench: Workbench, request: str, reason: str, retired: tuple[str, ...]) -> tuple[Entry, ...]:
    """Freeze a thread both ways. Raises RequestUnknown, ValueUnknown."""
    return doubt(bench, intake.actions.freeze_thread, request, reason=reason, retired=retired)


def _alarm(bench: Workbench, request: str) -> None:
    """At P0 already it is a new alarm: its clocks start anew."""
    case = case_of_request(bench.cases, request)
    bench.act(
        casework.actions.raise_priority,
        bench.cases,
        subject=request if case is None else case.code,
        level="P0",
        reason="new_information",
        requests=bench.requests,
    )
