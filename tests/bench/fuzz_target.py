"""What bench_fuzz is given to try."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Target:
    """One reader. ``begin`` is called before each batch; ``weight`` is its share of the examples."""

    name: str
    samples: list[bytes]
    run: Callable[[bytes], object]
    weight: int = 2
    begin: Callable[[], object] = field(default=lambda: None)
