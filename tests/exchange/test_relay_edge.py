"""The relay's edge: what is not there looks the same, what is too much is refused, what fails is said."""

import sqlite3

import pytest
from relay_office import CHANNEL_SEED, NIGHT, Office, code_on, office, post_over, press, reply_keys, write
from starlette.testclient import TestClient

from kunak.exchange import ReturnCode, channel
from kunak.exchange.mailbox import SLOT_BYTES
from kunak.exchange.post import Post, RelayAnswerDamaged, RelayNotOurs, RelayUnreachable
from kunak.exchange.relay.store import INTAKE, NotKept, RelayStore, RelayStoreDamaged
from kunak.exchange.relay.waiting import RelayBusy
from kunak.exchange.relay.wire import MOST_FORM


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("GET", "/w/"),
        ("GET", "/w//c"),
        ("GET", "/%00"),
        ("GET", "/../etc/passwd"),
        ("GET", "/favicon.ico"),
        ("GET", "/o"),
        ("POST", "/o"),
        ("POST", "/"),
        ("PUT", "/w"),
        ("DELETE", "/c"),
        ("OPTIONS", "/"),
        ("TRACE", "/"),
        ("GET", "/m"),
        ("GET", "/s"),
        ("BREW", "/c"),
    ],
)
def test_whatever_is_not_there_looks_the_same(relay: Office, method: str, path: str):
    usual = relay.browser.get("/there-is-no-such-page")
    odd = relay.browser.request(method, path)
    assert (odd.status_code, odd.content) == (404, usual.content)
    assert sorted(odd.headers.items()) == sorted(usual.headers.items())


def question(verb: str, **parts: object) -> channel.Question:
    return channel.fresh(NIGHT.timestamp(), verb)._replace(**parts)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"\x93",
        channel.ask(question("collect"), bytes(32)),
        channel.ask(question("list everything"), CHANNEL_SEED),
        channel.ask(
            question("deliver", ids=("x",), mailbox="intake", sealed=bytes(SLOT_BYTES)), CHANNEL_SEED
        ),
        channel.ask(question("deliver", ids=("x",), mailbox="0" * 32, sealed=b"short"), CHANNEL_SEED),
        channel.ask(question("deliver", ids=(), mailbox="0" * 32, sealed=bytes(SLOT_BYTES)), CHANNEL_SEED),
        channel.ask(channel.fresh(NIGHT.timestamp() - 3600, "collect"), CHANNEL_SEED),
        channel.ask(question("collect"), CHANNEL_SEED)[:-1],
        b"x" * (channel.MOST_BYTES + 1),
    ],
)
def test_only_the_offices_own_fresh_questions_are_answered(relay: Office, body: bytes):
    usual = relay.browser.get("/there-is-no-such-page")
    answer = relay.browser.post("/o", content=body)
    assert (answer.status_code, answer.content) == (404, usual.content)


def test_a_question_that_was_heard_is_not_answered_again(relay: Office):
    asked = channel.ask(question("collect"), CHANNEL_SEED)
    assert relay.browser.post("/o", content=asked).status_code == 200
    assert relay.browser.post("/o", content=asked).status_code == 404


def test_another_office_and_a_wrong_clock_are_told_that_the_relay_does_not_know_them(relay: Office):
    for post in (post_over(relay.browser, channel_seed=bytes(32)), post_over(relay.browser, late=3600)):
        with pytest.raises(RelayNotOurs, match="does not know this office"):
            post.collect()


def test_an_office_a_few_minutes_off_is_still_known(relay: Office):
    assert post_over(relay.browser, late=-400).collect().reports == ()


def test_the_office_collects_all_in_order_and_only_what_is_new(relay: Office):
    codes = [code_on(write(relay.browser, text=f"text {n}")) for n in range(3)]
    collected = relay.post.collect()
    assert [report.answers["text"] for report in collected.reports] == [("text 0",), ("text 1",), ("text 2",)]
    assert relay.post.collect(collected.cursor).reports == ()
    write(relay.browser, text="text 3")
    assert len(relay.post.collect(collected.cursor).reports) == 1
    assert len(set(codes)) == 3


def test_more_than_one_page_of_letters_is_collected_whole(relay: Office):
    write(relay.browser)
    (letter,) = relay.store.after(INTAKE, 0, 9)
    for number in range(channel.PAGE * 2 + 5):
        relay.store.keep(INTAKE, f"copy {number}", letter.sealed)
    collected = relay.post.collect()
    assert len(collected.reports) == 1  # the same report, however often it lies there
    assert collected.cursor == channel.PAGE * 2 + 6


def test_what_the_office_has_is_forgotten_and_its_place_is_not_given_again(relay: Office):
    write(relay.browser, text="first")
    first = relay.post.collect()
    relay.post.forget(report.id for report in first.reports)
    relay.post.forget(["never there"])
    assert relay.store.after(INTAKE, 0, 9) == []
    write(relay.browser, text="second")
    assert [r.answers["text"] for r in relay.post.collect(first.cursor).reports] == [("second",)]


def test_letters_that_do_not_open_are_named_and_do_not_hide_the_others(relay: Office):
    relay.store.keep(INTAKE, "broken", b"\x01" * 5000)
    write(relay.browser)
    collected = relay.post.collect()
    assert (collected.damaged, len(collected.reports), collected.cursor) == (("broken",), 1, 2)


def test_a_form_that_is_too_large_is_refused_before_it_is_read(relay: Office):
    answer = relay.browser.post("/w", data={"text": "x" * MOST_FORM})
    assert answer.status_code == 413
    assert "Nothing was kept" in answer.text

    def unannounced():
        for _ in range(2 * MOST_FORM // 1000):
            yield b"text=" + b"x" * 1000

    answer = relay.browser.post(
        "/w", content=unannounced(), headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        (
            {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "cross-site"},
            b"s=0&safe_now=yes",
        ),
        ({"content-type": "text/plain"}, b"s=0&safe_now=yes"),
        ({"content-type": "application/x-www-form-urlencoded"}, b"text=%ff%fe"),
        ({"content-type": "application/x-www-form-urlencoded"}, "text=ж".encode()),
        ({"content-type": "application/x-www-form-urlencoded"}, b"&".join(b"a=1" for _ in range(200))),
        ({}, b"s=0"),
    ],
)
def test_a_form_that_no_page_of_ours_sends_finds_nothing(
    relay: Office, headers: dict[str, str], content: bytes
):
    assert relay.browser.post("/w", content=content, headers=headers).status_code == 404


def full(store: RelayStore) -> None:
    """Let the store's file grow no further, as on a full disk."""
    with sqlite3.connect(store.path) as other:
        (pages,) = other.execute("PRAGMA page_count").fetchone()
    store._sql.execute(f"PRAGMA max_page_count = {pages}")


def test_on_a_full_disk_the_person_hears_that_it_did_not_arrive(relay: Office):
    code = code_on(write(relay.browser))
    full(relay.store)
    page = relay.browser.get("/w")
    for answer in ("next", "skip", "skip", "skip", "skip"):
        page = press(relay.browser, page, answer, **({"safe_now": "yes"} if answer == "next" else {}))
    sent = press(relay.browser, page, "send", text="x" * 2000)
    assert sent.status_code == 503
    assert "It did not arrive, and nothing was kept." in sent.text
    assert "Please try again in a few minutes." in sent.text
    assert 'class="c"' not in sent.text
    with pytest.raises(RelayUnreachable):
        report = relay.post.collect().reports[0]
        relay.post.deliver(**reply_keys(report), text="x", at=NIGHT, id="1")
    assert len(relay.post.collect().reports) == 1
    relay.store._sql.execute("PRAGMA max_page_count = 1000000")
    assert code_on(press(relay.browser, page, "send", text="x" * 2000)) != code
    assert len(relay.post.collect().reports) == 2


def test_a_store_that_is_none_is_said_to_be_damaged(tmp_path):
    (tmp_path / "relay").mkdir()
    (tmp_path / "relay" / "relay.db").write_bytes(b"this is not a database at all" * 400)
    with pytest.raises(RelayStoreDamaged, match="cannot be read"):
        RelayStore(tmp_path / "relay")


def test_a_store_that_fails_while_reading_gives_a_sentence(relay: Office):
    relay.store._sql.execute("DROP TABLE blob")
    page = relay.browser.post("/c", data={"code": ReturnCode(4).digits()})
    assert page.status_code == 503
    assert "Something went wrong here" in page.text


def test_the_store_keeps_each_id_once_and_what_it_kept_survives(tmp_path):
    store = RelayStore(tmp_path)
    for _ in range(3):
        store.keep("a", "one", b"sealed")
    store.keep("a", "two", b"sealed too")
    store.close()
    again = RelayStore(tmp_path)
    assert [(letter.cursor, letter.id) for letter in again.after("a", 0, 9)] == [(1, "one"), (2, "two")]
    assert again.filler_key == store.filler_key
    again.forget_stream("a")
    assert again.after("a", 0, 9) == []
    again.close()
    with pytest.raises(NotKept):
        again.keep("a", "three", b"")


def test_too_many_at_once_are_told_to_wait(tmp_path, monkeypatch):
    relay = office(tmp_path / "relay")
    monkeypatch.setattr("kunak.exchange.relay.waiting.LONGEST_S", -1.0)
    answer = relay.browser.post("/c", data={"code": ReturnCode(4).digits()})
    assert answer.status_code == RelayBusy.status == 429
    assert "Too many people are writing at this moment" in answer.text


def test_a_relay_that_is_not_there_is_unreachable():
    with (
        Post("http://127.0.0.1:9", intake_seed=bytes(32), channel_seed=CHANNEL_SEED) as post,
        pytest.raises(RelayUnreachable, match="does not answer"),
    ):
        post.collect()


@pytest.mark.parametrize(
    ("status", "error"), [(500, RelayUnreachable), (302, RelayUnreachable), (200, RelayAnswerDamaged)]
)
def test_a_relay_that_answers_oddly_is_not_believed(status: int, error: type[Exception]):
    async def odd(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"\xc1 nonsense"})

    with pytest.raises(error):
        post_over(TestClient(odd, follow_redirects=False)).collect()


def test_an_error_that_nobody_foresaw_is_a_sentence_and_is_logged_without_words(
    relay: Office, monkeypatch, caplog
):
    def broken(*_: object) -> str:
        raise ZeroDivisionError("with somebody's words")

    monkeypatch.setattr("kunak.exchange.relay.pages.Pages.make", broken)
    answer = relay.browser.get("/")
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text
    assert caplog.messages == ["ZeroDivisionError"]


def test_the_answer_of_an_unsigned_question_is_never_kept(relay: Office):
    signed = channel.ask(question("collect"), CHANNEL_SEED)
    unsigned = replace_signature(signed)
    assert relay.browser.post("/o", content=unsigned).status_code == 404
    assert relay.browser.post("/o", content=signed).status_code == 200


def replace_signature(asked: bytes) -> bytes:
    place = asked.index(b"\x40") + 5
    return asked[:place] + bytes([asked[place] ^ 1]) + asked[place + 1 :]
