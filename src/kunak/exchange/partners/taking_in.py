"""A partner's rows become requests, the most urgent first, each once however often the file is read."""

from dataclasses import dataclass, replace

from kunak.access import queries
from kunak.exchange.partners.reading import Found, Row
from kunak.intake import actions
from kunak.intake.contact import plan_from_short_form
from kunak.workbench import Workbench, new_code


@dataclass(frozen=True)
class Taken:
    """``new``: (row number, code, level) of what came in; ``known``: codes that were here already;
    ``destroyed``: how many rows are of requests that were shredded here."""

    new: tuple[tuple[int, str, str], ...]
    known: tuple[str, ...]
    destroyed: int


def take_in(bench: Workbench, found: Found) -> Taken:
    """Write the rows that were read. The same row again changes nothing, also on another device."""
    shredded = {order.shredded for order in queries.shreddings(bench.access)}
    new: list[tuple[int, str, str]] = []
    known: list[str] = []
    destroyed = 0
    for row in found.rows:
        code = new_code("R", bench.vault.office.id + row.same)
        if bench.requests.get(code) is not None:
            known.append(code)
        elif code in shredded:
            destroyed += 1
        else:
            _take_in(bench, code, row)
            new.append((row.number, code, row.level))
    return Taken(tuple(new), tuple(known), destroyed)


def _take_in(bench: Workbench, code: str, row: Row) -> None:
    mark = row.same.hex()[:32]
    bench.act(
        actions.receive_request,
        bench.requests,
        subject=code,
        answers=row.answers,
        received_at=bench.now(),
        channel="partner",
        via="worker",
        hearing_source=row.hearing_source,
        readers=bench.vault.readers_by_lot(code, "work"),
        id=mark,
    )
    if row.reach is not None:  # kept, so that a worker can ask; nobody may write there until they said so
        plan = replace(plan_from_short_form(row.reach), may_contact="only_they")
        bench.act(actions.note_plan, bench.requests, subject=code, plan=plan, id=f"{mark}.p")
