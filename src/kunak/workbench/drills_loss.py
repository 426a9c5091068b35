"""Drills of a loss: the office is raided and trustees restore it, a device is lost, a member is removed."""

from collections.abc import Iterator

from kunak.vault import SqliteStore, Vault, membership, succession
from kunak.vault.membership import Removal
from kunak.vault.openings import NotReleased
from kunak.vault.paper import TrusteeCard
from kunak.vault.restoring import Restored, Successor, restore
from kunak.vault.shares import Share, SharesTooFew, ShareWrong
from kunak.vault.succession import CardsDoNotOpen
from kunak.workbench.drills import N_, Check, Exposed, Step, refused
from kunak.workbench.drills_stage import (
    COMPARTMENTS,
    CRANE,
    HERON,
    OTTER,
    Stage,
    opened_by_one,
    opened_by_two,
)

TRUSTEES, NEEDED = 5, 3
INHERITED = ("index", "work", "contact", "evidence")
KEPT_CLOSED = ("place", "staff")


def quorum(stage: Stage) -> Iterator[Step]:
    """Everybody is arrested and every device is seized; trustees and a copy of the store are left."""
    dealt = succession.deal(TRUSTEES, NEEDED)
    stage.write(HERON, "C-0")
    stage.settle()
    succession.make(stage[HERON].vault, dealt, stage.now())
    stage.settle()
    unvouched = succession.standing(stage[OTTER].vault)
    succession.vouch(stage[OTTER].vault, stage.now())
    stage.write(HERON, "C-1")
    stage.settle()
    yield Check(N_("Before a second member vouched, the seal held no key."), not unvouched.sealed)
    taken = stage.taken(OTTER)
    secret = (dealt.secret, *(card.share.y for card in dealt.cards))
    seen = stage.tells(taken) or any(one in taken for one in secret)
    yield Check(
        N_("In the bytes of the copy, no word of a case and no part of the secret is found."), not seen
    )
    stage.close()
    yield from _wrong_cards(stage, dealt.cards)
    yield from _taken_over(stage, dealt.cards)
    yield Exposed(
        N_(
            "{needed} trustees together, with any copy of the store, can open what is inherited. Fewer cannot,"
            " and cards without a copy open nothing. Choose trustees who will not be forced at the same time."
        ),
        {"needed": NEEDED},
    )


def _wrong_cards(stage: Stage, cards: tuple[TrusteeCard, ...]) -> Iterator[Step]:
    few, forged = cards[: NEEDED - 1], cards[-1]._replace(share=Share(cards[-1].share.x, bytes(32)))

    def tried(*given: TrusteeCard) -> Iterator[Restored]:
        yield _restored(stage, given, "refused")

    yield Check(N_("One card too few opens nothing."), refused(SharesTooFew, tried(*few)))
    yield Check(
        N_("One card too few and a forged one open nothing."), refused(CardsDoNotOpen, tried(*few, forged))
    )
    with_one_more = tried(*cards[:NEEDED], forged)
    yield Check(N_("With one card more, the forged one is named."), refused(ShareWrong, with_one_more))


def _taken_over(stage: Stage, cards: tuple[TrusteeCard, ...]) -> Iterator[Step]:
    done = _restored(stage, cards[1 : NEEDED + 1], "successors")
    store = SqliteStore(stage.file("successors"))
    dora = Vault.unlock(store, passphrase=stage.passphrase("dora"))
    emil = dora.second(stage.passphrase("emil"))
    read = {one.body for one in dora.read()}
    back = {stage.body(subject, what) for what in INHERITED for subject in ("C-0", "C-1")}
    yield Check(N_("The history was verified, and what is inherited is read again."), back <= read)
    for what, subject in (("identity", "C-0"), ("originals", "C-1")):
        alone = refused(NotReleased, opened_by_one(dora, subject, what, stage.now()))
        both = [*opened_by_two(dora, emil, subject, stage.now(), what, lambda: None)]
        facts = {"what": what}
        yield Check(N_("What two must open, one successor does not open: {what}."), alone, facts)
        yield Check(N_("Two successors open it: {what}."), both == [stage.body(subject, what)], facts)
    closed = {stage.body("C-1", what) for what in KEPT_CLOSED}
    yield Check(N_("What is not inherited stays closed."), not closed & read and done.closed > 0)
    emil.close()
    dora.close()


def _restored(stage: Stage, cards: tuple[TrusteeCard, ...], name: str) -> Restored:
    copy, store = SqliteStore(stage.file(OTTER)), SqliteStore(stage.file(name))
    who = [Successor(code, stage.passphrase(code)) for code in ("dora", "emil")]
    try:
        return restore(copy, cards, store, who, stage.now(), cost=stage.cost)
    finally:
        copy.close()
        store.close()


def device(stage: Stage) -> Iterator[Step]:
    """A device is lost, in the worst case unlocked; its member gets another one."""
    stage.write(HERON, "C-1")
    stage.settle()
    lost, at = stage[OTTER].vault, stage.now()
    listed = membership.remove_device(stage[HERON].vault, lost.identity.device, at)
    yield from _listed(listed, lost)
    yield Check(
        N_("The device, taken while it was locked, tells no word of a case."),
        not stage.tells(stage.taken(OTTER)),
    )
    yield from _cut_off(stage, OTTER, CRANE)
    del stage.benches[OTTER]
    fresh = stage.join("otter-2", OTTER, admin=True).vault
    stage.settle()
    membership.vouch(stage[CRANE].vault, OTTER, stage.now())
    stage.settle()
    by_role = {stage.body("C-1", what) for what in ("index", "evidence", "staff")}
    again = stage.reads("otter-2")
    yield Check(N_("The member's new device reads again what their roles read."), by_role <= again)
    halves = {(one.subject, one.compartment) for one in fresh.caught_up().shares.values()}
    yield Check(N_("It holds its half of what two open again."), ("C-1", "identity") in halves)
    yield _told(listed)


def member(stage: Stage) -> Iterator[Step]:
    """A member is removed, with all devices."""
    stage.write(HERON, "C-1")
    stage.write(CRANE, "C-2", ("index", "evidence"))
    stage.settle()
    gone, before = stage[CRANE].vault, stage.reads(HERON)
    channel = gone.office_secret("channel")
    listed = membership.remove_member(stage[HERON].vault, CRANE, stage.now())
    yield from _listed(listed, gone)
    yield from _cut_off(stage, CRANE, OTTER)
    yield Check(N_("What the member wrote before is still there."), before <= stage.reads(HERON))
    differs = stage[HERON].vault.office_secret("channel") != channel == gone.office_secret("channel")
    yield Check(N_("The office's relay is spoken to with another key now."), differs)
    asking, releasing = stage[HERON].vault, stage[OTTER].vault
    both = [*opened_by_two(asking, releasing, "C-1", stage.now(), "identity", lambda: _carried(stage))]
    yield Check(
        N_("Those who stay open together what two must open."), both == [stage.body("C-1", "identity")]
    )
    yield _told(listed)


def _carried(stage: Stage) -> None:
    stage.sync(OTTER, HERON)


def _listed(listed: Removal, vault: Vault) -> Iterator[Step]:
    """Whether the list of what a device could read says what its own key ring says."""
    ring = vault.caught_up()
    held = {(one.subject, one.compartment) for one in (*ring, *ring.shares.values())}
    named = {(one.subject, one.compartment) for one in listed.could_read}
    complete = named <= held and len(named) + listed.unnamed >= len(held)
    yield Check(N_("The list of what it could read leaves nothing out."), complete)


def _cut_off(stage: Stage, lost: str, other: str) -> Iterator[Step]:
    """Whether a removed device reads nothing new, and what it writes counts nowhere, within one round."""
    stage.sync(HERON, other)
    stage.write(HERON, "C-3")
    stage.sync(HERON, other)
    stage.write(lost, "C-4", ("index",))
    stage.sync(lost, HERON, other)
    new, slipped = {stage.body("C-3", what) for what in COMPARTMENTS}, stage.body("C-4", "index")
    yield Check(N_("What is written after the removal it cannot read."), not new & stage.reads(lost))
    everywhere = stage.reads(HERON) | stage.reads(other)
    yield Check(
        N_("What it writes after the removal is refused everywhere within one round."),
        slipped not in everywhere,
    )
    shared = stage.body("C-3", "index") in stage.reads(other)
    yield Check(N_("Those who stay read on."), shared)


def _told(listed: Removal) -> Exposed:
    """What would have been exposed, had it been taken unlocked."""
    alone = sum(not one.share for one in listed.could_read)
    return Exposed(
        N_(
            "Taken unlocked: {alone} files that it read alone, and half of the key to {shared} that two open;"
            " {unnamed} more that the remover cannot name. Taken locked or switched off: nothing of these."
        ),
        {"alone": alone, "shared": len(listed.could_read) - alone, "unnamed": listed.unnamed},
    )
