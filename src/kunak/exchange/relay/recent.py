"""Which questions were heard in the last minutes, so that none is answered twice. In memory alone.

A question is refused by its own minute once it is old, so a minute's questions are forgotten together. One
office can fill its own share only, and never what is left to the others.
"""

from kunak.exchange.channel import TOLERANCE

OF_ONE = 60_000  # questions of one office, in the minutes that count
OF_ALL = 1_000_000  # about 100 MB


class Recent:
    """The questions of the last minutes, by office."""

    def __init__(self) -> None:
        self._minutes: dict[int, dict[str, set[bytes]]] = {}
        self._heard = 0

    def is_first(self, rid: str, once: bytes, at: int, now: float) -> bool:
        """Whether this question is of this hour and was not heard before; it is from now on."""
        self._forget(now)
        if len(once) != 16 or abs(at - now) > TOLERANCE:
            return False
        own = sum(len(heard.get(rid, ())) for heard in self._minutes.values())
        known = any(once in heard.get(rid, ()) for heard in self._minutes.values())
        if known or own >= OF_ONE or self._heard >= OF_ALL:
            return False
        self._minutes.setdefault(at // 60, {}).setdefault(rid, set()).add(once)
        self._heard += 1
        return True

    def _forget(self, now: float) -> None:
        for minute in [minute for minute in self._minutes if minute * 60 + 60 + TOLERANCE < now]:
            self._heard -= sum(map(len, self._minutes.pop(minute).values()))
