"""Who may read what is a matter of keys: every key that a member has is tried on every body that there is.

An office with one member for each role, and one for each pair of roles, writes about two cases in every
compartment. Then all that a member's machine holds (identity, secrets of all epochs, key ring, shares, what is kept
locally, whatever of the grants opens) is tried on all that was written, in every way in which a key could be used.
"""

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from vault_office import AT, CHEAP, found

from kunak.demo.office import Making
from kunak.errors import Damaged
from kunak.exchange import ReturnCode
from kunak.vault import Item, MemoryStore, Vault, add_member, membership, openings, roles, seal, trust
from kunak.vault.dossiers import Dossier, entry_key
from kunak.vault.log import Part, Segment
from kunak.vault.roles import COMPARTMENTS, ROLES
from kunak.vault.shares import Share, interpolate
from kunak.vault.tending import tend

CASES = ("C-1", "C-2")
ROLE_SETS = {role: (role,) for role in ROLES} | {"+".join(pair): pair for pair in combinations(ROLES, 2)}
WORKERS = {"C-1": ("anna", "duty", "case-worker"), "C-2": ("anna", "boris", "duty+lawyer")}


@pytest.fixture(scope="module")
def hands() -> dict[str, Vault]:
    """The hands of all members, each on the machine where all is."""
    store = MemoryStore()
    anna = found(store)
    add_member(anna, "boris", "boris's own passphrase", AT, admin=True)
    hands = {"anna": anna, "boris": anna.second("boris's own passphrase")}
    for code, held in ROLE_SETS.items():
        add_member(anna, code, f"{code}'s own passphrase", AT, roles_held=held)
        membership.vouch(hands["boris"], code, AT)
        hands[code] = Vault.unlock(store, passphrase=f"{code}'s own passphrase")
    for case in CASES:
        anna.write([item(case, what) for what in COMPARTMENTS], AT)
    for hand in hands.values():
        tend(hand, AT)
    return hands


def item(case: str, what: str) -> Item:
    named = (*WORKERS[case], "coordinator+duty", "movement") if COMPARTMENTS[what].sort == "name" else None
    return Item(case, what, f"{case} {what}".encode(), named)


def written(hand: Vault) -> Iterator[tuple[Segment, int, Part]]:
    for segment in hand.office.log.segments:
        for place, part in enumerate(segment.skeleton.bodies):
            yield segment, place, part


def keys_of(hand: Vault) -> set[bytes]:
    """Every secret of 32 bytes that this hand's machine has, and what two shares of one hand would give."""
    ring, office, unlocked = hand.caught_up(), hand.office, hand._unlocked
    identity = unlocked.identity
    keys = {identity.root, identity.signing, identity.wrapping, unlocked.local_key, office.id}
    for epoch in office.lineage.by_tag.values():
        keys |= {*epoch.secrets, *epoch.intakes, epoch.header_key, epoch.mixing_key}
    keys |= {dossier.key for dossier in ring} | {held.y for held in ring.shares.values()}
    keys |= {hand.office_secret(purpose) for purpose in ("channel", "intake", "")}
    shares = [Share(held.x, held.y) for held in ring.shares.values()]
    keys |= {interpolate(pair, 0) for pair in combinations(shares, 2) if pair[0].x != pair[1].x}
    return {key for key in keys if len(key) == seal.KEY_BYTES}


def opened_by(hand: Vault) -> set[bytes]:
    """The bodies that any of these keys opens, used as a dossier's key or as an entry's."""
    office, keys = hand.office, keys_of(hand)
    found = set()
    for segment, place, part in written(hand):
        sealed = office.store.get("body", part.hash) or b""
        epoch = office.epoch_of(segment)
        aad = seal.context(
            "body",
            office.id,
            part.dossier,
            epoch.tag,
            segment.skeleton.device,
            segment.skeleton.seq.to_bytes(8, "big") + place.to_bytes(8, "big"),
        )
        for key in keys:
            for tried in (key, entry_key(Dossier(part.dossier, key, "", "", 0, ()), epoch)):
                try:
                    found.add(seal.unpad(seal.unseal(tried, sealed, aad)))
                except Damaged:
                    continue
    return found


def allowed(code: str, held: tuple[str, ...]) -> set[bytes]:
    """What the table of roles gives to a member, without looking at any key."""
    found = set()
    for case in CASES:
        for what, rule in COMPARTMENTS.items():
            named = [one for one in item(case, what).readers or () if one in able(what)][: roles.MOST_NAMED]
            by_role = rule.sort == "role" and set(held) & rule.roles
            if by_role or (rule.sort == "name" and code in named):
                found.add(f"{case} {what}".encode())
    return found


def able(what: str) -> set[str]:
    everybody = {"anna": roles.FOUNDER_ROLES, "boris": roles.FOUNDER_ROLES, **ROLE_SETS}
    return {code for code, held in everybody.items() if set(held) & COMPARTMENTS[what].roles}


@pytest.mark.parametrize("code", ["anna", "boris", *ROLE_SETS])
def test_all_keys_of_a_member_open_what_the_table_gives_and_nothing_else(
    hands: dict[str, Vault], code: str
) -> None:
    held = ROLE_SETS.get(code, roles.FOUNDER_ROLES)
    opened = opened_by(hands[code])
    assert opened == allowed(code, held)
    assert opened == {one.body for one in hands[code].read()}


@pytest.mark.parametrize(
    "code", ["anna", *ROLES, "movement+lawyer", "movement+coordinator", "movement+case-worker"]
)
def test_nobody_reads_who_and_where_of_one_case_by_their_keys(hands: dict[str, Vault], code: str) -> None:
    code = code if code in hands else "+".join(sorted(code.split("+"), key=ROLES.index))
    opened = opened_by(hands[code])
    for case in CASES:
        assert not {f"{case} identity".encode(), f"{case} place".encode()} <= opened
        assert f"{case} identity".encode() not in opened
        assert f"{case} originals".encode() not in opened
        assert f"{case} readings".encode() not in opened


def test_no_single_role_may_ask_to_open_the_identity_and_holds_the_key_of_the_place() -> None:
    openers = COMPARTMENTS["identity"].openers
    assert not openers & COMPARTMENTS["place"].roles


def test_grants_that_were_made_for_others_open_for_nobody_else(hands: dict[str, Vault]) -> None:
    office = hands["anna"].office
    grants = {given.hash: given for one in office.log.segments for given in one.skeleton.grants}
    blobs = dict(office.store.fetch("grant", grants))
    thief = hands["lawyer"].identity
    key = seal.x_wing_from_seed(thief.wrapping)
    for name, sealed in list(blobs.items())[::7]:
        given = grants[name]
        if given.device == thief.device:
            continue
        for purpose in ("grant", "part", "sum"):
            for device in (given.device, thief.device):
                with pytest.raises(Damaged):
                    seal.open_with(key, seal.context(purpose, office.id, given.dossier, device), sealed)


def test_a_work_file_has_three_readers_at_most_however_many_are_named(hands: dict[str, Vault]) -> None:
    office = hands["anna"].office
    seen = 0
    for dossier in hands["anna"].caught_up():
        if COMPARTMENTS[dossier.compartment].sort == "name":
            assert len(office.members_holding(dossier.id)) == roles.MOST_NAMED
            seen += 1
    assert seen == 2 * sum(rule.sort == "name" for rule in COMPARTMENTS.values())


def test_nobody_holds_the_key_of_what_two_must_open_not_even_who_wrote_it(hands: dict[str, Vault]) -> None:
    for hand in hands.values():
        ring = hand.caught_up()
        assert not any(roles.is_quorum(dossier.compartment) for dossier in ring)
        for held in ring.shares.values():
            assert hand.me in [
                one for one in trust.holders(hand.office) if roles.may_hold(one, held.compartment)
            ]


def test_a_role_that_may_not_ask_opens_nothing_even_with_a_colleagues_half(hands: dict[str, Vault]) -> None:
    wanted = openings.sought(hands["lawyer"], "C-1", "identity")
    with pytest.raises(openings.NotYoursToOpenTogether):
        openings.release(hands["anna"], openings.new_opening(), wanted, "duty", (), AT)
    with pytest.raises(openings.NotYoursToOpenTogether):
        openings.sought(hands["duty"], "C-1", "identity")


# The index: what every duty worker's machine holds of every case. What may stand in each field: test_roles_by_keys.

MARK = re.compile(
    r"[A-Za-z0-9_.:/+=-]{0,90}"
)  # no blank, no letter of any other script: no name, no sentence


def test_no_name_and_no_sentence_stands_in_the_index_of_an_office_that_has_lived(tmp_path: Path) -> None:
    making = Making(tmp_path / "office", AT, ReturnCode.make(), cost=CHEAP)
    bench = making.make()
    seen = 0
    for one in bench.vault.read():
        if one.compartment != "index":
            continue
        seen += 1
        for text in re.findall(rb'"((?:[^"\\]|\\.)*)"', one.body):
            assert MARK.fullmatch(text.decode()), text
    assert seen > 50
