"""When the program stumbles over its own fault: what is said, and what is noted."""

import sys
import traceback
from typing import ClassVar

from kunak.errors import Damaged


class Stumbled(Damaged):
    """The program stumbled over its own fault, and stopped before doing more."""

    code: ClassVar[str] = "stumbled"
    hint: ClassVar[str] = (
        "Look at the queue to see what was saved. If it happens again, report the time and page."
    )


def note_fault(fault: BaseException) -> None:
    """Where the program stumbled, without the exception's message: that may hold what somebody typed."""
    frames = traceback.extract_tb(fault.__traceback__)[-6:]
    places = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
    sys.stderr.write(f"kunak: {type(fault).__name__} at {places}\n")
