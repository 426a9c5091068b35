"""The way with script, as the relay sees it: bytes of a few sizes come in, bytes of one size go out."""

import gzip
import re
from pathlib import Path

import pytest
from relay_office import (
    CHANNEL_SEED,
    INTAKE_SEED,
    NIGHT,
    ROUNDS,
    Office,
    code_on,
    post_over,
    press,
    reply_keys,
    write,
)
from relay_running import keys_of, seed_of
from starlette.testclient import TestClient

from kunak.data.words import word_list
from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import SLOT_BYTES, SLOTS, MailboxKeys, open_slots
from kunak.exchange.post import Post
from kunak.exchange.relay import build_app
from kunak.exchange.relay.screens import SCREENS
from kunak.exchange.relay.store import INTAKE
from kunak.exchange.report import MOST_SEALED, seal_in_browser, write_report
from kunak.language import SPOKEN
from kunak.vault import curves, seal

PUBLIC = curves.intake_public_bytes(INTAKE_SEED)
BYTES = {"content-type": "application/octet-stream"}
CODE = ReturnCode(7)
KEYS = MailboxKeys.of(CODE, ROUNDS)
SCRIPT = Path(__file__).parents[2] / "src/kunak/exchange/relay/static/kunak.js"


def sealed(
    kind: str = "request", *, keys: MailboxKeys = KEYS, suite: bytes = b"\x02", **more: object
) -> bytes:
    """What a browser sends: the id, and the sealed report."""
    report = write_report(kind, keys, at=NIGHT, language="en", **more)  # type: ignore[arg-type]
    return bytes.fromhex(report.id) + seal_in_browser(report, keys, PUBLIC, suite)


def send(relay: Office, body: bytes, path: str = "/j", **headers: str):
    return relay.browser.post(path, content=body, headers={**BYTES, **headers})


def fetch(relay: Office, keys: MailboxKeys = KEYS, verb: int = 0) -> list[bytes]:
    answer = send(relay, bytes((verb,)) + keys.token + keys.sign_public, "/k")
    assert answer.status_code == 200
    body = answer.content
    assert len(body) == SLOTS * SLOT_BYTES
    return [body[at : at + SLOT_BYTES] for at in range(0, len(body), SLOT_BYTES)]


@pytest.mark.parametrize("suite", curves.SUITES)
def test_what_a_browser_sealed_reaches_the_office_and_is_said_to_be_sealed(relay: Office, suite: bytes):
    answer = send(relay, sealed(answers={"safe_now": ("yes",)}, suite=suite))
    assert (answer.status_code, answer.content) == (200, b"")
    (report,) = relay.post.collect().reports
    assert (report.via, report.channel, report.answers) == ("sealed", "web", {"safe_now": ("yes",)})
    assert report.received_at.isoformat() == "2026-03-05T23:45:00+00:00"


def test_sent_twice_is_kept_once(relay: Office):
    again = sealed(text="x"), sealed(text="x"), sealed(text="x", suite=curves.BY_P256)
    assert {send(relay, body).status_code for body in again} == {200}
    assert len(relay.store.after(INTAKE, 0, 9)) == 1


def test_what_is_kept_of_both_ways_looks_alike(relay: Office):
    write(relay.browser, text="short")
    for suite in curves.SUITES:
        send(relay, sealed(keys=MailboxKeys.of(ReturnCode(ord(suite)), ROUNDS), suite=suite))
    letters = relay.store.after(INTAKE, 0, 9)
    assert len({len(letter.sealed) for letter in letters}) == 1
    assert {len(letter.id) for letter in letters} == {32}
    assert {letter.sealed[:1] for letter in letters} == {seal.SUITE}


def test_the_office_has_the_relay_forget_by_the_relays_own_names(relay: Office):
    report = write_report("request", KEYS, at=NIGHT, language="en")
    send(relay, b"another name 123" + seal_in_browser(report, KEYS, PUBLIC))
    collected = relay.post.collect()
    assert collected.letters == (b"another name 123".hex(),)
    relay.post.forget(collected.letters)
    assert relay.store.after(INTAKE, 0, 9) == []


def odd_bodies() -> dict[str, tuple[bytes, dict[str, str]]]:
    good = sealed()
    return {
        "nothing": (b"", {}),
        "an id alone": (good[:16], {}),
        "a byte less": (good[:-1], {}),
        "a byte more": (good + b"\0", {}),
        "X-Wing": (good[:16] + seal.SUITE + good[17:], {}),
        "another suite": (good[:16] + b"\x07" + good[17:], {}),
        "as a form": (good, {"content-type": "application/x-www-form-urlencoded"}),
        "as text": (good, {"content-type": "text/plain"}),
        "from another page": (good, {"sec-fetch-site": "cross-site"}),
    }


@pytest.mark.parametrize("case", odd_bodies())
def test_what_no_page_of_ours_sends_finds_nothing(relay: Office, case: str):
    body, headers = odd_bodies()[case]
    answer, usual = send(relay, body, **headers), relay.browser.get("/there-is-no-such-page")
    assert (answer.status_code, answer.content) == (404, usual.content)
    assert relay.store.after(INTAKE, 0, 9) == []


@pytest.mark.parametrize("path", ["/j", "/k"])
def test_more_than_a_report_is_refused_early(relay: Office, path: str):
    assert send(relay, b"x" * (16 + MOST_SEALED + 1), path).status_code == 413


@pytest.mark.parametrize(
    "body",
    [b"", b"\0" * 97, b"\x02" + KEYS.token + KEYS.sign_public, b"\xff" * 98],
    ids=["nothing", "short", "another verb", "noise"],
)
def test_an_odd_question_for_a_mailbox_finds_nothing(relay: Office, body: bytes):
    assert send(relay, body, "/k").status_code == 404


def test_junk_of_the_right_size_is_named_and_hides_nothing(relay: Office):
    send(relay, b"i" * 16 + curves.BY_X25519 + bytes(32 + 4096 + 16))
    send(relay, sealed(text="real"))
    collected = relay.post.collect()
    assert [report.text for report in collected.reports] == ["real"]
    assert collected.damaged == ((b"i" * 16).hex(),)


def test_the_one_way_reads_what_the_other_began(relay: Office):
    code = code_on(write(relay.browser, text="without script"))
    (report,) = relay.post.collect().reports
    relay.post.deliver(**reply_keys(report), text="read on any phone", at=NIGHT, id="r1")
    keys = MailboxKeys.of(code, ROUNDS)
    assert [reply.text for reply in open_slots(fetch(relay, keys), keys)] == ["read on any phone"]
    send(relay, sealed("message", keys=keys, text="with script"))
    assert [report.mailbox for report in relay.post.collect().reports] == [report.mailbox] * 2
    page = relay.browser.post("/c", data={"code": code.digits()})
    assert "read on any phone" in page.text


def test_wrong_new_and_empty_mailboxes_answer_alike_and_twice_the_same(relay: Office):
    send(relay, sealed())
    for keys in (KEYS, MailboxKeys.of(ReturnCode(99), ROUNDS)):
        slots = fetch(relay, keys)
        assert open_slots(slots, keys) == []
        assert slots == fetch(relay, keys)


def test_no_one_reads_or_empties_a_mailbox_without_its_token(relay: Office):
    send(relay, sealed())
    (report,) = relay.post.collect().reports
    relay.post.deliver(**reply_keys(report), text="still here", at=NIGHT, id="r1")
    for token in (report.token_hash, bytes(32)):  # the office knows the hash, and that opens nothing
        body = token + report.sign_key
        for verb in (b"\0", b"\1"):
            assert open_slots([send(relay, verb + body, "/k").content[:SLOT_BYTES]], KEYS) == []
    assert [reply.text for reply in open_slots(fetch(relay), KEYS)] == ["still here"]


def test_who_has_the_token_empties_the_mailbox(relay: Office):
    send(relay, sealed())
    (report,) = relay.post.collect().reports
    relay.post.deliver(**reply_keys(report), text="soon gone", at=NIGHT, id="r1")
    assert open_slots(fetch(relay, verb=1), KEYS) == []
    assert relay.store.after(f"m:{report.mailbox}", 0, 9) == []
    assert fetch(relay, verb=1) == fetch(relay)


def test_all_tries_are_slowed_alike(relay: Office):
    for keys in (KEYS, MailboxKeys.of(ReturnCode(99), ROUNDS)):
        relay.waits.clear()
        for _ in range(7):
            fetch(relay, keys)
        assert relay.waits == [0.5, 1.0]


def test_on_a_full_disk_the_browser_hears_that_nothing_was_kept(relay: Office):
    write(relay.browser)
    ((pages,),) = relay.store._sql.execute("PRAGMA page_count").fetchall()
    relay.store._sql.execute(f"PRAGMA max_page_count = {pages}")
    assert send(relay, sealed(text="я" * 2000)).status_code == 503
    relay.store._sql.execute("PRAGMA max_page_count = 1000000")
    assert send(relay, sealed(text="я" * 2000)).status_code == 200


# What the script is given


@pytest.mark.parametrize("language", SPOKEN)
def test_the_parts_are_all_there_and_say_which_way_this_is(relay: Office, language: str):
    page = relay.browser.get("/j", params={"l": language})
    ids = re.findall(r'<section id="([\w-]+)">', page.text)
    screens = [f"screen-{n}" for n in range(len(SCREENS))]
    assert ids == [*screens, "sent", "code", "thread", "stop", "delete", "attaching"]
    assert f'data-x25519="{PUBLIC[1216:1248].hex()}" data-p256="{PUBLIC[1248:].hex()}"' in page.text
    assert f'<html lang="{language}"' in page.text
    for name in ("sent", "line", "not-kept", "ContactUnfinished", "code-word-not-known", "opening"):
        assert f'<p id="say-{name}">' in page.text
    assert "{number}" in page.text


def test_each_way_says_what_it_is(relay: Office):
    parts = relay.browser.get("/j?l=en").text
    assert parts.count("What you write is sealed on your phone when you press Send") == 2
    assert "What you wrote was sealed on your phone before it was sent." in parts
    assert "This page works without script" not in parts
    page = press(relay.browser, relay.browser.get("/w"), "next", safe_now="yes")
    for _ in range(4):
        page = press(relay.browser, page, "skip")
    assert "our computer sees what you wrote for a moment" in page.text
    assert "sealed on your phone" not in page.text


def test_each_sentence_that_the_second_script_says_is_there(relay: Office):
    script = SCRIPT.with_name("a.js").read_text(encoding="utf-8")
    said = set(re.findall(r"'(attach(?:ment)?-[a-z-]+)'", script))
    page = relay.browser.get("/j?l=en").text
    assert len(said) == 12
    assert {name for name in said if f'<p id="say-{name}">' not in page} == set()
    assert "larger than 25 MB" in page
    assert page.count('id="attach"') == 2  # where the first words are written, and in the thread
    for plain in ("/", "/w", "/c"):
        assert "attach" not in relay.browser.get(plain).text


def test_the_parts_name_the_waiting_time_of_each_level(relay: Office):
    assert relay.browser.get("/j?l=en").text.count("data-level=") == 4


def test_an_office_with_an_older_key_offers_only_the_way_without_script(tmp_path: Path):
    app = build_app(
        tmp_path,
        intake_public=seal.x_wing_public_bytes(INTAKE_SEED),
        channel_public=seal.ed25519_public_bytes(CHANNEL_SEED),
        rounds=ROUNDS,
        now=lambda: NIGHT,
    )
    browser = TestClient(app)
    assert 'data-x25519="" data-p256=""' in browser.get("/j").text
    write(browser, text="as before")
    assert post_over(TestClient(app)).collect().reports[0].answers["text"] == ("as before",)


@pytest.mark.parametrize(("path", "kind"), [("/k.js", "text/javascript"), ("/a.js", "text/javascript"),
                                            ("/ru.txt", "text/plain"), ("/en.txt", "text/plain"),
                                            ("/j", "text/html")])  # fmt: skip
def test_what_is_the_same_for_all_is_packed_for_who_can_unpack_it(relay: Office, path: str, kind: str):
    plain = relay.browser.get(path, headers={"accept-encoding": "identity"})
    assert plain.headers["content-type"] == f"{kind}; charset=utf-8"
    assert "content-encoding" not in plain.headers
    with relay.browser.stream("GET", path, headers={"accept-encoding": "br;q=1, gzip;q=0.9"}) as packed:
        raw = b"".join(packed.iter_raw())
        assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 2 or path == "/en.txt"
    for answer in (plain, packed):
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers


def test_the_lists_are_those_that_codes_are_read_by(relay: Office):
    for language in ("en", "ru"):
        lines = relay.browser.get(f"/{language}.txt").text.split("\n")
        assert [line for line in lines if line and line[0] != "#"] == list(word_list(language))


@pytest.mark.parametrize(("path", "name", "most"), [("/k.js", "kunak.js", 30), ("/a.js", "a.js", 12)])
def test_each_script_is_one_readable_file_that_old_browsers_can_read(
    relay: Office, path: str, name: str, most: int
):
    script = SCRIPT.with_name(name).read_text(encoding="utf-8")
    assert relay.browser.get(path).text == script
    assert len(script.encode()) <= most * 1024
    assert max(map(len, script.split("\n"))) <= 120
    bare = re.sub(r"//.*|/\*.*?\*/|'(?:\\.|[^'\\])*'|/(?:\\.|[^/\n])+/[gu]*", "", script, flags=re.S)
    for newer in (
        r"\?\.",
        r"\?\?",
        r"\b\d+n\b",
        r"\bimport\b",
        r"\beval\b",
        r"\{\s*\.\.\.",
        r"catch \{",
        r"\*\*",
    ):
        assert re.findall(newer, bare) == [], newer
    for store in (
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "cookie",
        "caches",
        "pushState",
        "serviceWorker",
    ):
        assert store not in bare
    assert re.findall(r"https?:", script) == []


def test_each_office_of_a_relay_has_its_own_script_keys_and_mailboxes(tmp_path: Path):
    app = build_app(tmp_path, offices=[keys_of(n) for n in range(2)], rounds=ROUNDS, now=lambda: NIGHT)
    browser, base = TestClient(app), f"/{keys_of(1).rid}"
    assert f'<script src="{base}/k.js" defer></script>' in browser.get(f"{base}/").text
    assert browser.get(f"{base}/k.js").text == SCRIPT.read_text(encoding="utf-8")
    theirs = keys_of(1).keys.intake
    assert theirs[1248:].hex() in browser.get(f"{base}/j").text
    report = write_report("request", KEYS, at=NIGHT, language="en")
    body = bytes.fromhex(report.id) + seal_in_browser(report, KEYS, theirs)
    assert browser.post(f"{base}/j", content=body, headers=BYTES).status_code == 200
    for number, found in ((0, 0), (1, 1)):
        post = Post("", intake_seed=bytes((number,)) + INTAKE_SEED[1:], channel_seed=seed_of(number),
                    rid=keys_of(number).rid, client=TestClient(app), now=NIGHT.timestamp)  # fmt: skip
        assert len(post.collect().reports) == found
