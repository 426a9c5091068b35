"""What a hand on the office gives the relay to say in public, and when.

Any member whose keys open the queue may tell it: the figure is the same on each device that has heard the same.
"""

from datetime import UTC, date, datetime, timedelta

from kunak.casework.waiting import waits
from kunak.exchange import challenge, channel
from kunak.exchange.line import Line
from kunak.exchange.notice import LONGEST_HOURS, SHOWN_DAYS, LineOfDay, Notice, day_of, spell
from kunak.intake.surge import surge
from kunak.signboard.queries import secret, shown_list
from kunak.vault import seal
from kunak.vault.roles import may_hold
from kunak.workbench import Workbench


def notice_of(bench: Workbench, at: datetime) -> Notice | None:
    """What this office says in public at this hour. None from a hand that does not see the queue."""
    if not may_hold(bench.vault.me, "index"):
        return None
    on = surge(bench.requests).on
    waiting = tuple(_promised(wait.hours) for wait in waits(bench.requests, bench.cases, at))
    return Notice(
        waiting=waiting, surge=on, cards=on, lines=_lines(bench, at), addresses=shown_list(bench.signboard)
    )


def _lines(bench: Workbench, at: datetime) -> tuple[LineOfDay, ...]:
    """The lines of today and tomorrow, and no more: whoever takes the relay learns no others."""
    known = secret(bench.signboard)
    if known is None:
        return ()
    days = (at.astimezone(UTC).date() + timedelta(days=ahead) for ahead in range(SHOWN_DAYS))
    return tuple(LineOfDay(_number(day), challenge.lines(known, day)) for day in days)


def _number(day: date) -> int:
    return day_of(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _promised(hours: int | None) -> int:
    """What the pages say: nothing instead of a figure that would help nobody."""
    return hours if hours is not None and hours <= LONGEST_HOURS else 0


def tell(line: Line, notice: Notice) -> None:
    """Have the relay say this from now on; a few bytes where it says it already.

    Raises RelayUnreachable, RelayNotOurs.
    """
    spelled = spell(notice)
    known = line.ask(line.fresh("noticed")._replace(names=(seal.digest(spelled),)))
    if known.said == channel.MISSING:
        line.ask(line.fresh("notice"), spelled)
