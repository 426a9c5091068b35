"""Devices of one office that only meet at its relay: newcomers, rounds, and what a removal ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from link_office import Devices, devices, founded
from relay_running import fresh_database, keys_of
from vault_office import CHEAP

from kunak.exchange import channel, doorstep
from kunak.exchange.codes import ReturnCode
from kunak.exchange.doorstep import AnswerTooLong, Doorstep, NobodyExpected
from kunak.exchange.line import Line, RelayNotOurs, RelayUnreachable
from kunak.exchange.link import Link, space_of
from kunak.exchange.mailbox import MailboxKeys
from kunak.exchange.relay import guests
from kunak.exchange.relay.offices import Offices
from kunak.exchange.relay.store import RelayStore
from kunak.exchange.relay.wire import NothingHere
from kunak.exchange.remote import RelayRolledBack, RemoteStore, shelf_at_relay
from kunak.exchange.report import seal_report, write_report
from kunak.vault import Item, MemoryStore, joining, membership, shredding
from kunak.vault.office import EPOCH_SHELF
from kunak.vault.stores import Full
from kunak.workbench import joining as newcomers
from kunak.workbench import relay_id


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Devices]:
    monkeypatch.setattr(newcomers, "COST", CHEAP)
    with devices(tmp_path / "relay") as made:
        yield made


def index(vault) -> list[bytes]:
    return [one.body for one in vault.read() if one.body.startswith(b"note")]


def write(office: Devices, member: str, body: bytes) -> None:
    office[member].vault.write([Item("C-1", "index", body)], office.clock())


def test_what_one_device_writes_the_other_reads_and_back(office: Devices) -> None:
    office.join("boris")
    write(office, "anna", b"note one")
    office.settle()
    write(office, "boris", b"note two")
    office.settle()
    assert index(office["anna"].vault) == index(office["boris"].vault) == [b"note one", b"note two"]


def test_a_newcomer_and_the_office_meet_at_the_relay_by_the_code_alone(office: Devices) -> None:
    anna, link = office["anna"], office.links["anna"]
    made = joining.invite(anna.vault, "boris", ("duty",), office.clock())
    link.expect(anna.vault, made)
    store, at_the_door = MemoryStore(), Doorstep(office.address, newcomers.place_of(made.code))
    assert at_the_door.told() is None
    at_the_door.ask(joining.ask(store, "boris", made.code, CHEAP))
    assert at_the_door.told() is None
    assert link.admit(anna) == ("boris",)
    answered = at_the_door.told()
    assert answered is not None
    boris = joining.finish(store, made.code, answered, "boris's own words", CHEAP)
    at_the_door.leave()
    with pytest.raises(NobodyExpected):
        at_the_door.told()
    at_the_door.close()
    assert link.admit(anna) == ()
    office.add("boris", boris)
    write(office, "anna", b"note one")
    office.settle()
    assert index(boris) == [b"note one"]


def test_an_answer_that_did_not_reach_the_relay_is_left_there_the_next_time(
    office: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, link = office["anna"], office.links["anna"]
    made = joining.invite(anna.vault, "boris", ("duty",), office.clock())
    link.expect(anna.vault, made)
    store, at_the_door = MemoryStore(), Doorstep(office.address, newcomers.place_of(made.code))
    at_the_door.ask(joining.ask(store, "boris", made.code, CHEAP))

    def cut(*_: object) -> None:
        raise RelayUnreachable()

    with monkeypatch.context() as broken:
        broken.setattr(doorstep, "tell", cut)
        with pytest.raises(RelayUnreachable):
            link.admit(anna)
    assert at_the_door.told() is None
    assert link.admit(anna) == ("boris",)
    answered = at_the_door.told()
    assert answered is not None
    assert joining.finish(store, made.code, answered, "boris's own words", CHEAP).member == "boris"
    at_the_door.close()


def test_strangers_leave_nothing_at_the_relay_and_learn_nothing(office: Devices) -> None:
    stranger = Doorstep(office.address, bytes(16))
    for step in (stranger.told, stranger.leave, lambda: stranger.ask(b"x")):
        with pytest.raises(NobodyExpected):
            step()
    rows = office.relay.store.tables.read(lambda ask: ask.rows("SELECT * FROM guest"))
    assert rows == []
    stranger.close()


def line_of(office: Devices) -> Line:
    vault = office["anna"].vault
    return Line(office.address, seed=vault.office_secret("channel"), rid=relay_id(vault))


def test_a_newcomer_leaves_one_small_ask_and_a_long_answer_comes_whole(office: Devices) -> None:
    line, place = line_of(office), b"p" * 16
    assert doorstep.handle_of(place) != doorstep.handle_of(b"q" * 16)
    with pytest.raises(RelayNotOurs):
        doorstep.asked(line, place)
    doorstep.expect(line, place)
    doorstep.expect(line, place)
    guest = Doorstep(office.address, place)
    guest.ask(b"first")
    guest.ask(b"second")
    assert doorstep.asked(line, place) == b"second"
    with pytest.raises(NobodyExpected):
        guest.ask(bytes(channel.MOST_ASK + 1))
    answer = bytes(range(256)) * 12_000
    doorstep.tell(line, place, answer)
    assert guest.told() == answer
    with pytest.raises(AnswerTooLong):
        doorstep.tell(line, place, bytes(channel.MOST_LOAD * channel.MOST_PIECES + 1))
    guest.close()
    line.close()


def test_an_office_expects_few_at_a_time_and_nobody_for_long(
    office: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guests, "MOST_OPEN", 3)
    line = line_of(office)
    for number in range(3):
        doorstep.expect(line, bytes((number,)) * 16)
    with pytest.raises(Full):
        doorstep.expect(line, b"z" * 16)
    office.relay.store.tables.write(lambda ask: ask.rows("UPDATE guest SET day = day - 3"))
    late = Doorstep(office.address, bytes(16))
    with pytest.raises(NobodyExpected):
        late.told()
    doorstep.expect(line, b"z" * 16)
    left = office.relay.store.tables.read(lambda ask: ask.rows("SELECT count(*) FROM guest"))
    assert left == [(1,)]
    late.close()
    line.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_places_and_keys_of_before_lie_alike_in_each_kind_of_store(tmp_path: Path, kind: str) -> None:
    store = RelayStore(tmp_path / "relay", fresh_database() if kind == "postgres" else "")
    door, public = guests.Guests(store.tables), b"k" * 32
    rid = channel.default_rid(public)
    door.expect("0" * 32, public, 100)
    door.expect("0" * 32, public, 100)
    for office, day in (("1" * 32, 100), ("0" * 32, 103)):
        with pytest.raises(NothingHere):
            door.asked(office, rid, day)
    guest = door.find(rid, 101)
    assert guest is not None
    for ask in (b"first", b"second"):
        door.ask(guest, ask, 101)
    assert door.asked("0" * 32, rid, 101).letters[0].sealed == b"second"
    assert door.told(guest, 0).letters == ()
    told = channel.fresh(0, "tell")._replace(mailbox=rid)
    for part in (1, 0):
        door.tell("0" * 32, told._replace(part=part), b"part %d" % part, 101)
    assert [(door.told(guest, n).letters[0].sealed, door.told(guest, n).more) for n in (0, 1)] == [
        (b"part 0", True),
        (b"part 1", False),
    ]
    door.leave(guest)
    assert door.find(rid, 101) is None
    offices = Offices(store.tables, [keys_of(1)])
    newer = keys_of(2).keys._replace(serial=2, lobby=b"l" * 16)
    assert offices.rekey(keys_of(1).rid, newer)
    assert offices.rekey(keys_of(1).rid, newer)
    assert offices.former(keys_of(1).rid) == ((keys_of(1).keys.channel, b"l" * 16),)
    store.close()


def test_after_a_removal_the_old_key_reads_the_lobby_and_nothing_else(office: Devices) -> None:
    office.join("boris")
    office.join("carla")
    write(office, "boris", b"note of boris")
    office.settle()
    removed = office["boris"].vault
    old = removed.office_secret("channel")
    membership.remove_member(office["anna"].vault, "boris", office.clock())
    office.round("anna")
    store = RemoteStore(office.address, channel_seed=old, rid=relay_id(removed), space=space_of(removed))
    assert list(store.since(EPOCH_SHELF))
    for question in (
        lambda: list(store.since("segment")),
        lambda: store.get("body", b"1"),
        lambda: store.commit([], [("segment", b"1")]),
    ):
        with pytest.raises(RelayNotOurs):
            question()
    store.close()
    with pytest.raises(RelayNotOurs):
        office.round("boris")


def test_a_member_who_was_away_finds_the_newer_key_in_the_lobby(office: Devices) -> None:
    office.join("boris")
    office.join("carla")
    office.settle()
    for member in ("boris",):
        membership.remove_member(office["anna"].vault, member, office.clock())
    office.round("anna")
    write(office, "anna", b"note after")
    office.round("anna")
    office.round("carla")
    assert index(office["carla"].vault) == [b"note after"]
    write(office, "carla", b"note back")
    office.round("carla", "anna")
    assert index(office["anna"].vault) == [b"note after", b"note back"]


def test_letters_are_sealed_to_the_new_key_and_those_before_still_open(office: Devices) -> None:
    office.join("boris")
    relay, anna, link = office.relay, office["anna"], office.links["anna"]
    keys = MailboxKeys.of(ReturnCode.make(), 10)

    def send(text: str) -> None:
        from_relay = relay.store.tables.read(lambda ask: ask.rows("SELECT intake, letters FROM office"))
        ((intake, letters),) = from_relay
        report = write_report("request", keys, at=office.clock(), language="en", answers={"text": (text,)})
        relay.store.keep(letters, report.id, seal_report(report, keys, bytes(intake)))

    send("before")
    membership.remove_member(anna.vault, "boris", office.clock())
    office.round("anna")
    send("after")
    texts = [report.answers["text"] for report in link.post(anna.vault).collect().reports]
    assert texts == [("before",), ("after",)]


def test_who_opens_no_letters_collects_none(office: Devices) -> None:
    office.join("mira", ("movement",))
    office.round("mira")
    post = office.links["mira"].post(office["mira"].vault)
    assert post.collect(7).reports == ()


def test_what_was_shredded_elsewhere_is_no_lie_of_the_relay(office: Devices) -> None:
    office.join("boris")
    write(office, "anna", b"note one")
    office.settle()
    anna = office["anna"].vault
    shredding.shred(anna, shredding.dossiers_of(anna, "C-1"), office.clock())
    office.settle()
    office.settle()
    assert index(office["boris"].vault) == []
    bodies = office.relay.store.tables.read(lambda ask: ask.rows("SELECT sealed FROM blob"))
    assert bodies


def test_a_relay_that_was_set_up_anew_is_named_and_then_filled_again(office: Devices) -> None:
    office.join("boris")
    write(office, "anna", b"note one")
    office.settle()

    def lose(ask) -> None:
        for table in ("stream", "blob", "done"):
            ask.rows(f"DELETE FROM {table}")

    office.relay.store.tables.write(lose)
    with pytest.raises(RelayRolledBack):
        office.round("boris")
    for member in ("anna", "boris"):
        office.links[member].set_up_anew(office[member].vault)
    office.settle()
    write(office, "boris", b"note two")
    office.settle()
    assert index(office["anna"].vault) == [b"note one", b"note two"]


def test_pages_go_on_while_the_relay_is_slow(office: Devices) -> None:
    """The workbench is never held while the network is waited for."""
    held: list[bool] = []

    @contextmanager
    def holding() -> Iterator[None]:
        held.append(True)
        yield
        held.append(False)

    class Watched(httpx2.Client):
        def stream(self, *given, **more):
            assert not held or held[-1] is False
            return super().stream(*given, **more)

    office.join("boris")
    write(office, "anna", b"note one")
    link = Link(office.address, client=Watched(base_url=office.address, trust_env=False))
    link.round(office["anna"], holding)
    assert held
    link.close()


def test_a_relay_of_another_office_is_named(office: Devices) -> None:
    stranger = founded(member="zoe")
    with pytest.raises(RelayNotOurs):
        line = Link(office.address)
        line._sync(type(office["anna"])(stranger, office.clock))
    assert shelf_at_relay(space_of(stranger), "epoch") != shelf_at_relay(
        space_of(office["anna"].vault), "epoch"
    )
