"""A list whose beginning lies packed until somebody looks there."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar, overload

T = TypeVar("T")


class Late(Sequence[T]):
    """``count`` things that ``make`` makes when they are asked for, then those at hand."""

    def __init__(
        self, count: int = 0, make: Callable[[], Iterable[T]] = tuple, at_hand: Iterable[T] = ()
    ) -> None:
        self._waiting = count
        self._make = make
        self._known = list(at_hand)

    def append(self, one: T) -> None:
        """Add one at the end."""
        self._known.append(one)

    def __len__(self) -> int:
        return self._waiting + len(self._known)

    def __iter__(self) -> Iterator[T]:
        return iter(self._all())

    @overload
    def __getitem__(self, place: int) -> T: ...

    @overload
    def __getitem__(self, place: slice) -> list[T]: ...

    def __getitem__(self, place: int | slice) -> T | list[T]:
        first = range(len(self))[place]
        lowest = first if isinstance(first, int) else min(first, default=len(self))
        if lowest < self._waiting:
            return self._all()[place]
        if isinstance(first, int):
            return self._known[first - self._waiting]
        return [self._known[at - self._waiting] for at in first]

    def _all(self) -> list[T]:
        if self._waiting:
            self._known = [*self._make(), *self._known]
            self._waiting = 0
        return self._known
