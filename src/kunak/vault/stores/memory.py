"""A store that is gone when the program ends."""

from collections.abc import Iterable, Iterator, Sequence
from threading import RLock

from kunak.vault.stores import REPLACEABLE, Blob, Taken


class MemoryStore:
    """Keeps blobs in dictionaries, each in the order of its cursors. See Store for what it promises."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._shelves: dict[str, dict[bytes, tuple[int, bytes]]] = {}
        self._cursor = 0

    def commit(self, put: Sequence[Blob], drop: Sequence[tuple[str, bytes]] = ()) -> None:
        """First find out whether it can be done, touching nothing; then do what can no longer fail."""
        with self._lock:
            new = self._news(put, frozenset(drop))
            for shelf, name in drop:
                self._shelves.get(shelf, {}).pop(name, None)
            for blob in new:
                self._cursor += 1
                shelf_blobs = self._shelves.setdefault(blob.shelf, {})
                shelf_blobs.pop(blob.name, None)  # a replaced blob moves to the end
                shelf_blobs[blob.name] = (self._cursor, blob.sealed)

    def _news(self, put: Sequence[Blob], dropped: frozenset[tuple[str, bytes]]) -> list[Blob]:
        """Those that are not there yet, each once. Raises Taken."""
        new: dict[tuple[str, bytes], Blob] = {}
        for blob in put:
            place = (blob.shelf, blob.name)
            if blob.shelf not in REPLACEABLE:
                there = new[place].sealed if place in new else None
                if there is None and place not in dropped:
                    there = self.get(*place)
                if there is not None and there != blob.sealed:
                    raise Taken()
                if there is not None:
                    continue
            new.pop(place, None)  # put twice in one commit: the later one counts, at its own place
            new[place] = blob
        return list(new.values())

    def get(self, shelf: str, name: bytes) -> bytes | None:
        """One blob, or None."""
        with self._lock:
            found = self._shelves.get(shelf, {}).get(name)
            return None if found is None else found[1]

    def fetch(self, shelf: str, names: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """(name, sealed) of those that are there."""
        with self._lock:
            there = self._shelves.get(shelf, {})
            found = [(name, there[name][1]) for name in dict.fromkeys(names) if name in there]
        yield from found

    def since(self, shelf: str, cursor: int = 0) -> Iterator[tuple[int, bytes, bytes]]:
        """(cursor, name, sealed) of what came after ``cursor``, oldest first."""
        newest_first = []
        with self._lock:
            for name, (place, sealed) in reversed(self._shelves.get(shelf, {}).items()):
                if place <= cursor:
                    break
                newest_first.append((place, name, sealed))
        yield from reversed(newest_first)

    def close(self) -> None:
        """Nothing to let go of."""
