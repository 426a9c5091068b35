"""Through a real relay: what people send arrives once, what we answer is not lost on the way."""

from datetime import UTC, datetime

import httpx2
import pytest
from starlette.testclient import TestClient
from web_desk import plain

from kunak.exchange import ReturnCode
from kunak.exchange.inbox import Inbox
from kunak.exchange.mailbox import MailboxKeys, open_slots
from kunak.exchange.post import Post
from kunak.exchange.relay import build_app
from kunak.exchange.relay.desk import mailbox_stream
from kunak.exchange.relay.store import INTAKE, RelayStore
from kunak.exchange.report import keep_sealed, seal_in_browser, seal_report, write_report
from kunak.intake import actions
from kunak.vault import curves, seal

ROUNDS = 10


class Far:
    """The far side: a relay, a person with a return code, and a line that can be cut."""

    def __init__(self, desk, folder):
        vault = desk.bench.vault
        seeds = {"intake": vault.intake_seeds()[0], "channel": vault.office_secret("channel")}
        self.intake = curves.intake_public_bytes(seeds["intake"])
        self.store = RelayStore(folder)
        self.app = build_app(
            folder,
            intake_public=self.intake,
            channel_public=seal.ed25519_public_bytes(seeds["channel"]),
            rounds=ROUNDS,
            store=self.store,
            now=desk.clock,
        )
        self.keys = MailboxKeys.of(ReturnCode.make(), ROUNDS)
        self.desk = desk
        self.cut = False
        post = Post(
            "", intake_seed=seeds["intake"], channel_seed=seeds["channel"], client=self._line(),
            now=lambda: desk.clock().timestamp(),
        )  # fmt: skip
        desk.office.inbox = Inbox(post)

    def _line(self):
        line = TestClient(self.app)
        real = line.stream

        def stream(*given, **more):
            if self.cut:
                raise httpx2.ConnectError("the line is cut")
            return real(*given, **more)

        line.stream = stream
        return line

    def send(self, kind="request", text="", **answers):
        """The person sends something from a browser without script."""
        ticked = {"safe_now": ("yes",), "danger": ("now",), "language": ("ru",)} | answers
        report = write_report(
            kind, self.keys, at=self.desk.clock(), language="ru", text=text,
            answers=ticked if kind == "request" else answers,
        )  # fmt: skip
        self.store.keep(INTAKE, report.id, seal_report(report, self.keys, self.intake))
        return report

    def listen(self):
        self.desk.office.stir()
        self.desk.office.listen()

    def mailbox(self):
        letters = self.store.after(mailbox_stream(self.keys.mailbox), 0, 99)
        return [reply.text for reply in open_slots((letter.sealed for letter in letters), self.keys)]


@pytest.fixture
def far(desk, tmp_path):
    return Far(desk, tmp_path / "relay")


def test_a_request_arrives_in_the_queue_and_the_relay_forgets_it(desk, far):
    far.send(text="They come on Friday.")
    far.listen()
    (request,) = desk.bench.requests
    assert request.answers.text == "They come on Friday."
    assert request.code in desk.text("/")
    assert list(far.store.after(INTAKE, 0, 9)) == []


def test_whoever_waits_has_the_relay_asked_at_once(desk, far):
    far.listen()
    assert "Look now" in desk.text("/")
    far.send(text="Are you there?")
    desk.get("/")
    assert not list(desk.bench.requests), "a moment after the last round the relay is left in peace"
    assert desk.post("/look").url.path == "/"
    (request,) = desk.bench.requests
    page = f"/requests/{request.code}"
    assert f'name="code" value="{request.code}"' in desk.get(page).text
    far.send("message", text="Hurry.")
    looked = desk.post("/look", code=request.code)
    assert looked.url.path == page
    assert "Hurry." in looked.text
    assert desk.post("/look", code="R-0000-0000").status_code == 404


def test_what_was_not_asked_while_many_wrote_is_not_taken_for_a_refusal(desk, far):
    far.send(language=())
    far.listen()
    bench = desk.bench
    bench.act(actions.begin_surge, bench.requests, reason="raids")
    far.keys = MailboxKeys.of(ReturnCode.make(), ROUNDS)
    far.send(language=())
    far.listen()
    before, after = bench.requests
    said = {one.answers.answer_how for one in (before, after)}
    assert said == {"declined", "not_asked"}
    assert {before.answers.under_18, after.answers.under_18} == {"declined"}
    assert {before.language, after.language} == {"ru"}, "of the page they wrote on"


def test_a_letter_under_a_name_that_is_not_its_own_is_forgotten_too(desk, far):
    report = write_report("request", far.keys, at=desk.clock(), language="ru", answers={"safe_now": ("yes",)})
    far.store.keep(INTAKE, "f" * 32, seal_report(report, far.keys, far.intake))
    far.listen()
    assert len(desk.bench.requests) == 1
    assert list(far.store.after(INTAKE, 0, 9)) == []


def test_junk_is_deleted_at_the_relay_by_the_round_and_the_page_says_that_there_was_some(desk, far):
    sealed = curves.BY_X25519 + bytes(range(32)) + bytes(4096 + 16)
    for number in range(3):
        far.store.keep(INTAKE, f"junk {number}", keep_sealed(sealed, desk.clock(), far.intake))
    far.send(text="between them")
    far.listen()
    assert len(desk.bench.requests) == 1
    assert list(far.store.after(INTAKE, 0, 9)) == []
    page = desk.text("/")
    assert "3 things that came to the relay were no letters" in page
    assert "cannot be opened" not in page


def test_the_page_says_how_many_letters_nobody_collected_in_time(desk, far):
    far.listen()
    assert "waited at the relay" not in desk.text("/")
    day = int(desk.clock().timestamp()) // 86_400
    put = "INSERT INTO lapsed (stream, day, letters) VALUES (?, ?, ?)"
    far.store.tables.write(lambda ask: ask.rows(put, (INTAKE, day, 2)))
    far.listen()
    assert "2 letters waited at the relay for thirty days" in desk.text("/")


@pytest.mark.parametrize("by_browser", [True, False])
def test_the_screen_says_which_way_a_request_came(desk, far, by_browser):
    report = write_report("request", far.keys, at=desk.clock(), language="ru", answers={"safe_now": ("yes",)})
    if by_browser:
        kept = keep_sealed(seal_in_browser(report, far.keys, far.intake), desk.clock(), far.intake)
    else:
        kept = seal_report(report, far.keys, far.intake)
    far.store.keep(INTAKE, report.id, kept)
    far.listen()
    (request,) = desk.bench.requests
    page = desk.text(f"/requests/{request.code}")
    assert ("sealed on their device" in page) == by_browser
    assert ("its computer saw the text for a moment" in page) != by_browser


def test_the_same_letter_heard_again_is_one_request(desk, far):
    far.send()
    far.listen()
    far.send()
    desk.office.inbox._cursor = 0
    far.listen()
    assert len(desk.bench.requests) == 1
    assert desk.bench.requests.known.popitem()[1].arrivals == ()


def test_a_further_message_finds_its_thread(desk, far):
    far.send()
    far.listen()
    desk.clock.later(minutes=30)
    far.send("message", "They are outside.", danger=("now",))
    far.listen()
    (request,) = desk.bench.requests
    assert [m.text for m in request.messages] == ["They are outside."]
    assert "A message waits for an answer" in desk.text("/")


def test_an_answer_goes_to_the_mailbox_and_says_so(desk, far):
    far.send()
    far.listen()
    (request,) = desk.bench.requests
    desk.post(f"/requests/{request.code}/replies", form="reply", text="We are here.")
    far.listen()
    assert far.mailbox() == ["We are here."]
    assert "✓ in their mailbox" in desk.text(f"/requests/{request.code}")


def test_while_the_relay_is_away_an_answer_is_kept_and_goes_later(desk, far):
    far.send()
    far.listen()
    (request,) = desk.bench.requests
    far.cut = True
    page = plain(desk.post(f"/requests/{request.code}/replies", form="reply", text="We are here.").text)
    assert "Your answer is written" in page
    assert "not delivered yet: the relay cannot be reached" in page
    assert "The relay does not answer." in desk.text("/")
    far.cut = False
    far.listen()
    assert far.mailbox() == ["We are here."]
    assert "The relay does not answer." not in desk.text("/")


def test_an_answer_survives_locking_while_the_relay_is_away(desk, far):
    far.send()
    far.listen()
    (request,) = desk.bench.requests
    far.cut = True
    desk.post(f"/requests/{request.code}/replies", form="reply", text="We are here.")
    inbox, desk.office.inbox = desk.office.inbox, None
    desk.post("/lock")
    desk.unlock()
    far.cut, desk.office.inbox = False, inbox
    far.listen()
    assert far.mailbox() == ["We are here."]


def test_a_letter_nobody_can_open_is_left_there_and_counted(desk, far):
    far.store.keep(INTAKE, "ab" * 16, b"\x01" + bytes(3000))
    far.listen()
    assert "1 letter at the relay cannot be opened" in desk.text("/")
    assert len(list(far.store.after(INTAKE, 0, 9))) == 1


def test_asking_us_to_stop_acts_before_anyone_reads_it(desk, far):
    contact = {
        "answer_how": ("contact_me",), "contact_channel": ("call",), "contact_address": ("+000",),
        "region": ("dagestan",),
    }  # fmt: skip
    far.send(**contact)
    far.listen()
    (request,) = desk.bench.requests
    assert request.plan.may_contact == "as_below"
    far.send("stop")
    far.listen()
    (request,) = desk.bench.requests
    assert request.plan.may_contact == "only_they"
    assert "asks us not to write to them" in request.messages[-1].text


def test_what_is_not_one_of_our_answers_keeps_the_words_and_believes_nothing(desk, far):
    far.send(text="Help.", danger=("a forged answer",))
    far.listen()
    (request,) = desk.bench.requests
    assert request.answers.text == "Help."
    assert request.danger == "not_asked"


def test_the_hour_of_a_letter_is_rounded(desk, far):
    far.send()
    far.listen()
    (request,) = desk.bench.requests
    assert request.received_at == datetime(2031, 4, 9, 22, 0, tzinfo=UTC)
