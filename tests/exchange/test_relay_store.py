"""What the relay keeps, the same in a file and in PostgreSQL; and what only a server can suffer."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from relay_running import fresh_database, keys_of

from kunak.exchange.relay import postgres, tables
from kunak.exchange.relay.offices import Offices
from kunak.exchange.relay.store import INTAKE, NotKept, RelayFull, RelayStore, RelayStoreDamaged
from kunak.vault.stores.postgres import DatabaseNotReached, PostgresMissing

Open = Callable[[], RelayStore]


@pytest.fixture(params=["sqlite", "postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same store, as often as it is called."""
    address = fresh_database() if request.param == "postgres" else ""
    made: list[RelayStore] = []

    def open_it() -> RelayStore:
        made.append(RelayStore(tmp_path, address))
        return made[-1]

    yield open_it
    for store in made:
        store.close()


@pytest.fixture
def database() -> str:
    return fresh_database()


def ids(store: RelayStore, stream: str = "a") -> list[tuple[int, str]]:
    return [(letter.cursor, letter.id) for letter in store.after(stream, 0, 99)]


def test_it_keeps_each_id_once_in_order_and_after_it_was_opened_again(opened: Open) -> None:
    store = opened()
    for _ in range(3):
        store.keep("a", "one", b"sealed")
    store.keep("a", "two", bytes(range(256)))
    store.keep("b", "one", b"elsewhere")
    again = opened()
    assert ids(again) == [(1, "one"), (2, "two")]
    assert again.after("a", 1, 9)[0].sealed == bytes(range(256))
    assert again.after("a", 0, 1) == store.after("a", 0, 1)
    assert again.filler_key == store.filler_key


def test_only_the_newest_are_kept_where_that_is_asked(opened: Open) -> None:
    store = opened()
    for number in range(5):
        store.keep("a", str(number), b"", newest=2)
    assert ids(store) == [(4, "3"), (5, "4")]


def test_what_is_forgotten_is_gone_and_its_place_is_not_given_again(opened: Open) -> None:
    store = opened()
    store.keep("a", "one", b"")
    store.forget("a", ["one", "never there"])
    store.forget("a", [])
    store.keep("a", "two", b"")
    assert ids(store) == [(2, "two")]
    store.forget_stream("a")
    assert ids(store) == []


def come_and_go(store: RelayStore) -> list[bytes]:
    """Small blobs come, and most are deleted in no order: pages are rebuilt around those that go."""
    order, live, gone = random.Random(4), dict[str, bytes](), list[bytes]()
    for _ in range(60):
        for _ in range(order.randint(1, 4)):
            id, sealed = order.randbytes(8).hex(), order.randbytes(order.randint(60, 400))
            store.keep("a", id, sealed)
            live[id] = sealed
        if order.random() < 0.8:
            deleted = order.sample(sorted(live), min(len(live), order.randint(1, 5)))
            store.forget("a", deleted)
            gone += [live.pop(id) for id in deleted]
    return gone


def pieces_in(folder: Path, sealed: list[bytes]) -> int:
    """How many of these have a piece left in the files of a folder."""
    found = b"".join(path.read_bytes() for path in folder.iterdir())
    return sum(any(one[at : at + 32] in found for at in range(0, len(one) - 31, 64)) for one in sealed)


def test_what_a_rebuilt_page_kept_of_it_is_gone_a_moment_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_REST_S", 2.0)
    store = RelayStore(tmp_path)
    gone = come_and_go(store)
    assert pieces_in(tmp_path, gone) > 0
    deadline = time.monotonic() + 20
    while pieces_in(tmp_path, gone) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert pieces_in(tmp_path, gone) == 0
    store.close()


def test_work_that_breaks_off_has_not_happened(opened: Open) -> None:
    store = opened()

    def breaks(ask: object) -> None:
        ask.rows("INSERT INTO stream (id, head) VALUES (?, ?)", ("a", 7))  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.tables.write(breaks)
    assert store.tables.read(lambda ask: ask.rows("SELECT * FROM stream")) == []
    store.keep("a", "one", b"")
    assert ids(store) == [(1, "one")]


def test_many_who_keep_at_once_get_places_of_their_own(opened: Open) -> None:
    store = opened()

    def keep(who: int) -> None:
        for number in range(10):
            store.keep("a", f"{who} {number}", b"")
            store.keep("a", f"both {number}", b"")

    threads = [threading.Thread(target=keep, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [cursor for cursor, _ in ids(store)] == list(range(1, 51))


def test_the_first_office_of_a_store_has_the_stream_that_older_relays_had(opened: Open) -> None:
    first, second = keys_of(0), keys_of(1)
    offices = Offices(opened().tables, [first, second])
    letters = [offices.now(each.rid).letters for each in (first, second)]
    assert letters[0] == INTAKE != letters[1]
    turned = Offices(opened().tables, [second, first])
    assert [turned.now(each.rid).letters for each in (first, second)] == letters
    assert turned.now("0" * 32) is None


# PostgreSQL.


def fails(database: str, code: str, times: int) -> None:
    """Let the next blobs be refused by the server, with this SQLSTATE. A sequence counts, as nothing else
    survives a transaction that was given up."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            f"""
            CREATE SEQUENCE tries;
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END IF;
              RETURN NEW;
            END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON blob FOR EACH ROW EXECUTE FUNCTION refuse();
            """.encode()
        )


@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_a_transaction_that_the_database_gave_up_is_done_again(
    tmp_path: Path, database: str, code: str
) -> None:
    store = RelayStore(tmp_path, database)
    fails(database, code, 3)
    store.keep("a", "one", b"")
    assert ids(store) == [(1, "one")]
    store.close()


def test_one_that_is_given_up_again_and_again_is_not_kept(tmp_path: Path, database: str) -> None:
    store = RelayStore(tmp_path, database)
    fails(database, "40001", 99)
    with pytest.raises(NotKept):
        store.keep("a", "one", b"")
    store.close()


@pytest.mark.parametrize(("code", "error"), [("53100", RelayFull), ("42501", NotKept), ("22000", NotKept)])
def test_what_the_database_refuses_is_not_kept(
    tmp_path: Path, database: str, code: str, error: type[NotKept]
) -> None:
    store = RelayStore(tmp_path, database)
    fails(database, code, 99)
    with pytest.raises(error) as refused:
        store.keep("a", "one", b"")
    assert type(refused.value) is error
    assert ids(store) == []
    store.close()


def test_connections_that_died_are_made_anew(tmp_path: Path, database: str) -> None:
    store = RelayStore(tmp_path, database)
    store.keep("a", "one", b"")
    for act in (lambda: store.keep("a", "two", b""), lambda: ids(store)):
        with psycopg.connect(database, autocommit=True, application_name="other") as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name <> 'other' AND query LIKE '%blob%' AND datname = current_database()"
            )
        act()
    assert ids(store) == [(1, "one"), (2, "two")]
    store.close()


def test_a_database_that_is_not_there_is_a_sentence_without_its_address(tmp_path: Path) -> None:
    with pytest.raises(DatabaseNotReached) as refused:
        RelayStore(tmp_path, f"host={tmp_path} user=somebody password=secret")
    assert "secret" not in refused.value.told()


def test_a_database_that_went_away_is_not_reached_and_keeps_nothing(tmp_path: Path, database: str) -> None:
    store = RelayStore(tmp_path, database)
    store.close()
    store.tables._address = f"host={tmp_path}"  # type: ignore[attr-defined]
    with pytest.raises(NotKept):
        store.keep("a", "one", b"")
    with pytest.raises(DatabaseNotReached):
        ids(store)


def test_tables_that_are_not_ours_are_damaged(tmp_path: Path, database: str) -> None:
    store = RelayStore(tmp_path, database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP TABLE blob")
    with pytest.raises(RelayStoreDamaged):
        ids(store)
    store.close()


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "psycopg", None)
    with pytest.raises(PostgresMissing):
        RelayStore(tmp_path, "postgresql://nowhere")
