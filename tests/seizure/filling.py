"""A program: founds an office whose members have devices of their own, fills it with canaries, tells the test
what is in it and its keys.

python filling.py FOLDER [DSN], with the processes to be started afterwards. In FOLDER each member of ``people``
has a machine; ``meeting`` holds the places in which the devices have met. Keys are told for tests alone, so that
the search can look for the keys themselves in what a thief takes.
"""

import json
import sys
from pathlib import Path

from canaries import Canaries
from database import OFFICES
from overhearing import Keys, Overheard, fewer
from people import AFTERWARDS, ASKING, FOUNDER, LEAVER, MEETING, WHO, Office, laptop
from writing import Page, first_pages, later_pages, write

from kunak.evacuation.entries import PapersChecked
from kunak.vault import SqliteStore, dossiers, folder, membership, parcel, seal, succession
from kunak.vault.codec import pack
from kunak.vault.dossiers import HeldShare
from kunak.vault.keys import Keystore
from kunak.vault.office import load_keystore
from kunak.vault.stores import Blob
from kunak.vault.stores.bundle import BundleStore
from kunak.vault.stores.postgres import PostgresStore
from kunak.vault.sync import sync
from kunak.vault.wipe import replace_keys
from kunak.workbench import STORE, Workbench, utc_now, write_relay_keys

SPACE = "5e12ed5e12ed5e12ed5e12ed5e12ed5e"
TRUSTEES, NEEDED = 5, 3
DURESS = "movement"  # whose laptop will be opened with another passphrase


def fill(place: Path, dsn: str = "") -> dict[str, object]:
    """Found the office; returns what the test is told."""
    overheard = Overheard(seal.derive)
    seal.derive = overheard  # type: ignore[assignment]
    canaries = Canaries()
    office = Office(place, canaries)
    office.settle()
    dealt = succession.deal(TRUSTEES, NEEDED)
    succession.make(office[FOUNDER], dealt, utc_now())
    office.settle()
    succession.vouch(office[WHO[1]], utc_now())
    pages = first_pages(canaries, office.codes)
    write(office, pages)
    office.settle()
    _meet(office, dsn)
    before = _keys_of(office, overheard, pages)
    membership.remove_member(office[FOUNDER], office.codes[LEAVER], utc_now())
    write_relay_keys(laptop(place, FOUNDER), office[FOUNDER])
    office.settle(but=LEAVER)
    later = later_pages(canaries, office.codes, pages)
    write(office, later)
    office.settle(but=LEAVER)
    _meet(office, dsn)
    _let_the_removed_one_fetch(office)
    after = _keys_of(office, overheard, pages)
    keys = before | {key: known | {"later": True} for key, known in after.items() if key not in before}
    for who in (FOUNDER, ASKING):
        assert Workbench(office[who]).seal_snapshot()  # which lies on their disks, too
    duress = _set_duress(office, canaries)
    for vault in office.vaults.values():
        vault.close()
    papers = next(page.subject for page in pages if isinstance(page.entry, PapersChecked))
    cards = {dealt.secret.hex(): _key("cards", "the seal's secret")}
    cards |= {card.share.y.hex(): _key("cards", "a trustee's card") for card in dealt.cards}
    return {
        "canaries": {
            text: known | {"opened": each.subject == papers and not each.later}
            for each in (*pages, *later)
            for text, known in each.told(canaries).items()
        }
        | {code: {"sort": "member codes"} for code in office.codes.values()}
        | {said.split()[0]: {"sort": "passphrases", "owner": who} for who, said in office.passphrases.items()}
        | {duress.split()[0]: {"sort": "passphrases", "owner": DURESS}},
        "passphrases": office.passphrases,
        "duress": duress,
        "papers": papers,
        "keys": fewer(keys) | cards,
        "cards": [pack(card).hex() for card in dealt.cards],
    }


def _meet(office: Office, dsn: str) -> None:
    """The same office through every other way in which devices meet: what lies there can be stolen."""
    meeting = office.place / MEETING
    (meeting / "folder").mkdir(parents=True, exist_ok=True)
    (meeting / "mail").mkdir(exist_ok=True)
    bundle = BundleStore(meeting / "office.bundle")
    for who in (FOUNDER, WHO[1]):
        folder.exchange(office[who], meeting / "folder", utc_now())
        sync(office[who], bundle, b"a bundle", utc_now())
        if dsn:
            store = PostgresStore(f"{dsn} options=-csearch_path={OFFICES}", SPACE)
            sync(office[who], store, b"a server", utc_now())
            store.close()
    bundle.close()
    (meeting / "mail" / "everything.kunak").write_bytes(parcel.write(office[FOUNDER], {}))
    (meeting / "mail" / "news.kunak").write_bytes(parcel.write(office[WHO[1]]))


def _let_the_removed_one_fetch(office: Office) -> None:
    """The removed device goes on in a copy of its store, and takes in all that lies where the others meet."""
    place = laptop(office.place, AFTERWARDS)
    place.mkdir(parents=True)
    store = SqliteStore(place / STORE)
    held = office.stores[LEAVER]
    for shelf in ("epoch", "segment", "body", "grant", "keystore", "local"):
        store.commit([Blob(shelf, name, found) for _, name, found in held.since(shelf)])
    office.fetch_as_removed(store)
    store.close()


def _set_duress(office: Office, canaries: Canaries) -> str:
    """Another passphrase, of the member whose device will be opened with it."""
    who, duress = DURESS, f"{canaries.text('passphrases')} counts rocks"
    keystore: Keystore = load_keystore(office.stores[who]).with_duress(office.passphrases[who], duress)
    replace_keys(office.stores[who], keystore)
    return duress


def _key(sort: str, name: str, **more: object) -> dict[str, object]:
    return {"sort": sort, "name": name, **more}


def _keys_of(office: Office, overheard: Overheard, pages: list[Page]) -> Keys:
    """All keys that any hand holds, its halves of keys, and the keys of what only two open."""
    keys = dict(overheard.keys)
    by_subject = {page.subject: page for page in pages}
    halves: dict[bytes, list[HeldShare]] = {}
    for who, vault in office.vaults.items():
        overheard.owner = who
        vault.second(office.passphrases[who]).close()
        overheard.owner = ""
        for name in ("root", "wrapping", "signing"):
            keys[getattr(vault.identity, name).hex()] = _key("member keys", name, owner=who)
        ring = vault.caught_up()
        for dossier in ring:
            page = by_subject.get(dossier.subject)
            keys[dossier.key.hex()] = _key(
                dossier.compartment,
                f"key to a file of {dossier.compartment}",
                readers=page.readers if page else None,
            )
        for held in ring.shares.values():
            opened = _is_opened(by_subject, held.subject)
            name = f"half a key of {held.compartment}"
            keys[held.y.hex()] = _key("halves", name, owner=who, opened=opened)
            halves.setdefault(held.id, []).append(held)
    for pair in halves.values():
        if len(pair) > 1:
            dossier = dossiers.joined(pair[0], pair[1])
            name = f"key to {dossier.compartment} that takes two"
            opened = _is_opened(by_subject, dossier.subject)
            keys[dossier.key.hex()] = _key(dossier.compartment, name, opened=opened)
    return keys | overheard.keys


def _is_opened(pages: dict[str, Page], subject: str) -> bool:
    return subject in pages and isinstance(pages[subject].entry, PapersChecked)


if __name__ == "__main__":
    print(json.dumps(fill(Path(sys.argv[1]), *sys.argv[2:])))
