"""Listening to every derivation of keys, so that the keys themselves can be looked for in what is stolen."""

from collections import Counter
from collections.abc import Callable

from kunak.vault import seal

Keys = dict[str, dict[str, object]]  # hexadecimal → what is known of it: sort, name, owner …
OF_MEMBERS = ("slot/passphrase", "identity", "local")
_OF_EACH = 3


class Overheard:
    """Every key that goes into a derivation of keys or comes out of one, by the name of its context."""

    def __init__(self, derive: Callable[..., bytes]) -> None:
        self._derive = derive
        self.keys: Keys = {}
        self.owner = ""  # whose slots are being opened

    def __call__(self, key: bytes, info: bytes, **more: object) -> bytes:
        """``seal.derive``, listened to."""
        derived = self._derive(key, info, **more)
        use = info.removeprefix(b"kunak/v1/").split(b"\0")[0].decode()
        if use in OF_MEMBERS and self.owner:
            self._note(key, "member keys", f"what {use} is derived from")
            if use != "slot/passphrase":  # of every slot that was tried
                self._note(derived, "member keys", use)
        elif use not in (*OF_MEMBERS, "entry", "header/tag", "kept/name"):  # a tag or a name is no secret
            self._note(key, "office keys", f"what {use} is derived from")
            self._note(derived, "office keys", use)
        return derived

    def _note(self, key: bytes, sort: str, name: str) -> None:
        if len(key) == seal.KEY_BYTES:
            known = {"sort": sort, "name": name}
            self.keys.setdefault(key.hex(), known | ({"owner": self.owner} if self.owner else {}))


def fewer(keys: Keys) -> Keys:
    """The newest few of each kind: every needle makes every search slower."""
    had, kept = Counter[tuple[object, ...]](), {}
    for key, known in reversed(keys.items()):
        readers = known.get("readers")
        kind = (
            known["sort"],
            known["name"],
            known.get("owner"),
            known.get("later"),
            known.get("opened"),
            str(readers),
        )
        had[kind] += 1
        if had[kind] <= _OF_EACH:
            kept[key] = known
    return kept
