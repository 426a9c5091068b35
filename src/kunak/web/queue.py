"""The front page: everyone who waits for us, most urgent first. Codes and hours only."""

from starlette.responses import Response

from kunak.casework import queries, triage
from kunak.web.places import row_page
from kunak.web.visit import Visit, page


def show(visit: Visit) -> Response:
    """The queue, by level."""
    rows = queries.queue(visit.bench.requests, visit.bench.cases, visit.now)
    groups = [(level, [row for row in rows if row.level == level]) for level in triage.LEVELS]
    return visit.render(
        "queue.html",
        groups=[(level, found) for level, found in groups if found],
        count=len(rows),
        late=sum(row.overdue for row in rows),
        unread=sum(row.provisional for row in rows),
        row_page=row_page,
    )


ROUTES = [page("/", "queue", show, listens=True)]
