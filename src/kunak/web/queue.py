"""The front page: whose sign is missing on the way, then everyone who waits for us, most urgent first.

Codes and hours only. A missed sign is a hard trigger (F4), so nobody has to look on another page to see one.
"""

from starlette.responses import Response

from kunak import evacuation
from kunak.casework import queries, triage
from kunak.web.overview import alarms, openings_waiting
from kunak.web.places import row_page
from kunak.web.visit import Visit, page


def show(visit: Visit) -> Response:
    """The queue, by level; above it who is late on the way, or stopped, or whose route must be looked at."""
    levels = {case.code: case.level for case in visit.bench.cases}
    moving = evacuation.queries.on_the_way(visit.bench.journeys, visit.now, levels)
    rows = queries.queue(visit.bench.requests, visit.bench.cases, visit.now)
    groups = [(level, [row for row in rows if row.level == level]) for level in triage.LEVELS]
    return visit.render(
        "queue.html",
        groups=[(level, found) for level, found in groups if found],
        travellers=[row for row in moving if row.late or row.recheck_due],
        count=len(rows),
        late=sum(row.overdue for row in rows),
        unread=sum(row.provisional for row in rows),
        row_page=row_page,
        alarms=alarms(visit),
        openings=openings_waiting(visit),
    )


ROUTES = [page("/", "queue", show, listens=True)]
