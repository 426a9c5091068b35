"""A program: takes an office over from a stolen copy with some trustees' cards, and reads what it can.

python heirs.py COPY FOLDER CARD…      says how it ended, then waits: its memory is what the thief holds
"""

import sys
from pathlib import Path

from people import CHEAP

from kunak.errors import KunakError
from kunak.vault import Vault, openings
from kunak.vault.codec import unpack
from kunak.vault.paper import TrusteeCard
from kunak.vault.restoring import Successor
from kunak.vault.roles import COMPARTMENTS
from kunak.workbench import open_store, utc_now
from kunak.workbench.succession import take_over

ONE, OTHER = Successor("thief", "thief sells carpets"), Successor("helper", "helper holds ladders")


def take(copy: Path, folder: Path, cards: list[TrusteeCard]) -> list[bytes]:
    """All that the cards open, what two must open too."""
    take_over(copy, folder, cards, (ONE, OTHER), utc_now(), cost=CHEAP)
    one = Vault.unlock(open_store(folder), passphrase=ONE.passphrase)
    other = one.second(OTHER.passphrase)
    read = [opened.body for opened in one.read()]
    for held in list(one.caught_up().shares.values()):
        asking, releasing = (one, other) if "case-worker" in one.me.roles else (other, one)
        if not set(asking.me.roles) & COMPARTMENTS[held.compartment].openers:
            continue
        opening = openings.new_opening()
        openings.release(releasing, opening, [held.id], asking.member, (), utc_now())
        read += [found.body for found in openings.Openings(asking).read(opening, [held.id], utc_now())]
    return read


if __name__ == "__main__":
    copy, folder, *cards = sys.argv[1:]
    try:
        held = take(Path(copy), Path(folder), [unpack(bytes.fromhex(card), TrusteeCard) for card in cards])
        print("taken over", len(held), flush=True)
    except KunakError as refusal:
        print("refused", refusal.code, flush=True)
    sys.stdin.read()
