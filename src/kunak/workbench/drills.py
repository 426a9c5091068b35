"""Rehearsals: what is to be done on the worst day, really done, on an office that is invented or copied.

A drill is a run of steps. A step is something that was checked, or something that a thief would have had. A
check that does not hold does not end the run: whoever rehearses wants to know all that fails.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kunak.errors import KunakError, Refused


class DrillFailed(Refused):
    """Something does not hold that must hold on the worst day. Checks that failed: {count}."""

    code = "drill-failed"
    hint = "Each is marked above. Do not wait for the day: see to it, or tell who looks after your computers."


@dataclass(frozen=True)
class Check:
    """Something that was tried, as a sentence, and whether it holds."""

    what: str
    holds: bool
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Exposed:
    """What whoever took it would have had, as a sentence."""

    what: str
    facts: Mapping[str, object] = field(default_factory=dict)


Step = Check | Exposed


@dataclass(frozen=True)
class Rehearsed:
    """What a drill came to."""

    name: str
    checks: tuple[Check, ...]
    exposed: tuple[Exposed, ...]
    seconds: float
    trouble: KunakError | None  # what ended it before its end

    @property
    def failed(self) -> int:
        """How many checks do not hold; a drill that did not come to its end counts as one."""
        return sum(not one.holds for one in self.checks) + (self.trouble is not None)


def N_(sentence: str) -> str:
    """Marks a sentence to be translated where it is said."""
    return sentence


def rehearse(name: str, steps: Iterable[Step]) -> Rehearsed:
    """Go through all steps of a drill."""
    began = time.monotonic()
    done: list[Step] = []
    trouble: KunakError | None = None
    try:
        for step in steps:
            done.append(step)
    except KunakError as problem:
        trouble = problem
    return Rehearsed(
        name,
        tuple(step for step in done if isinstance(step, Check)),
        tuple(step for step in done if isinstance(step, Exposed)),
        time.monotonic() - began,
        trouble,
    )


def refused(error: type[KunakError], act: Iterable[object]) -> bool:
    """Whether going through ``act`` ends with this very error."""
    try:
        for _ in act:
            pass
    except error:
        return True
    return False
