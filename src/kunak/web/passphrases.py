"""One's own passphrase: changing it, and setting one for use under duress."""

from typing import ClassVar

from starlette.responses import Response

from kunak.errors import Refused
from kunak.vault import wipe
from kunak.vault.keys import Typed
from kunak.vault.office import load_keystore
from kunak.web.visit import Visit, page, post


class NotTheSame(Refused):
    """The new passphrase was typed in two different ways; nothing was changed."""

    code: ClassVar[str] = "passphrases-differ"
    hint: ClassVar[str] = "Type it again, slowly, the same in both fields."


class NotYours(Refused):
    """This is the passphrase of another member; nothing was changed."""

    code: ClassVar[str] = "passphrase-of-another"
    hint: ClassVar[str] = "Each member changes their own, after unlocking with it."


def show(visit: Visit) -> Response:
    """The page with both forms."""
    return visit.render("passphrases.html")


def change(visit: Visit) -> Response:
    """Put a new passphrase in the place of one's own."""
    old, new = _own(visit), Typed(_new(visit), visit.files.get("new_keyfile"))
    with visit.office.trying():
        keystore = load_keystore(visit.office.store)
        _require_mine(visit, keystore.open(old).identity.member)
        wipe.replace_keys(visit.office.store, keystore.with_passphrase_changed(old, new))
    return visit.go("/passphrase", said="passphrase-changed")


def set_duress(visit: Visit) -> Response:
    """Set a passphrase that destroys everything when it is typed."""
    own, duress = _own(visit), _new(visit)
    with visit.office.trying():
        keystore = load_keystore(visit.office.store)
        _require_mine(visit, keystore.open(own).identity.member)
        wipe.replace_keys(visit.office.store, keystore.with_duress(own, duress))
    return visit.go("/passphrase", said="duress-set")


def _own(visit: Visit) -> Typed:
    return Typed(visit.answers.get("passphrase", ("",))[0], visit.files.get("keyfile"))


def _new(visit: Visit) -> str:
    first, again = (visit.answers.get(name, ("",))[0] for name in ("new_passphrase", "passphrase_again"))
    if first != again:
        raise NotTheSame
    return first


def _require_mine(visit: Visit, member: str) -> None:
    if member != visit.bench.member:
        raise NotYours


ROUTES = [
    page("/passphrase", "passphrase", show),
    post("/passphrase", "change-passphrase", change, back=show),
    post("/passphrase/duress", "set-duress", set_duress, back=show),
]
