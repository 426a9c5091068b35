"""Who may read what is a matter of keys: every key of every device is tried on every record.

An office of one member for each role, and others of one for each pair of roles, write about two cases in every
compartment. The screens are not asked. What a device holds is gathered as whoever took it would who has its
passphrase too: its key ring, its shares and what two of them would give, the secrets of all epochs, its seeds. All
of it is tried on all that lies in its store and where the devices meet, by the office's own formulas and as bare
keys.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from datetime import date, datetime
from functools import cache
from itertools import chain, combinations
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_type_hints

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from vault_network import Network
from vault_office import AT, CHEAP

from kunak import access, casework, intake
from kunak.casework import followup, triage
from kunak.demo.office import Making
from kunak.errors import Damaged
from kunak.evacuation import bed_entries, checkins, facts, moving, watching
from kunak.exchange import ReturnCode
from kunak.fold import Entry
from kunak.intake import form
from kunak.vault import Item, Store, Vault, bodies, dossiers, membership, openings, roles, seal, trust
from kunak.vault.dossiers import Dossier, HeldShare
from kunak.vault.epochs import Epoch
from kunak.vault.hand import secret_of
from kunak.vault.roles import COMPARTMENTS, FOUNDER_ROLES, MOST_NAMED, ROLES
from kunak.vault.shares import Share, interpolate
from kunak.workbench.hearing import KINDS

pytestmark = pytest.mark.slow

SUBJECTS = ("C-1", "C-2")
QUORUM = {"identity", "originals", "readings"}
NAMED = {"work", "contact", "chat", "warning"}
# The table once more, by member instead of by compartment: a role that is let in somewhere must be let in here too.
BY_ROLE = {
    "duty": {"index"},
    "case-worker": {"index"},
    "movement": {"index", "place"},
    "documenter": {"index", "evidence"},
    "lawyer": {"index", "evidence"},
    "coordinator": {"index", "staff"},
    "numbers": {"numbers"},
}
SINGLES = {role: (role,) for role in ROLES}
PAIRS = {" and ".join(pair): pair for pair in combinations(ROLES, 2)}
NEWCOMERS = {"new": ROLES, "new at numbers": ("numbers",)}
OFFICES = {"one role each": SINGLES} | {
    f"two roles each, {n}": {
        name: pair for name, pair in PAIRS.items() if sum(map(ROLES.index, pair)) % 3 == n
    }
    for n in range(3)
}
on_every_office = pytest.mark.parametrize("name", OFFICES)


class Written(NamedTuple):
    """A record that was written, and who may open it."""

    subject: str
    compartment: str
    readers: frozenset[str]


class Place(NamedTuple):
    """A sealed record with all that binds it to its place."""

    dossier: bytes
    tag: bytes
    sealed: bytes
    aad: bytes


class Office(NamedTuple):
    """An office that has come to rest."""

    net: Network
    roles_of: dict[str, tuple[str, ...]]
    written: dict[bytes, Written]  # by the words of the record


class Keys(NamedTuple):
    """All that a device holds."""

    dossiers: tuple[Dossier, ...]
    shares: tuple[HeldShare, ...]
    epochs: tuple[Epoch, ...]
    bare: tuple[bytes, ...]  # every key, seed, share and secret by itself


# An office


@cache
def office(name: str) -> Office:
    """A member of each of these roles on a device of their own, records of each sort, two who came last."""
    net, others = Network(), OFFICES[name]
    net.join("boris", FOUNDER_ROLES)
    net.sync("anna", "boris")
    for code, held in others.items():
        net.join(code, held)
    net.sync("anna", "boris")
    for code in others:
        membership.vouch(net["boris"], code, AT)
    net.settle()
    roles_of = {"anna": FOUNDER_ROLES, "boris": FOUNDER_ROLES, **others}
    made = Office(net, roles_of, {})
    write_all(made, "anna", SUBJECTS[:1])
    for code, held in NEWCOMERS.items():  # with them the office is in other epochs than it was
        net.join(code, held)
    net.settle()
    for writer in ("boris", next(reversed(others))):
        write_all(made, writer, SUBJECTS if writer != "boris" else SUBJECTS[1:])
    net.settle()
    for code in net.vaults:  # what only a running program remembers is gone
        net[code].close()
        net.vaults[code] = Vault.unlock(net.stores[code], passphrase=f"{code}'s own")
    return made


def write_all(made: Office, writer: str, subjects: Iterable[str]) -> None:
    """Something about each subject in each compartment; what is read by name for some, for others, and by lot.

    More are named than there may be, and among them some whose roles do not let them in: neither count.
    """
    for subject in subjects:
        items = []
        for compartment, rule in COMPARTMENTS.items():
            able = [code for code, held in made.roles_of.items() if rule.roles & set(held)]
            chosen = sorted(able, key=lambda code: seal.digest(f"{subject} {compartment} {code}".encode()))
            unable = next(code for code in (*made.roles_of, "nobody") if code not in able)
            many = (chosen[0], unable, *chosen[2:6], *chosen[:2])
            lists = [tuple(chosen[:2]), tuple(dict.fromkeys(many)), ()] if rule.sort == "name" else [None]
            for n, named in enumerate(lists):
                about = f"{subject}-{writer}-{n}" if rule.sort == "name" else subject
                words = f"{compartment} of {about}, {len(made.written)}".encode()
                if named == ():
                    able = list(made.net[writer].readers_by_lot(about, compartment))
                items.append(Item(about, compartment, words, named))
                first = [code for code in named or () if code in able][:MOST_NAMED]
                may = [] if rule.sort == "quorum" else first or able
                made.written[words] = Written(about, compartment, frozenset(may))
        made.net[writer].write(items, AT)


# What a device holds


def keys_of(vault: Vault) -> Keys:
    """Every key that an unlocked device has, or can make of what it has."""
    ring, identity, local = vault.caught_up(), vault.identity, vault._unlocked.local_key
    known = tuple(vault.office.lineage.by_tag.values())
    shares = tuple(ring.shares.values())
    bare = [one.key for one in ring]
    bare += [one.y for one in shares] + [one.check for one in shares]
    pairs = combinations([Share(one.x, one.y) for one in shares], 2)
    bare += [interpolate(pair, 0) for pair in pairs if pair[0].x != pair[1].x]
    bare += [vault.office.id, *(vault.office_secret(use) for use in ("channel", "intake", ""))]
    bare += [identity.root, identity.device * 2, identity.signing, identity.wrapping, local]
    for epoch in known:
        bare += [secret for secret in epoch.secrets if secret] + [epoch.header_key, epoch.mixing_key]
        with suppress(seal.NotOpened):
            bare += epoch.intakes
        bare += [secret_of(vault.office.id, epoch.secrets.office, one) for one in ("channel", "intake")]
    return Keys(tuple(ring), shares, known, tuple(dict.fromkeys(bare)))


def unwrapped(vault: Vault) -> set[bytes]:
    """The dossiers of all grants in a store that this device's wrapping key opens, whomever they are for."""
    private, office = seal.x_wing_from_seed(vault.identity.wrapping), vault.office
    found = set()
    for given in (given for segment in office.log.segments for given in segment.skeleton.grants):
        info = seal.context("grant", office.id, given.dossier, vault.identity.device)
        with suppress(seal.NotOpened):
            seal.open_with(private, info, office.store.get(dossiers.SHELF, given.hash) or b"")
            found.add(given.dossier)
    return found


def places(vault: Vault, store: Store) -> list[Place]:
    """Every record in a store. The log tells each device where a record belongs, whether it may read it or not."""
    lying = {name: sealed for _, name, sealed in store.since(bodies.SHELF)}
    found = []
    for segment in vault.office.log.segments:
        one = segment.skeleton
        for at, part in enumerate(one.bodies):
            aad = bodies._aad(vault.office.id, part.dossier, one.epoch, one.device, one.seq, at)
            found.append(Place(part.dossier, one.epoch, lying.pop(part.hash), aad))
    assert not lying, "a record lies there that no segment tells of"
    return found


def opened(keys: Keys, where: Iterable[Place]) -> set[bytes]:
    """The words of all records that any of these keys opens."""
    keyed = {
        one.id: [AESGCM(dossiers.entry_key(one, epoch)) for epoch in keys.epochs] for one in keys.dossiers
    }
    keyed[b""] = [AESGCM(key) for key in keys.bare if len(key) == seal.KEY_BYTES]
    by_tag = {epoch.tag: epoch for epoch in keys.epochs}
    words = set()
    for place in where:
        about = seal.context("entry", place.dossier, place.tag)
        # Every bare key in the place of this very dossier's, in case two dossiers ever shared one.
        mixing = by_tag[place.tag].mixing_key
        tried = (AESGCM(seal.derive(key, about, salt=mixing)) for key in keys.bare)
        nonce, sealed = place.sealed[1 : 1 + seal.NONCE_BYTES], place.sealed[1 + seal.NONCE_BYTES :]
        aad = seal.SUITE + place.aad
        own_first = sorted(keyed, key=lambda id: id != place.dossier)
        for cipher in chain(*(keyed[id] for id in own_first), tried):
            try:
                words.add(seal.unpad(cipher.decrypt(nonce, sealed, aad)))
                break
            except InvalidTag:
                pass
    return words


@cache
def opened_by_all(name: str) -> Mapping[str, set[bytes]]:
    """What each device opens of all that lies in its store and where they meet."""
    made = office(name)
    found = {}
    for code, vault in made.net.vaults.items():
        keys = keys_of(vault)
        here, there = places(vault, made.net.stores[code]), places(vault, made.net.hub)
        found[code] = opened(keys, dict.fromkeys((*here, *there)))  # each once: most lie in both
    return found


def may_open(made: Office, code: str) -> set[bytes]:
    """What the table allows a member."""
    if code in NEWCOMERS:
        compartments = {"index"} & set().union(*(BY_ROLE[role] for role in NEWCOMERS[code]))
    else:
        compartments = set().union(*(BY_ROLE[role] for role in made.roles_of[code]))
    return {
        words
        for words, one in made.written.items()
        if one.compartment in compartments or (one.compartment in NAMED and code in one.readers)
    }


def share_holders(made: Office) -> dict[tuple[str, str], dict[str, HeldShare]]:
    """The shares of one dossier of each quorum file that was written, by who has them."""
    held: dict[bytes, dict[str, HeldShare]] = {}
    for code, vault in made.net.vaults.items():
        for share in vault.caught_up().shares.values():
            held.setdefault(share.id, {})[code] = share
    return {(one.subject, one.compartment): by for by in held.values() for one in by.values()}


# The keys


def test_the_table_is_the_one_that_is_tried_here() -> None:
    by_sort = {
        sort: {c for c, rule in COMPARTMENTS.items() if rule.sort == sort} for sort in ("name", "quorum")
    }
    assert by_sort == {"name": NAMED, "quorum": QUORUM}
    granted = {c: rule.roles for c, rule in COMPARTMENTS.items() if rule.sort == "role"}
    assert {role: {c for c, held in granted.items() if role in held} for role in ROLES} == BY_ROLE
    assert {c for c, rule in COMPARTMENTS.items() if rule.for_newcomers} == {"index"}


@on_every_office
def test_all_keys_of_a_member_open_what_the_table_gives_and_nothing_else(name: str) -> None:
    made = office(name)
    assert {one.compartment for one in made.written.values()} == set(COMPARTMENTS)
    for code, found in opened_by_all(name).items():
        assert sorted(found) == sorted(may_open(made, code)), code
        assert found == {one.body for one in made.net[code].read()}, code


@on_every_office
def test_nobody_opens_a_quorum_file_and_a_newcomer_opens_the_index_alone(name: str) -> None:
    made = office(name)
    sorts = {
        code: {made.written[words].compartment for words in found}
        for code, found in opened_by_all(name).items()
    }
    assert not set().union(*sorts.values()) & QUORUM
    assert sorts["new"] == {"index"}
    assert sorts["new at numbers"] == set()
    assert {"place", "staff", "index"} < sorts["anna"]


@on_every_office
def test_nobody_reads_who_and_where_of_one_case_by_their_keys(name: str) -> None:
    made = office(name)
    for code, found in opened_by_all(name).items():
        of_case = {(made.written[words].subject, made.written[words].compartment) for words in found}
        for subject in SUBJECTS:
            assert not {(subject, "identity"), (subject, "place")} <= of_case, code


def test_no_single_role_may_ask_to_open_the_identity_and_holds_the_key_of_the_place() -> None:
    assert not COMPARTMENTS["identity"].openers & COMPARTMENTS["place"].roles


@on_every_office
def test_what_is_read_by_name_opens_to_three_at_most_however_many_are_named(name: str) -> None:
    made, found = office(name), opened_by_all(name)
    hers = made.net["anna"]
    by_name = [one for one in hers.caught_up() if COMPARTMENTS[one.compartment].sort == "name"]
    assert by_name
    readers_of = {(one.subject, one.compartment): one.readers for one in made.written.values()}
    for dossier in by_name:
        holding = frozenset(hers.office.members_holding(dossier.id))
        assert holding == readers_of[dossier.subject, dossier.compartment]
    assert {len(one.readers) for one in made.written.values() if one.compartment in NAMED} == {2, MOST_NAMED}
    for words, one in made.written.items():
        if one.compartment in NAMED:
            readers = {code for code, theirs in found.items() if words in theirs}
            assert readers == one.readers
            assert 1 <= len(readers) <= MOST_NAMED


@pytest.mark.parametrize("name", list(OFFICES)[:1])
def test_a_device_unwraps_the_grants_of_its_ring_and_no_others(name: str) -> None:
    for code, vault in office(name).net.vaults.items():
        ring = vault.caught_up()
        assert unwrapped(vault) == ring.ids(), code
        assert {share.compartment for share in ring.shares.values()} <= QUORUM
        assert not {one.compartment for one in ring} & QUORUM


@on_every_office
def test_a_share_is_held_by_those_alone_whom_the_table_names_and_each_has_another(name: str) -> None:
    made = office(name)
    for (_, compartment), by in share_holders(made).items():
        able = {c for c, held in made.roles_of.items() if COMPARTMENTS[compartment].roles & set(held)}
        assert set(by) == able
        assert len({share.x for share in by.values()}) == len(by)


def test_grants_that_were_made_for_others_open_for_nobody_else() -> None:
    vault = office("one role each").net["lawyer"]
    id, thief = vault.office.id, vault.identity
    key = seal.x_wing_from_seed(thief.wrapping)
    grants = {one.hash: one for segment in vault.office.log.segments for one in segment.skeleton.grants}
    of_others = [
        (grants[name], sealed)
        for name, sealed in vault.office.store.fetch(dossiers.SHELF, grants)
        if grants[name].device != thief.device
    ]
    assert len(of_others) > 100
    for given, sealed in of_others[::7]:
        for purpose in ("grant", "part", "sum"):
            for device in (given.device, thief.device):
                with pytest.raises(Damaged):
                    seal.open_with(key, seal.context(purpose, id, given.dossier, device), sealed)


@on_every_office
def test_nobody_holds_the_key_of_what_two_must_open_not_even_who_wrote_it(name: str) -> None:
    for code, vault in office(name).net.vaults.items():
        ring = vault.caught_up()
        assert not any(roles.is_quorum(dossier.compartment) for dossier in ring), code
        for held in ring.shares.values():
            may = [one for one in trust.holders(vault.office) if roles.may_hold(one, held.compartment)]
            assert vault.me in may, code


def test_a_role_that_may_not_ask_opens_nothing_even_with_a_colleagues_half() -> None:
    net = office("one role each").net
    wanted = openings.sought(net["lawyer"], "C-1", "identity")
    with pytest.raises(openings.NotYoursToOpenTogether):
        openings.release(net["anna"], openings.new_opening(), wanted, "duty", (), AT)
    with pytest.raises(openings.NotYoursToOpenTogether):
        openings.sought(net["duty"], "C-1", "identity")


@on_every_office
def test_any_two_shares_do_open_it_so_that_one_key_more_would_be_seen(name: str) -> None:
    made = office(name)
    for (subject, compartment), by in share_holders(made).items():
        (code, own), (_, lent) = list(by.items())[:2]
        vault = made.net[code]
        both = Keys((dossiers.joined(own, lent),), (), tuple(vault.office.lineage.by_tag.values()), ())
        new = opened(both, places(vault, made.net.stores[code]))
        assert {(made.written[w].subject, made.written[w].compartment) for w in new} == {
            (subject, compartment)
        }


def test_the_key_of_a_dossier_opens_it_to_anybody_who_is_given_it() -> None:
    made = office("one role each")
    keys, anna = keys_of(made.net["numbers"]), keys_of(made.net["anna"])
    leaked = keys._replace(
        bare=(*keys.bare, *(one.key for one in anna.dossiers if one.compartment == "place"))
    )
    where = places(made.net["numbers"], made.net.hub)
    assert {made.written[words].compartment for words in opened(leaked, where)} == {
        "numbers",
        "place",
    }


# The index: codes, closed lists, numbers and hours

# Ids of entries and dossiers, codes of subjects and members, opaque marks: made by the program, never typed.
CODES = frozenset(
    {
        "id",
        "by",
        "subject",
        "opening",
        "dossiers",
        "member",
        "second",
        "first",
        "touched",
        "alarm",
        "shredded",
    }
    | {"request", "workers", "replaces", "basis", "seen", "threat", "case", "proposal", "flag", "cause"}
    | {"thread", "readers", "arrivals", "other", "claim", "shown", "bodies", "pointers"}
)
REFUSED = ("text", "note", "name", "address", "phone", "place", "where", "city", "region", "contact", "birth")
REASONS_OF = {kind.__name__: intake.lists.REASONS[status] for kind, status in intake.entries.STATUSES.items()}
# Text that is none of these and stands in the index all the same, each with the reason. A new one fails.
FREE_TEXT: dict[str, str] = {
    "ChallengeSecretKept.secret": "32 hexadecimal digits: each device of the duty team tells the relay the line",
    "AddressesSigned.signed": "the office's own addresses, which are public, or about to be",
}
# What may stand in each field that holds words: the closed list to which its action holds it.
LISTED: dict[str, Collection[str]] = {
    "OpeningAsked.what": QUORUM,
    "OpeningAsked.purpose": access.lists.PURPOSES,
    "SubjectShredded.what": COMPARTMENTS,
    "SubjectShredded.reason": access.lists.SHRED_REASONS,
    "RequestReceived.channel": intake.lists.CHANNELS_IN,
    "RequestReceived.via": intake.lists.VIAS,
    "RequestReceived.language": form.LANGUAGES,
    "RequestReceived.hearing_source": form.HEARING_SOURCES,
    "RequestReceived.danger": form.BY_KEY["danger"].options,
    "RequestReceived.safe_now": form.BY_KEY["safe_now"].options,
    "MessageArrived.danger": form.BY_KEY["danger"].options,
    "RequestAcknowledged.how": ("auto", "human"),
    **{f"{kind}.reasons": accepted for kind, accepted in REASONS_OF.items()},
    "SecondLookGiven.verdict": intake.lists.SECOND_LOOKS,
    "ChallengePut.outcome": intake.lists.CHALLENGE_OUTCOMES,
    "ThreadFrozen.reason": intake.lists.FREEZE_REASONS,
    "ThreadFrozen.retired": form.CHANNELS,
    "SurgeBegan.reason": intake.lists.SURGE_REASONS,
    "SurgeEnded.reason": intake.lists.SURGE_OVER,
    "TrustRestored.how": intake.lists.RESTORED_BY,
    "Triaged.level": triage.LEVELS,
    "Triaged.triggers": triage.TRIGGERS,
    "Triaged.floors": (),  # codes of the rules of ``triage``
    "Triaged.factors": triage.FACTORS,
    "Triaged.version": (triage.TRIAGE_VERSION,),
    "Triaged.reasons": casework.lists.LOWERING_REASONS,
    "PriorityRaised.level": triage.LEVELS,
    "PriorityRaised.reason": casework.lists.RAISE_REASONS,
    "PriorityLoweringProposed.level": triage.LEVELS,
    "PriorityLoweringProposed.reasons": casework.lists.LOWERING_REASONS,
    "PriorityLowered.level": triage.LEVELS,
    "PriorityLowered.reasons": casework.lists.LOWERING_REASONS,
    "DecisionMade.decision": casework.lists.DECISIONS,
    "FirstStepTaken.step": casework.lists.FIRST_STEPS,
    "FollowUpDone.step": followup.STEPS,
    "CaseClosed.reasons": casework.lists.CLOSE_REASONS,
    "CaseClosed.checklist": casework.lists.CLOSE_CHECKLIST,
    "JourneyPlanned.plan_type": facts.PLAN_TYPES,
    "JourneyPlanned.level": facts.LEVELS,
    "ChecksCompleted.overridden": (),  # codes of ``queries.unmet``
    "ChecksReopened.reason": (),  # written by the program: what was changed
    "CheckInMarked.sign": facts.SIGNS,
    "CheckInMissed.step": checkins.LADDER,
    "GraceExtended.reason": watching.EXTENSION_REASONS,
    "Paused.reason": moving.PAUSE_REASONS,
    "Aborted.reason": moving.ABORT_REASONS,
    "FoundAgain.how": watching.SAFE_SIGNS,
    "ConfirmedSafe.how": (*watching.SAFE_SIGNS, "agreed_sign"),
    "JourneyClosed.outcome": moving.OUTCOMES,
    "RouteRechecked.verdict": ("still_good", "plan_changed"),
    "BedWatched.sign": bed_entries.WATCH_SIGNS,
}
PLAIN = (int, float, bool, date, datetime, type(None))
INDEX = tuple(kind for kind in KINDS.values() if kind.compartment == "index")


def fields(kind: type) -> Iterator[tuple[str, set[type]]]:
    """The fields of a kind and of the facts it is made of, each with the plain types that it holds."""
    types = get_type_hints(kind)
    for field in fields_of(kind):
        held = set(leaves(types[field.name]))
        yield field.name, {one for one in held if not is_dataclass(one)}
        for one in held:
            if is_dataclass(one):
                yield from fields(one)


def leaves(kind: Any) -> Iterator[type]:
    """The types inside a type."""
    inner = [one for one in get_args(kind) if one is not Ellipsis]
    if not inner:
        yield kind
    for one in inner:
        yield from leaves(one)


@pytest.mark.parametrize("kind", INDEX, ids=lambda kind: kind.kind())
def test_the_index_holds_codes_and_listed_words_and_no_text(kind: type[Entry]) -> None:
    for name, held in fields(kind):
        assert not any(word in name.split("_") for word in REFUSED), name
        texts = held - set(PLAIN)
        place = f"{kind.__name__}.{name}"
        assert texts <= {str}, place
        assert not texts or name in CODES or place in LISTED or place in FREE_TEXT, (
            f"{place} is new free text"
        )


def test_what_is_listed_for_the_index_is_there_and_reads_like_a_code() -> None:
    there = {f"{kind.__name__}.{name}" for kind in INDEX for name, _ in fields(kind)}
    assert there >= set(LISTED) | set(FREE_TEXT)
    assert all(
        re.fullmatch(r"[A-Za-z0-9_-]{1,40}", word) for accepted in LISTED.values() for word in accepted
    )


# No blank, and no letter of any other script: no name, no sentence.
MARK = re.compile(r"[A-Za-z0-9_.:/+=-]{0,90}")


def test_no_name_and_no_sentence_stands_in_the_index_of_an_office_that_has_lived(tmp_path: Path) -> None:
    bench = Making(tmp_path / "office", AT, ReturnCode.make(), cost=CHEAP).make()
    index = [one.body for one in bench.vault.read() if one.compartment == "index"]
    assert len(index) > 50
    for body in index:
        for text in re.findall(rb'"((?:[^"\\]|\\.)*)"', body):
            assert MARK.fullmatch(text.decode()), text
