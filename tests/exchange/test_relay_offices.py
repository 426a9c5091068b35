"""Many offices at one relay; and new keys, by which a removed member's key is worth nothing at once."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from relay_office import NIGHT, ROUNDS, write
from relay_running import ADMIN_SEED, RID, SPACE, Running, fresh_database, keys_of, running, seed_of
from starlette.testclient import TestClient

from kunak.exchange import channel
from kunak.exchange.channel import Keys
from kunak.exchange.line import RelayNotOurs
from kunak.exchange.post import Post, rekey
from kunak.exchange.relay import build_app
from kunak.exchange.relay.keys import Enrolment, RelayKeysMissing, enrolments
from kunak.exchange.relay.recent import Recent
from kunak.exchange.remote import RemoteStore
from kunak.vault import codec, curves, seal
from kunak.vault.stores import Blob

NEW_SEED, NEW_INTAKE, NEW_ADMIN = b"n" * 32, b"i" * 32, b"a" * 32


@pytest.fixture(params=["sqlite", "postgres"])
def relay(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    database = fresh_database() if request.param == "postgres" else ""
    with running(tmp_path / "relay", database=database, offices=3) as relay:
        yield relay


def intake_seed(number: int) -> bytes:
    return bytes((number,)) + bytes(range(1, 32))


def post(relay: Running, number: int, **more: object) -> Post:
    given = {"intake_seed": intake_seed(number), "channel_seed": seed_of(number), **more}
    return Post(relay.address, rid=keys_of(number).rid, **given)


def new_keys(serial: int = 1) -> Keys:
    return Keys(
        serial,
        seal.ed25519_public_bytes(NEW_SEED),
        curves.intake_public_bytes(NEW_INTAKE),
        (seal.ed25519_public_bytes(NEW_ADMIN),),
    )


def browser(relay: Running, number: int) -> httpx2.Client:
    base = relay.address if number == 0 else f"{relay.address}/{keys_of(number).rid}"
    return httpx2.Client(base_url=base, trust_env=False, timeout=30)


def segment(number: int) -> Blob:
    return Blob("segment", b"%d" % number, b"sealed")


def test_offices_do_not_see_each_other(relay: Running) -> None:
    for number in range(3):
        relay.remote(number).commit([segment(number)])
    for number in range(3):
        assert [name for _, name, _ in relay.remote(number).since("segment")] == [b"%d" % number]
    with pytest.raises(RelayNotOurs):
        relay.remote(1, channel_seed=seed_of(2)).get("segment", b"1")


def test_what_is_written_on_an_offices_page_reaches_that_office_alone(tmp_path: Path) -> None:
    app = build_app(tmp_path, offices=[keys_of(n) for n in range(3)], rounds=ROUNDS, now=lambda: NIGHT)
    for number, base in enumerate(["", f"/{keys_of(1).rid}", f"/{keys_of(2).rid}"]):
        client = TestClient(app, base_url=f"http://testserver{base}")
        home = client.get("/")
        assert f'href="{base}/w?l=en"' in home.text
        assert f'action="{base}/w"' in client.get("/w").text
        write(Prefixed(app, base), text=f"for {number}")
    for number in range(3):
        own = Post("", intake_seed=intake_seed(number), channel_seed=seed_of(number), rid=keys_of(number).rid,
                   client=TestClient(app), now=NIGHT.timestamp)  # fmt: skip
        collected = own.collect()
        assert [report.answers["text"] for report in collected.reports] == [(f"for {number}",)]
        own.forget(report.id for report in collected.reports)


class Prefixed(TestClient):
    """A browser that begins at an office's address and then follows the pages."""

    def __init__(self, app: object, base: str) -> None:
        super().__init__(app)  # type: ignore[arg-type]
        self.base = base

    def get(self, url: str, **more: object) -> httpx2.Response:  # type: ignore[override]
        return super().get(self.base + url, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path", [f"/{RID}", f"/{RID}/", f"/{'0' * 32}/", f"/{keys_of(1).rid}/nothing", "/x/y"]
)
def test_an_address_of_no_office_looks_as_any_that_is_not_there(tmp_path: Path, path: str) -> None:
    client = TestClient(build_app(tmp_path, offices=[keys_of(n) for n in range(2)]))
    usual, odd = client.get("/there-is-no-such-page"), client.get(path)
    assert (odd.status_code, odd.content) == (404, usual.content)
    assert sorted(odd.headers.items()) == sorted(usual.headers.items())


def test_after_new_keys_the_old_ones_do_nothing_and_the_new_ones_all(relay: Running) -> None:
    rid = keys_of(1).rid
    relay.remote(1).commit([segment(1)])
    with browser(relay, 1) as person:
        write_at(person, f"/{rid}")
    removed = relay.remote(1)
    rekey(relay.address, rid=rid, admin_seed=ADMIN_SEED, keys=new_keys())
    for act in (
        lambda: removed.get("segment", b"1"),
        lambda: removed.commit([], [("segment", b"1")]),
        lambda: list(removed.since("segment")),
        lambda: post(relay, 1).collect(),
        lambda: post(relay, 1).forget(["x"]),
    ):
        with pytest.raises(RelayNotOurs):
            act()
    again = relay.remote(1, channel_seed=NEW_SEED, memory=removed.memory())
    assert [name for _, name, _ in again.since("segment")] == [b"1"]
    with browser(relay, 1) as person:
        write_at(person, f"/{rid}")
    stayed = post(relay, 1, intake_seed=NEW_INTAKE, channel_seed=NEW_SEED)
    assert [len(stayed.collect().reports), len(stayed.collect().damaged)] == [1, 1]
    stayed.close()
    both = post(relay, 1, intake_seed=NEW_INTAKE, channel_seed=NEW_SEED, older_intake_seeds=[intake_seed(1)])
    assert [len(both.collect().reports), both.collect().damaged] == [2, ()]
    both.close()
    relay.remote(0).commit([segment(5)])  # the others notice nothing


def write_at(person: httpx2.Client, base: str) -> None:
    """A request sent in one go: the last screen, with all else left open."""
    fields = {"s": "6", "safe_now": "yes", "go": "send", "t": ""}
    assert person.post("/w", data=fields).status_code == 200, base


def refused_rekeys() -> dict[str, tuple[bytes, Keys]]:
    return {
        "by the key of all members": (seed_of(1), new_keys()),
        "by a stranger": (b"x" * 32, new_keys()),
        "to no admins": (ADMIN_SEED, new_keys()._replace(admins=())),
        "to what is no key": (ADMIN_SEED, new_keys()._replace(intake=b"short")),
        "to half a key": (ADMIN_SEED, new_keys()._replace(channel=b"c" * 31)),
        "to keys that are not newer": (ADMIN_SEED, new_keys(serial=0)),
    }


@pytest.mark.parametrize("case", refused_rekeys())
def test_keys_change_only_by_an_admin_and_only_forwards(relay: Running, case: str) -> None:
    seed, keys = refused_rekeys()[case]
    with pytest.raises(RelayNotOurs):
        rekey(relay.address, rid=keys_of(1).rid, admin_seed=seed, keys=keys)
    relay.remote(1).commit([segment(1)])


def test_an_admin_signs_for_new_keys_and_for_nothing_else(relay: Running) -> None:
    with pytest.raises(RelayNotOurs):
        relay.remote(1, channel_seed=ADMIN_SEED).get("segment", b"1")


def test_the_same_change_twice_is_fine_and_a_removed_admin_cannot_turn_it_back(relay: Running) -> None:
    rid = keys_of(1).rid
    rekey(relay.address, rid=rid, admin_seed=ADMIN_SEED, keys=new_keys(3))
    for seed, serial in ((ADMIN_SEED, 4), (NEW_ADMIN, 2)):
        with pytest.raises(RelayNotOurs):
            rekey(relay.address, rid=rid, admin_seed=seed, keys=new_keys(serial))
    rekey(relay.address, rid=rid, admin_seed=NEW_ADMIN, keys=new_keys(3))
    rekey(relay.address, rid=rid, admin_seed=NEW_ADMIN, keys=new_keys(4))


def test_a_relay_started_again_with_the_first_keys_file_knows_the_newer_keys(tmp_path: Path) -> None:
    with running(tmp_path / "relay") as relay:
        rekey(relay.address, rid=keys_of().rid, admin_seed=ADMIN_SEED, keys=new_keys())
    with running(tmp_path / "relay") as relay:
        with pytest.raises(RelayNotOurs):
            relay.remote().get("segment", b"1")
        assert relay.remote(channel_seed=NEW_SEED).get("segment", b"1") is None


def as_file(office: Enrolment, *, old: bool = False) -> str:
    said: dict[str, object] = {"intake": office.keys.intake.hex(), "channel": office.keys.channel.hex()}
    if not old:
        said |= {"rid": office.rid, "admins": [admin.hex() for admin in office.keys.admins]}
    return json.dumps(said)


def test_the_offices_of_a_folder_are_read_the_simple_one_first(tmp_path: Path) -> None:
    (tmp_path / "offices").mkdir()
    for number in (2, 1):
        (tmp_path / "offices" / f"{number}.json").write_text(as_file(keys_of(number)))
    assert enrolments(tmp_path) == (keys_of(1), keys_of(2))
    (tmp_path / "relay-keys.json").write_text(as_file(keys_of(0), old=True))
    (tmp_path / "offices" / "3.json").write_text(as_file(keys_of(2)))
    first, *others = enrolments(tmp_path)
    assert first == Enrolment(
        channel.default_rid(keys_of(0).keys.channel), keys_of(0).keys._replace(admins=())
    )
    assert others == [keys_of(1), keys_of(2)]


@pytest.mark.parametrize(
    "change",
    [{"rid": "../../etc"}, {"admins": "zz"}, {"admins": ["00"]}, {"intake": "00"}, {"channel": None}],
)
def test_an_offices_file_that_cannot_be_read_stops_the_relay(tmp_path: Path, change: dict) -> None:
    (tmp_path / "offices").mkdir()
    said = json.loads(as_file(keys_of(1))) | change
    (tmp_path / "offices" / "one.json").write_text(json.dumps(said))
    with pytest.raises(RelayKeysMissing):
        enrolments(tmp_path)


def test_an_office_whose_first_file_named_no_admins_gets_them_from_a_later_one(tmp_path: Path) -> None:
    office = keys_of(1)
    build_app(tmp_path, offices=[office._replace(keys=office.keys._replace(admins=()))])
    app = TestClient(build_app(tmp_path, offices=[office], now=lambda: NIGHT))
    rekey("", rid=office.rid, admin_seed=ADMIN_SEED, keys=new_keys(), client=app, now=NIGHT.timestamp)


def asked(verb: str, load: bytes = b"", **parts: object) -> tuple[channel.Question, bytes]:
    question = channel.fresh(NIGHT.timestamp(), verb)._replace(
        **{"tx": bytes(16), "shelf": bytes(16), **parts}
    )
    return question, load


PUT = codec.pack(channel.Commit((channel.Put(bytes(16), b"n", b"s"),)))
ODD = {
    "a commit without a load": asked("commit"),
    "a load where none belongs": asked("since", b"load"),
    "no commit in the load": asked("commit", b"\xc1"),
    "a shelf that is none": asked("commit", codec.pack(channel.Commit((channel.Put(b"s", b"n", b"s"),)))),
    "a name that is none": asked("commit", codec.pack(channel.Commit((), ((bytes(16), b""),)))),
    "a name that is too long": asked("commit", codec.pack(channel.Commit((), ((bytes(16), b"n" * 65),)))),
    "no number": asked("commit", PUT, tx=b""),
    "too many pieces": asked("commit", PUT, part=channel.MOST_PIECES),
    "a piece beyond the last": asked("piece", b"x", part=channel.MOST_PIECES - 1),
    "a piece before the first": asked("piece", b"x", part=-1),
    "too large a load": asked("piece", bytes(channel.MOST_LOAD + 1)),
    "no shelf": asked("since", shelf=b""),
    "before the beginning": asked("since", after=-1),
    "too many names": asked("fetch", names=(b"n",) * (channel.MOST_NAMES + 1)),
    "a fetch from no shelf": asked("fetch", shelf=b"x", names=(b"n",)),
    "an admin's verb": asked("rekey", codec.pack(new_keys())),
    "too short a random number": asked("since", once=b"once"),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_question_of_the_office_itself_finds_nothing(tmp_path: Path, case: str) -> None:
    client = TestClient(build_app(tmp_path, offices=[keys_of(1)], now=lambda: NIGHT))
    usual = client.get("/there-is-no-such-page")
    question, load = ODD[case]
    answer = client.post("/o", content=channel.ask(question, seed_of(1), keys_of(1).rid, load))
    assert (answer.status_code, answer.content) == (404, usual.content)


@pytest.mark.parametrize(
    "change", [lambda sent: sent[:-1], lambda sent: sent + b"x", lambda sent: sent[:-1] + b"y"]
)
def test_a_load_that_is_not_the_one_that_was_signed_is_not_taken(tmp_path: Path, change) -> None:
    client = TestClient(build_app(tmp_path, offices=[keys_of(1)], now=lambda: NIGHT))
    sent = channel.ask(asked("commit")[0], seed_of(1), keys_of(1).rid, PUT)
    assert client.post("/o", content=change(sent)).status_code == 404
    sent = channel.ask(
        asked("commit")[0]._replace(once=b"another" + bytes(9)), seed_of(1), keys_of(1).rid, PUT
    )
    assert client.post("/o", content=sent).status_code == 200


def test_a_piece_that_is_missing_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    client = TestClient(build_app(tmp_path, offices=[keys_of(1)], now=lambda: NIGHT))
    sent = channel.ask(asked("commit")[0]._replace(part=1), seed_of(1), keys_of(1).rid, PUT)
    assert codec.unpack(client.post("/o", content=sent).content, channel.Answer).said == channel.MISSING
    sent = channel.ask(asked("since")[0], seed_of(1), keys_of(1).rid)
    assert codec.unpack(client.post("/o", content=sent).content, channel.Answer).blobs == ()


def test_a_device_sends_all_pieces_again_when_the_relay_lost_one(relay: Running) -> None:
    device = relay.remote(1)
    ask, lost = device._line.ask, iter([True])

    def loses(question: channel.Question, load: bytes = b"") -> channel.Answer:
        if question.verb == "commit" and next(lost, False):
            relay.store.tables.write(lambda tables: tables.rows("DELETE FROM piece"))
        return ask(question, load)

    device._line.ask = loses  # type: ignore[method-assign]
    device.commit([Blob("segment", bytes((i,)), bytes((i,)) * 700_000) for i in range(1, 4)])
    assert len(list(device.since("segment"))) == 3


def test_one_office_that_asks_without_end_does_not_silence_the_others(monkeypatch) -> None:
    monkeypatch.setattr("kunak.exchange.relay.recent.OF_ONE", 3)
    recent = Recent()
    now = 1_000_000 * 60.0
    heard = [recent.is_first("one", bytes((i,)) * 16, int(now), now) for i in range(5)]
    assert heard == [True, True, True, False, False]
    assert recent.is_first("other", bytes(16), int(now), now)
    assert not recent.is_first("other", bytes(16), int(now), now)
    assert recent.is_first("one", b"z" * 16, int(now + 1300), now + 1300)  # the first minutes are forgotten


def test_a_member_is_not_told_from_another() -> None:
    """Two devices ask the same; but for the random number, the questions are the same."""
    one, other = (
        RemoteStore("", channel_seed=seed_of(1), rid=keys_of(1).rid, space=SPACE, now=NIGHT.timestamp)
        for _ in range(2)
    )
    questions = [each._line.fresh("since")._replace(shelf=each._shelf("segment")) for each in (one, other)]
    assert len({question._replace(once=b"") for question in questions}) == 1
