"""The script of the public page in a real browser, at a relay that really runs."""

import contextlib
import json
import random
import re
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import PATIENCE_MS
from counting import Line
from memory import image
from playwright.sync_api import Browser, Page, Request, Route, expect
from relay_alone import INTAKE_SEED, Relay, relay_alone

from kunak.errors import KunakError
from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import MailboxKeys
from kunak.exchange.report import keep_sealed, open_report
from kunak.intake.form import parse
from kunak.vault import curves, seal

pytestmark = pytest.mark.browser

FROZEN = json.loads((Path(__file__).parents[1] / "vectors" / "threads-v1.json").read_text(encoding="utf-8"))
TEXT = "canary-text-4417: they talk about Friday. <b>ж</b>"
REPLY = "canary-reply-9034. We have read it. <i>"
WEATHER = re.compile("bbc|gismeteo")
NO_X25519 = """
for (const name of ['generateKey', 'importKey', 'deriveBits']) {
  const real = SubtleCrypto.prototype[name];
  SubtleCrypto.prototype[name] = function (...given) {
    if (JSON.stringify(given.map(one => one && (one.name || one))).includes('X25519')) {
      return Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'));
    }
    return real.apply(this, given);
  };
}
"""


@contextmanager
def phone(chromium: Browser, *, script: bool = True, before: str = "", **more: Any) -> Iterator[Page]:
    """Somebody's browser, fresh; its page fails the test if its console complains."""
    context = chromium.new_context(java_script_enabled=script, viewport={"width": 360, "height": 640}, **more)
    context.route(
        WEATHER, lambda route: route.fulfill(body="<title>Weather</title>", content_type="text/html")
    )
    if before:
        context.add_init_script(before)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert [one for one in complaints if "Failed to load resource" not in one] == []


def begin(page: Page, address: str, language: str = "en") -> None:
    """From the first page to the first question."""
    page.goto(f"{address}/?l={language}")
    page.locator("main a.go").first.click()
    page.locator("button[name=safe_now]").first.wait_for()


def skip_to_the_end(page: Page) -> None:
    page.get_by_role("button", name="Yes", exact=True).click()
    for _ in range(4):
        page.get_by_role("button", name="Skip").click()
    page.locator("textarea").wait_for()


def leave(page: Page, how: str) -> None:
    """By the link, or by Shift three times."""
    if how == "the link":
        page.locator("a.leave").click()
    else:
        for _ in range(3):
            page.keyboard.press("Shift")
    page.wait_for_url(WEATHER)


def code_on(page: Page) -> ReturnCode:
    page.locator("#digits").wait_for()
    digits = ReturnCode.read(page.locator("#digits").inner_text())
    assert ReturnCode.read(page.locator("#words").inner_text()) == digits
    return digits


def sent(page: Page, address: str, text: str = TEXT) -> ReturnCode:
    """A short request; returns its code."""
    begin(page, address)
    skip_to_the_end(page)
    page.locator("textarea").fill(text)
    page.get_by_role("button", name="Send").click()
    return code_on(page)


def come_back(page: Page, address: str, typed: str, language: str = "en") -> None:
    page.goto(f"{address}/?l={language}")
    page.locator("main a[href^='/c']").click()
    page.locator("#code").fill(typed)
    page.locator("main form button.go").click()


def open_thread(page: Page, address: str, typed: str, language: str = "en") -> None:
    come_back(page, address, typed, language)
    page.locator("textarea").wait_for()


# The frozen vectors


@pytest.fixture(scope="module")
def bench(lasting: Relay, chromium: Browser) -> Iterator[Page]:
    """A page with the script, to call its functions."""
    with phone(chromium) as page:
        page.goto(lasting.address)
        yield page


@pytest.mark.parametrize("vector", FROZEN["codes"], ids=lambda v: v["value"])
def test_a_code_gives_the_same_keys_in_the_browser(bench: Page, vector: dict[str, str]) -> None:
    made = bench.evaluate(
        """async value => {
          const keys = await keysOf(unhex(value)), hexed = {};
          for (const name in keys) hexed[name] = typeof keys[name] === 'string' ? keys[name] : hex(keys[name]);
          return hexed;
        }""",
        vector["value"],
    )
    names = {"token_hash": "tokenHash", "reply_public": "replyPublic", "sign_public": "signPublic"}
    same = ("token", "secret", "reply", "sign", "mailbox", *names)
    assert {name: made[names.get(name, name)] for name in same} == {name: vector[name] for name in same}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_browser_spells_codes_as_they_are_spelled(bench: Page, language: str) -> None:
    for vector in FROZEN["codes"]:
        made = bench.evaluate(
            """async ([value, language]) => {
              const code = unhex(value);
              return [wordsOf(code, await listOf(language)).join(' '), digitsOf(code)];
            }""",
            [vector["value"], language],
        )
        assert made == [vector[language], vector["digits"]]


def test_the_browser_reads_what_was_typed_as_the_office_does(bench: Page) -> None:
    read = bench.evaluate(
        """async all => {
          const read = [];
          for (const typed of all) {
            read.push(await readCode(typed).then(
              code => ({ typed, value: hex(code) }),
              error => ({ typed, refused: error.sentence, number: error.number || null })));
          }
          return read;
        }""",
        [vector["typed"] for vector in FROZEN["reading"]],
    )
    assert read == FROZEN["reading"]


def read_here(typed: str) -> Any:
    try:
        return ReturnCode.read(typed).secret.hex()
    except KunakError as error:
        return [error.code, error.facts.get("number")]


def test_the_browser_forgives_what_the_office_forgives_and_no_more(bench: Page) -> None:
    chance, typed = random.Random(5), []
    for _ in range(400):
        code = ReturnCode(chance.getrandbits(72))
        words = list(code.words(chance.choice(["en", "ru"])))
        for _ in range(chance.choice([1, 1, 2])):
            at = chance.randrange(6)
            words[at] = slipped(words[at], chance)
        typed.append(chance.choice([" ", "-", ""]).join(words))
    read = bench.evaluate(
        """async all => {
          const read = [];
          for (const typed of all) {
            read.push(await readCode(typed).then(hex, error => [error.sentence, error.number || null]));
          }
          return read;
        }""",
        typed,
    )
    assert {one: got for one, got in zip(typed, read, strict=True) if got != read_here(one)} == {}
    assert 100 < sum(isinstance(got, str) for got in read) < 350


def slipped(word: str, chance: random.Random) -> str:
    """A word with a letter wrong, missing, added, or two swapped."""
    at = chance.randrange(len(word) - 1)
    letter = chance.choice("aeiourtlnі" if word.isascii() else "аеёиоутрнкі")
    middle = chance.choice([letter, "", word[at] + letter, word[at + 1] + word[at]])
    return word[:at] + middle + word[at + (2 if middle == word[at + 1] + word[at] else 1) :]


def test_the_browser_reads_replies_and_passes_over_the_rest(bench: Page) -> None:
    vector = FROZEN["replies"]
    filler = FROZEN["replies"]["slots"][1]
    slots = [*vector["slots"], *[filler] * 5]
    found = bench.evaluate(
        "async ([code, slots]) => openSlots(await keysOf(unhex(code)), unhex(slots))",
        [vector["code"], "".join(slots)],
    )
    assert [(reply["id"], reply["text"]) for reply in found] == [(vector["id"], vector["text"])]


def test_the_browser_opens_what_was_sealed_by_p_256_and_checks_what_was_signed(bench: Page) -> None:
    reports, signatures = FROZEN["reports"], FROZEN["signatures"]
    body = bench.evaluate(
        """async ([scalar, sealed]) => {
          const point = publicOf(unhex(scalar));
          const own = await privateKey(unhex(scalar), point, 'ECDH', 'deriveBits');
          return hex(unpadded(await openWith(own, point, context('report'), unhex(sealed))));
        }""",
        [reports["intake_privates"][1], reports["sealed"][1]],
    )
    assert json.loads(bytes.fromhex(body)[64:])["fields"]["id"] == reports["id"]
    right = bench.evaluate(
        """async ([code, message, signature]) => {
          const { signPublic } = await keysOf(unhex(code)), curve = { name: 'ECDSA', namedCurve: 'P-256' };
          const key = await subtle.importKey('raw', signPublic, curve, false, ['verify']);
          return subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, unhex(signature), unhex(message));
        }""",
        [signatures["code"], signatures["message"], signatures["signature"]],
    )
    assert right is True


def test_the_browser_pads_and_unpads_alike(bench: Page) -> None:
    for vector in FROZEN["padding"]:
        made = bench.evaluate(
            "([plain, sizes]) => [hex(padded(unhex(plain), sizes)), hex(unpadded(padded(unhex(plain), sizes)))]",
            [vector["plain"], vector["sizes"]],
        )
        assert made == [vector["padded"], vector["plain"]]
    for wrong in FROZEN["not_padded"][:3]:
        refused = "wrong => { try { unpadded(unhex(wrong)); return false; } catch (error) { return true; } }"
        assert bench.evaluate(refused, wrong)


@pytest.mark.parametrize("suite", [2, 3])
def test_what_the_browser_seals_the_office_opens(bench: Page, suite: int) -> None:
    vector = FROZEN["reports"]
    public = bytes.fromhex(vector["intake_public"])
    part = curves.intake_part(public, bytes((suite,)))
    sealed = bench.evaluate(
        """async ([code, suite, part]) => {
          const keys = await keysOf(unhex(code));
          const said = { kind: 'message', language: 'ru', text: 'Привет\\n"<&>"' };
          const made = await report(keys, said, 'once');
          return [made.id, hex(await sealTo(suite, unhex(part), context('report'), made.plain))];
        }""",
        [vector["code"], suite, part.hex()],
    )
    from_browser = bytes.fromhex(sealed[1])
    assert from_browser[0] == suite
    at = datetime(2031, 5, 5, tzinfo=UTC)
    report = open_report(keep_sealed(from_browser, at, public), bytes.fromhex(vector["intake_seed"]))
    assert (report.id, report.text, report.language) == (sealed[0], 'Привет\n"<&>"', "ru")
    assert report.mailbox == MailboxKeys.of(ReturnCode(int(vector["code"], 16))).mailbox


# The first questions


def test_from_the_first_question_to_the_reply_on_another_phone(relay: Relay, chromium: Browser) -> None:
    went: list[Request] = []
    with phone(chromium) as page:
        page.on("request", lambda request: went.append(request))
        begin(page, relay.address)
        page.get_by_role("button", name="Not sure").click()
        expect(page.locator("main")).to_contain_text("If it is not safe now, leave this page.")
        page.get_by_role("button", name="Within days").click()
        page.locator("input[name=who][value=me]").check()
        page.locator("select[name=region]").select_option("dagestan")
        page.get_by_role("button", name="Next").click()
        page.locator("input[name=needs][value=leave]").check()
        page.locator("input[name=needs][value=papers]").check()
        page.get_by_role("button", name="Next").click()
        page.locator("input[name=answer_how][value=contact_me]").check()
        page.locator("select[name=language]").select_option("ru")
        page.get_by_role("button", name="Next").click()
        expect(page.locator("#utc_offset_minutes")).to_have_count(0)  # the region tells it
        page.locator("select[name=contact_channel]").select_option("email")
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_role("alert")).to_contain_text("Something is missing here")
        page.locator("[name=contact_address]").fill("canary-address-8831@example.org")
        page.locator("select[name=contact_from]").select_option("13")
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_role("alert")).to_contain_text("one end of the hours")
        page.locator("select[name=contact_to]").select_option("15")
        page.locator("input[name=contact_days][value=thu]").check()
        page.get_by_role("button", name="Next").click()
        page.locator("textarea").fill(TEXT)
        expect(page.locator("main")).to_contain_text("sealed on your phone when you press Send")
        page.get_by_role("button", name="Send").click()
        code = code_on(page)
        expect(page.locator("main")).to_contain_text("was sealed on your phone before it was sent")
        assert page.url == f"{relay.address}/"
    (report,) = relay.reports()
    assert (report.via, report.language, report.channel) == ("sealed", "en", "web")
    answers = parse(report.answers)
    assert (answers.safe_now, answers.danger, answers.who) == ("not_sure", "within_days", "me")
    assert (answers.region, answers.needs, answers.under_18) == ("dagestan", ("leave", "papers"), "declined")
    assert (answers.language, answers.text) == ("ru", TEXT)
    assert answers.contact is not None
    assert (answers.contact.hours, answers.contact.days, answers.contact.never) == ((13, 15), ("thu",), None)
    assert answers.contact.utc_offset_minutes == 180
    no_word_of_it_went_over_the_line(went, code)
    relay.answer(report, REPLY)
    with phone(chromium) as page:
        open_thread(page, relay.address, carelessly(code).upper(), "ru")
        assert page.locator("p.m").all_inner_texts() == [REPLY]
    with phone(chromium, script=False) as page:
        open_thread(page, relay.address, code.digits())
        assert page.locator("p.m").all_inner_texts() == [REPLY]


def test_the_memory_of_the_relay_never_holds_what_was_sealed(relay: Relay, chromium: Browser) -> None:
    """What was written without script is found there, or this test would look at nothing."""
    with phone(chromium, script=False) as page:
        sent(page, relay.address, "canary-without-script-5520")
    with phone(chromium) as page:
        code = sent(page, relay.address)
        request = relay.reports()[1]
        relay.answer(request, REPLY)
        open_thread(page, relay.address, code.digits())
        assert page.locator("p.m").all_inner_texts() == [REPLY]
        page.locator("textarea").fill("canary-message-1276")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert")).to_contain_text("Thank you. We have it.")
    keys, memory = MailboxKeys.of(code), b"\n".join(part for _, part in image(relay.process.pid))
    assert b"canary-without-script-5520" in memory
    assert keys.token in memory  # by which slots are asked for
    telling = [b"canary-text-4417", b"canary-reply-9034", b"canary-message-1276", code.secret, keys.secret]
    telling += [keys.reply, keys.sign, code.digits().encode(), code.digits().replace(" ", "").encode()]
    telling += [mark.join(code.words(tongue)).encode() for mark in (" ", " · ") for tongue in ("en", "ru")]
    assert [one for one in telling if one in memory] == []


def carelessly(code: ReturnCode) -> str:
    """The code in Russian words, one with a letter missing that the office too knows what is meant by."""
    words = code.words("ru")
    for at, word in enumerate(words):
        typed = "-".join([*words[:at], word[:-1], *words[at + 1 :]])
        with contextlib.suppress(KunakError):
            if ReturnCode.read(typed) == code:
                return typed
    raise AssertionError("no slip is forgiven")


def no_word_of_it_went_over_the_line(went: list[Request], code: ReturnCode) -> None:
    """Not the text, not an answer, not the code, not a key: what is sent is an id and what is sealed."""
    posted = [request for request in went if request.method == "POST"]
    assert [urllib.parse.urlsplit(request.url).path for request in posted] == ["/j"]
    body = posted[0].post_data_buffer or b""
    assert len(body) == 16 + 1 + 32 + 4096 + 16
    keys = MailboxKeys.of(code)
    telling = [
        b"canary",
        b"dagestan",
        b"safe_now",
        code.secret,
        keys.token,
        keys.secret,
        keys.reply,
        keys.sign,
    ]
    assert [one for one in telling if one in body] == []
    rest = " ".join(request.url for request in went)
    assert not re.search("canary|dagestan|" + "|".join(code.words("en")), rest)


def test_back_skip_and_another_language_lose_nothing(relay: Relay, chromium: Browser) -> None:
    with phone(chromium) as page:
        begin(page, relay.address)
        page.get_by_role("button", name="No", exact=True).click()
        page.get_by_role("button", name="Within hours").click()
        page.locator("input[name=who][value=me]").check()
        page.locator("details.l summary").click()
        page.get_by_role("button", name="Русский").click()
        expect(page.locator("html")).to_have_attribute("lang", "ru")
        expect(page.locator("input[name=who][value=me]")).to_be_checked()
        page.get_by_role("button", name="Назад").click()
        expect(page.locator("button[name=danger][value=within_hours]")).to_have_attribute(
            "aria-pressed", "true"
        )
        page.locator("button[name=go][value=skip]").click()
        page.locator("button[name=go][value=next]").click()
        page.locator("button[name=go][value=skip]").click()
        page.locator("input[name=answer_how][value=contact_me]").check()
        page.locator("button[name=go][value=next]").click()
        page.locator("[name=contact_address]").fill("half of it")
        page.locator("button[name=go][value=skip]").click()
        page.locator("textarea").fill(TEXT)
        page.locator("details.l summary").click()
        page.get_by_role("button", name="فارسی").click()
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        expect(page.locator("textarea")).to_have_value(TEXT)
        page.locator("button[name=go][value=back]").click()
        page.locator("button[name=go][value=next]").click()
        page.locator("button[name=go][value=send]").click()
        code = code_on(page)
        page.locator("details.l summary").click()
        page.get_by_role("button", name="Русский").click()
        expect(page.locator("#words")).to_have_text(" · ".join(code.words("ru")))
    (report,) = relay.reports()
    answers = parse(report.answers)
    assert (answers.safe_now, answers.danger, answers.who) == ("no", "declined", "me")
    assert (answers.answer_how, answers.contact, answers.text) == ("come_back", None, TEXT)
    assert report.language == "fa"


def test_where_the_browser_lacks_x25519_it_takes_p_256(relay: Relay, chromium: Browser) -> None:
    bodies: list[bytes] = []
    with phone(chromium, before=NO_X25519) as page:
        page.on("request", lambda r: bodies.append(r.post_data_buffer or b"") if r.method == "POST" else None)
        sent(page, relay.address)
    assert [(body[16], len(body)) for body in bodies] == [(3, 16 + 1 + 65 + 4096 + 16)]
    assert relay.reports()[0].answers["text"] == (TEXT,)


@pytest.mark.parametrize(
    "lacking",
    ["Object.defineProperty(crypto, 'subtle', { value: undefined });", "delete window.BigInt;"],
    ids=["no WebCrypto", "no BigInt"],
)
def test_a_browser_that_cannot_seal_goes_the_way_without_script(
    relay: Relay, chromium: Browser, lacking: str
) -> None:
    with phone(chromium, before=lacking) as page:
        begin(page, relay.address)
        skip_to_the_end(page)
        expect(page.locator("main")).to_contain_text("our computer sees what you wrote for a moment")
        page.locator("textarea").fill(TEXT)
        page.get_by_role("button", name="Send").click()
        code_on(page)
    assert [report.via for report in relay.reports()] == ["relay-plaintext"]


def test_an_office_with_an_older_key_is_written_to_without_script(tmp_path: Path, chromium: Browser) -> None:
    old = seal.x_wing_public_bytes(INTAKE_SEED)
    with relay_alone(tmp_path / "relay", intake=old) as relay, phone(chromium) as page:
        sent(page, relay.address)
        assert [report.via for report in relay.reports()] == ["relay-plaintext"]


def test_who_comes_by_a_link_straight_to_the_questions_is_sealed_too(relay: Relay, chromium: Browser) -> None:
    with phone(chromium) as page:
        page.goto(f"{relay.address}/w?l=en")
        page.locator("h1:focus").wait_for()  # the script has taken over
        assert page.url == f"{relay.address}/"
        skip_to_the_end(page)
        page.get_by_role("button", name="Send").click()
        code_on(page)
    assert [report.via for report in relay.reports()] == ["sealed"]


def test_a_code_that_is_typed_before_the_script_takes_over_stays_with_its_focus(
    lasting: Relay, chromium: Browser
) -> None:
    """On 2G the parts come seconds after the page; whoever comes by a link has begun by then."""
    waiting: list[Route] = []
    with phone(chromium) as page:
        page.route("**/j?l=*", lambda route: waiting.append(route))
        page.goto(f"{lasting.address}/c?l=en")
        digits = ReturnCode(12345).digits()
        page.locator("#code").press_sequentially(digits[:11])
        (held,) = waiting
        held.continue_()
        page.get_by_text("The code stays on your phone").wait_for()  # the script has taken over
        page.keyboard.type(digits[11:])
        expect(page.locator("#code")).to_have_value(digits)
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("There is nothing to read with this code now.")
        assert page.url == f"{lasting.address}/"


# A line that breaks


def test_an_answer_that_is_lost_on_the_way_makes_no_second_report(relay: Relay, chromium: Browser) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.request.url)
            route.fetch()  # it arrives; the answer does not
            route.abort()
        else:
            route.continue_()

    with phone(chromium) as page:
        page.route("**/j", lose)
        sent(page, relay.address)
    assert len(lost) == 1
    assert len(relay.reports()) == 1


def test_while_the_line_is_broken_nothing_is_lost_and_it_is_said(relay: Relay, chromium: Browser) -> None:
    line = Line(relay.port)
    with phone(chromium, before="const real = setTimeout; setTimeout = (f, ms) => real(f, ms / 20);") as page:
        begin(page, line.address)
        skip_to_the_end(page)
        page.locator("textarea").fill(TEXT)
        line.cut = True
        line.hang_up()
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert")).to_contain_text(
            "The line broke, and we do not know whether it arrived."
        )
        expect(page.locator("textarea")).to_have_value(TEXT)
        assert relay.reports() == ()
        line.cut = False
        page.get_by_role("button", name="Send").click()
        code_on(page)
    line.close()
    assert [report.answers["text"] for report in relay.reports()] == [(TEXT,)]


def test_a_relay_that_was_killed_and_started_again_is_sent_to_again(relay: Relay, chromium: Browser) -> None:
    with phone(chromium) as page:
        begin(page, relay.address)
        skip_to_the_end(page)
        page.locator("textarea").fill(TEXT)
        relay.kill()
        page.get_by_role("button", name="Send").click()
        page.wait_for_timeout(500)
        relay.start_again()
        code_on(page)
    assert len(relay.reports()) == 1


def test_what_the_relay_could_not_keep_is_said_to_be_not_kept(relay: Relay, chromium: Browser) -> None:
    with phone(chromium, before="const real = setTimeout; setTimeout = (f, ms) => real(f, ms / 20);") as page:
        page.route("**/j", lambda r: r.fulfill(status=503) if r.request.method == "POST" else r.continue_())
        begin(page, relay.address)
        skip_to_the_end(page)
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert")).to_contain_text("It did not arrive, and nothing was kept.")
        expect(page.locator("#digits")).to_have_count(0)


# A thread


def test_writing_stopping_and_deleting(relay: Relay, chromium: Browser) -> None:
    with phone(chromium) as page:
        code = sent(page, relay.address)
        relay.answer(relay.reports()[0], REPLY)
        open_thread(page, relay.address, " ".join(code.words("en")))
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert")).to_contain_text("There was nothing written to send.")
        page.locator("textarea").fill("Thursday is better")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert")).to_contain_text("Thank you. We have it.")
        expect(page.locator("textarea")).to_have_value("")
        page.locator("textarea").fill("half a thought")
        page.get_by_role("button", name="Stop: do not write to me any more").click()
        page.get_by_role("button", name="No, back").click()
        expect(page.locator("textarea")).to_have_value("half a thought")
        page.get_by_role("button", name="Stop: do not write to me any more").click()
        page.get_by_role("button", name="Yes").click()
        expect(page.get_by_role("alert")).to_contain_text("we write nothing more to this code")
        assert page.locator("p.m").all_inner_texts() == [REPLY]
        page.get_by_role("button", name="Delete what I wrote").click()
        page.locator("details.l summary").click()
        page.get_by_role("button", name="Русский").click()
        page.get_by_role("button", name="Да").click()
        page.locator("textarea").wait_for()  # the thread again: no more "sending"
        expect(page.get_by_role("alert")).to_contain_text("То, что мы писали вам, здесь удалено.")
        expect(page.locator("p.m")).to_have_count(0)
    reports = relay.reports()
    assert [report.kind for report in reports] == ["request", "message", "stop", "delete"]
    assert len({report.mailbox for report in reports}) == 1
    assert {report.via for report in reports} == {"sealed"}
    with phone(chromium, script=False) as page:
        open_thread(page, relay.address, code.digits())
        expect(page.locator("main")).to_contain_text("There is nothing to read with this code now.")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("river lemon", "This is not a whole code: a code is 6 words, or 24 digits."),
        ("apple apple apple apple apple xxxxxxx", "Word number 6 is not one of the words"),
        ("1234 5678 9012 3456 7890 1234", "One of the digits is wrong."),
    ],
)
def test_a_code_that_is_none_is_answered_with_a_sentence(
    lasting: Relay, chromium: Browser, typed: str, sentence: str
) -> None:
    with phone(chromium) as page:
        asked: list[str] = []
        page.on("request", lambda r: asked.append(r.url) if r.method == "POST" else None)
        come_back(page, lasting.address, typed)
        expect(page.get_by_role("alert")).to_contain_text(sentence)
        expect(page.locator("#code")).to_have_value(typed)
        assert asked == []  # the relay hears of no wrong code


def test_a_code_that_nobody_has_reads_as_one_with_nothing_to_read(lasting: Relay, chromium: Browser) -> None:
    with phone(chromium) as page:
        open_thread(page, lasting.address, ReturnCode(12345).digits())
        expect(page.locator("main")).to_contain_text("There is nothing to read with this code now.")


def test_what_was_begun_without_script_goes_on_with_it(relay: Relay, chromium: Browser) -> None:
    with phone(chromium, script=False) as page:
        code = sent(page, relay.address)
    (report,) = relay.reports()
    relay.answer(report, REPLY)
    with phone(chromium) as page:
        open_thread(page, relay.address, " ".join(code.words("ru")))
        assert page.locator("p.m").all_inner_texts() == [REPLY]
        page.locator("textarea").fill("now with script")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert")).to_contain_text("Thank you. We have it.")
    assert [report.via for report in relay.reports()] == ["relay-plaintext", "sealed"]
