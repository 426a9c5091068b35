"""What the unlocked member has in hand besides the workbench: what was opened by two, and the reading log.

Both live as long as the workbench does: what was opened is forgotten with the keys.
"""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from kunak.web.office import Office
from kunak.web.visit import Visit
from kunak.workbench import Workbench
from kunak.workbench.reading import ReadingLog
from kunak.workbench.together import Together


@dataclass(frozen=True)
class Hands:
    """Of one member, since they unlocked."""

    bench: Workbench
    together: Together
    readings: ReadingLog


_HANDS: WeakKeyDictionary[Office, Hands] = WeakKeyDictionary()


def hands(visit: Visit) -> Hands:
    """Those of whoever has unlocked. Raises StillLocked."""
    bench, known = visit.bench, _HANDS.get(visit.office)
    if known is None or known.bench is not bench:
        known = _HANDS[visit.office] = Hands(bench, Together(bench), ReadingLog(bench))
    return known


def let_go(visit: Visit) -> None:
    """Before locking: what was read goes into the log, what was opened by two is forgotten."""
    known = _HANDS.pop(visit.office, None)
    if known is not None and known.bench is visit.office.bench:
        known.readings.flush()
