"""Sc-1, night, 2G, a borrowed phone: from the first tap to a case, by a real relay and sealed rooms."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from bench_office import PASSPHRASES, Desk, all_known, an_office
from relay_office import bytes_on_the_wire, code_on, hidden, press
from starlette.testclient import TestClient
from ways_world import ask

from kunak import casework, evacuation, intake
from kunak.casework.triage import by_sum
from kunak.casework.waiting import waits
from kunak.exchange import ReturnCode
from kunak.exchange.inbox import Inbox, note, take_in, waiting
from kunak.exchange.line import Line
from kunak.exchange.post import Post
from kunak.exchange.relay import build_app
from kunak.exchange.relay.brake import Brake
from kunak.exchange.relay.store import RelayStore
from kunak.exchange.telling import notice_of, tell
from kunak.intake.contact import CHOICES, ContactChannel, ContactNotAllowed, SafeContactPlan, Window
from kunak.vault import SqliteStore, Vault, curves, seal

SAID = "my brother read a message; they talk on Friday"
ADDRESS = "+7 000 000 00 17"
COVER = "the parcel is ready"
SAFE_WORD, DURESS_WORD = "quince", "umbrella"
NEVER_SAY = "the word shelter"
NOTE = "papers lie with an aunt"
THREAT = "he wrote that they will talk"
WORRY = "The threat came"
OURS = "We have read it. Are you safe to talk for ten minutes, and how?"
CANARIES = (SAID, ADDRESS, COVER, SAFE_WORD, DURESS_WORD, NEVER_SAY, NOTE, THREAT, OURS, "kabardino", "Bar X")
THURSDAY_13_15 = Window(start=13 * 60, end=15 * 60, days=(3,))
EVENINGS = Window(start=19 * 60, end=24 * 60)
PLAN = SafeContactPlan(
    may_contact="as_below",
    channels=(ContactChannel(kind="call", address=ADDRESS, seen_by="family"),),
    utc_offset_minutes=180,
    windows=(THURSDAY_13_15, EVENINGS),
    never=(EVENINGS,),
    sender_name="the tailor",
    opening_phrase=COVER,
    never_say=(NEVER_SAY,),
    safe_word=SAFE_WORD,
    duress_word=DURESS_WORD,
    wrong_person="hang_up",
)
FACTORS = {
    "time_window": 3, "threat": 1, "reach": 1, "whereabouts_known": 2, "exposure": 1, "obstacles": 1,
}  # fmt: skip


@dataclass
class Night:
    """Both sides: the person's borrowed browser and the office's desk, with the relay between them."""

    desk: Desk
    store: RelayStore
    app: object
    inbox: Inbox

    def browser(self) -> TestClient:
        """Another device: nothing kept from before."""
        return TestClient(self.app)

    def round(self) -> None:
        """One round of the office's listening."""
        bench = self.desk.bench
        self.inbox.forget(self.inbox.take_in(bench, self.inbox.collect()))
        note(bench, self.inbox.deliver(waiting(bench)))

    def tells(self) -> None:
        """What the office says in public, given to the relay."""
        bench = self.desk.bench
        seed = bench.vault.office_secret("channel")
        line = Line("", seed=seed, client=TestClient(self.app), now=lambda: self.desk.clock().timestamp())
        tell(line, notice_of(bench, self.desk.clock()))

    @property
    def request(self) -> intake.Request:
        (request,) = self.desk.bench.requests
        return request

    def row(self) -> casework.queries.QueueRow:
        bench = self.desk.bench
        (row,) = casework.queries.queue(bench.requests, bench.cases, self.desk.clock())
        return row


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    desk = an_office(store=SqliteStore(tmp_path / "office.sqlite"))
    seeds = {use: desk.bench.vault.office_secret(use) for use in ("intake", "channel")}
    store = RelayStore(tmp_path / "relay")
    app = build_app(
        tmp_path / "relay",
        intake_public=curves.intake_public_bytes(seeds["intake"]),
        channel_public=seal.ed25519_public_bytes(seeds["channel"]),
        rounds=10,
        brake=Brake(pause=no_pause),
        now=desk.clock,
        store=store,
    )
    post = Post(
        "", intake_seed=seeds["intake"], channel_seed=seeds["channel"], client=TestClient(app),
        now=lambda: desk.clock().timestamp(),
    )  # fmt: skip
    yield Night(desk, store, app, Inbox(post))
    desk.bench.close()
    store.close()


async def no_pause(_: float) -> None:
    return


def pages_of_the_walk(browser: TestClient) -> tuple[list, ReturnCode]:  # type: ignore[type-arg]
    """She taps 5 of the 8 questions, skips the rest, and sends; every page she saw, and her code."""
    pages = [browser.get("/"), browser.get("/r"), browser.get("/t"), browser.get("/w?l=en")]
    pages.append(press(browser, pages[-1], "next", safe_now="not_sure"))
    pages.append(press(browser, pages[-1], "next", danger="within_days"))
    pages.append(press(browser, pages[-1], "next", who="me", region="kabardino_balkaria"))
    pages.append(press(browser, pages[-1], "skip"))
    pages.append(press(browser, pages[-1], "next", answer_how="come_back", language="en"))
    pages.append(press(browser, pages[-1], "send", text=SAID))
    return pages, code_on(pages[-1])


def sent(night: Night) -> ReturnCode:
    """Her request, taken in at the office."""
    _, code = pages_of_the_walk(night.browser())
    night.round()
    return code


def triaged(night: Night) -> ReturnCode:
    code = sent(night)
    night.desk.triage(night.request.code, **FACTORS)
    return code


def planned(night: Night) -> ReturnCode:
    """After the first exchange, which was about how to talk and nothing else."""
    code = triaged(night)
    night.desk.clock.later(minutes=40)
    night.desk.do(intake.actions.write_reply, subject=night.request.code, text=OURS)
    night.desk.do(intake.actions.note_plan, subject=night.request.code, plan=PLAN)
    night.round()
    return code


def a_case(night: Night) -> ReturnCode:
    code = planned(night)
    night.desk.open("C-1", night.request.code)
    do, c = night.desk.do, casework.actions
    do(c.write_note, subject="C-1", text=NOTE)
    do(c.note_need, subject="C-1", need="legal", need_state="wanted")
    do(
        c.note_threat,
        subject="C-1",
        day=None,
        channel="message",
        source="family",
        target="person",
        text=THREAT,
    )
    do(
        c.give_consent, subject="C-1", purpose="p5", organisation="Bar X", role="lawyer", scope=["need"],
        mode="said_and_repeated_back", understanding="yes",
    )  # fmt: skip
    return code


# She finds us


def test_every_page_of_the_walk_is_small_without_cookies_or_anyone_else_and_needs_no_script(
    night: Night,
) -> None:
    pages, _ = pages_of_the_walk(night.browser())
    pages.append(night.browser().get("/c"))
    for page in pages:
        assert page.status_code == 200
        assert bytes_on_the_wire(page) <= 11 * 1024
        assert bytes_on_the_wire(page) * 8 / 32_000 <= 4  # seconds at 32 kbit/s
        assert re.findall(r"<script.*?>", page.text) == [
            '<script src="/k.js" defer>'
        ]  # ours; nothing needs it
        assert not re.search(r"\son[a-z]+=", page.text)
        assert "set-cookie" not in page.headers
        assert "script-src 'self';" in page.headers["content-security-policy"]
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert not re.search(r'(?:src|action|data|poster)="(?:https?:)?//', page.text)
        assert "@import" not in page.text
        assert "url(" not in page.text


def test_she_can_find_out_three_ways_whether_we_are_real_and_what_we_never_ask(night: Night) -> None:
    page = night.browser().get("/r?l=en").text
    three, never = page.split("What we never do")
    assert three.count("<li>") == 3
    assert "in another way than through this page" in three.lower()
    assert "photo of your papers" in never
    assert "password" in never


def test_she_is_told_what_stays_on_this_phone_and_how_to_remove_it(night: Night) -> None:
    home = night.browser().get("/?l=en").text
    assert "does not keep anything on your phone" in home
    assert "history" in home
    assert 'href="/t?l=en"' in home
    assert "history" in night.browser().get("/t?l=en").text.lower()


def test_skipped_questions_stay_skipped_and_no_account_name_or_number_is_asked(night: Night) -> None:
    pages, _ = pages_of_the_walk(night.browser())
    night.round()
    answers = night.request.answers
    assert (answers.safe_now, answers.danger, answers.who) == ("not_sure", "within_days", "me")
    assert (answers.region, answers.answer_how) == ("kabardino_balkaria", "come_back")
    assert (answers.needs, answers.under_18) == ((), "declined")
    asked = {
        name
        for page in pages
        for name in re.findall(r'<(?:input|textarea|select)[^>]* name="([^"]+)"', page.text)
    }
    assert asked.isdisjoint({"name", "email", "phone", "password", "account"})


def test_her_browser_and_address_are_kept_nowhere(night: Night, tmp_path: Path) -> None:
    browser = TestClient(night.app, headers={"user-agent": "Borrowed/7", "referer": "https://r.example/"})
    pages_of_the_walk(browser)
    night.round()
    everything = repr(night.request) + repr(night.desk.bench.requests.heard)
    for kept in (everything.encode(), *(file.read_bytes() for file in (tmp_path / "relay").iterdir())):
        for trace in (b"Borrowed/7", b"r.example", b"testclient"):
            assert trace not in kept
    assert night.request.received_at.minute % 15 == 0


# We answer


def test_the_page_names_the_waiting_time_that_the_office_keeps(night: Night) -> None:
    """A person came to each of three before her in forty minutes; a relay that was told so says it to her."""
    for code in ("R-1", "R-2", "R-3"):
        night.desk.receive(code, danger="within_days")
        night.desk.clock.later(minutes=40)
        night.desk.do(intake.actions.acknowledge, subject=code)
    pages, _ = pages_of_the_walk(night.browser())
    assert "We do not know how long it takes at the moment." in pages[-1].text
    night.tells()
    pages, _ = pages_of_the_walk(night.browser())
    hours = int(re.search(r"within (\d+) hours?\.", pages[-1].text)[1])
    assert hours == 1
    (really,) = [w.most for w in waits(night.desk.bench.requests, night.desk.bench.cases, night.desk.clock())
                 if w.level == "P2"]  # fmt: skip
    assert timedelta(minutes=40) <= really <= timedelta(hours=hours)


def test_a_person_who_answers_in_forty_minutes_is_in_time(night: Night) -> None:
    triaged(night)
    night.desk.clock.later(minutes=40)
    assert not next(clock for clock in night.row().clocks if clock.name == "acknowledge").overdue
    night.desk.do(intake.actions.write_reply, subject=night.request.code, text=OURS)
    assert "acknowledge" not in {clock.name for clock in night.row().clocks}


def test_silence_until_morning_is_shown_as_late(night: Night) -> None:
    triaged(night)
    night.desk.clock.later(hours=9)
    assert {clock.name for clock in night.row().clocks if clock.overdue} >= {
        "acknowledge",
        "decision",
        "assign",
    }


def test_the_code_opens_the_thread_on_another_device_and_no_other_code_does(night: Night) -> None:
    code = planned(night)
    for typed in (code.digits(), " ".join(code.words("en")), " ".join(code.words("ru")).upper()):
        assert OURS in night.browser().post("/c", data={"l": "en", "code": typed}).text
    assert OURS not in night.browser().post("/c", data={"l": "en", "code": ReturnCode.make().digits()}).text


def test_what_she_writes_from_there_comes_into_the_same_thread(night: Night) -> None:
    code = planned(night)
    other = night.browser()
    thread = other.post("/c", data={"l": "en", "code": code.digits()})
    press(other, thread, "send", text="I can talk on Thursday")
    night.round()
    assert [m.text for m in night.request.messages] == [OURS, "I can talk on Thursday"]
    assert "answer" in {clock.name for clock in night.row().clocks}
    assert ("waiting", "message") in {(why.kind, why.code) for why in night.row().why}


def test_a_letter_taken_in_twice_by_two_machines_is_one_request(night: Night) -> None:
    pages_of_the_walk(night.browser())
    (report,) = night.inbox.collect().reports
    take_in(night.desk.bench, report)
    other = night.desk.again("otter")
    take_in(other, report)
    assert len(other.requests) == 1


# Safe contact


def test_nothing_goes_out_outside_the_window_or_on_a_channel_that_is_not_listed(night: Night) -> None:
    """Every quarter of an hour of a week, every channel: either her plan says yes, or it is refused."""
    planned(night)
    bench, write = night.desk.bench, intake.actions.write_reply
    start = night.desk.clock.at.replace(hour=0, minute=0, second=0, microsecond=0)
    allowed = set()
    for quarter in range(7 * 24 * 4):
        at = start + timedelta(minutes=15 * quarter)
        for channel in CHOICES["channel"]:
            try:
                write(
                    bench.requests, subject=night.request.code, text="x", channel=channel, by="heron", at=at,
                    id="x",
                )  # fmt: skip
            except ContactNotAllowed:
                continue
            if channel != "web_code":
                local = at + timedelta(minutes=180)
                allowed.add((channel, local.strftime("%a %H:%M")))
    assert allowed == {("call", f"Thu {hour}:{minute:02}") for hour in (13, 14) for minute in (0, 15, 30, 45)}


def test_a_refused_message_is_written_nowhere_and_reaches_nobody(night: Night) -> None:
    planned(night)
    before, letters = all_known(night.desk.bench), list(night.store._sql.execute("SELECT count(*) FROM blob"))
    for channel in ("call", "sms", "email"):
        with pytest.raises(ContactNotAllowed) as refused:
            night.desk.do(
                intake.actions.write_reply, subject=night.request.code, text="Hello?", channel=channel
            )
        assert "window" in refused.value.advice()
    night.round()
    assert all_known(night.desk.bench) == before
    assert all_known(night.desk.again("otter")) == before
    assert list(night.store._sql.execute("SELECT count(*) FROM blob")) == letters


def test_after_fourteen_days_the_plan_is_asked_again_before_anyone_calls(night: Night) -> None:
    planned(night)
    thursday = night.desk.clock.at + timedelta(days=15)
    thursday = (thursday + timedelta(days=(3 - thursday.weekday()) % 7)).replace(hour=11, minute=0)
    night.desk.clock.at = thursday
    call = {"subject": night.request.code, "text": "x", "channel": "call"}
    with pytest.raises(ContactNotAllowed, match="reconfirm_first"):
        night.desk.do(intake.actions.write_reply, **call)
    night.desk.do(intake.actions.reconfirm_plan, subject=night.request.code)
    night.desk.do(intake.actions.write_reply, **call)


def test_stop_from_her_phone_holds_before_anyone_reads_it(night: Night) -> None:
    code = planned(night)
    browser = night.browser()
    sure = press(browser, browser.post("/c", data={"l": "en", "code": code.digits()}), "stop")
    press(browser, sure, "stop-yes")
    night.round()
    assert night.request.plan.may_contact == "only_they"


# Triage, plan, record


def test_the_floor_of_72_hours_makes_it_p1_although_the_sum_says_p2(night: Night) -> None:
    triaged(night)
    row = night.row()
    assert (row.sum, by_sum(row.sum)) == (9, "P2")
    assert (row.level, row.provisional) == ("P1", False)
    assert ("floor", "time_window_72h") in {(why.kind, why.code) for why in row.why}
    second = Desk(night.desk.store, "otter", night.desk.clock)
    second.do(casework.actions.review, subject=night.request.code, requests=second.bench.requests)
    night.desk.bench.refresh()
    assert night.row().level == "P1"
    with pytest.raises(casework.urgency.LoweringNeedsSecond):
        night.desk.triage(night.request.code, **{**FACTORS, "time_window": 1})


def test_there_are_ways_out_to_choose_from_and_none_is_taken_without_her_yes(night: Night) -> None:
    a_case(night)
    assert len(ask(origin="RU:Nalchik", lists="unknown").plans) >= 2
    desk, do = night.desk, evacuation.actions
    desk.do(do.plan_journey, subject="J-1", case="C-1", plan_type="evacuate")
    desk.do(do.choose_way, subject="J-1", way=desk.way("GE"), coordinator="heron")
    assert desk.consents() == ()
    case = desk.bench.cases.get("C-1")
    (lawyer,) = casework.queries.valid_consents(case, "p5", desk.clock())
    with pytest.raises(evacuation.refusals.NoValidYes):
        desk.do(do.link_consent, subject="J-1", consent_line=lawyer.id, consents=desk.consents())
    desk.check()
    with pytest.raises(evacuation.refusals.NeverSkipped, match="consent"):
        desk.together("otter", do.override_checks, subject="J-1", reason="Everything else is filled.")


def test_the_queue_shows_a_code_a_level_and_the_next_action_and_nothing_of_hers(night: Night) -> None:
    a_case(night)
    row = night.row()
    assert (row.code, row.level, row.next_action) == ("C-1", "P1", "take_first_step")
    for canary in CANARIES:
        assert canary.lower() not in repr(row).lower()


def test_no_entry_of_the_index_holds_anything_of_hers_and_others_do(night: Night) -> None:
    code = a_case(night)
    browser = night.browser()
    press(browser, browser.post("/c", data={"l": "en", "code": code.digits()}), "send", text=WORRY)
    night.round()
    vault = Vault.unlock(night.desk.store, passphrase=PASSPHRASES["heron"])
    opened = list(vault.read())
    index = [o.body.decode() for o in opened if o.compartment == "index"]
    elsewhere = "".join(o.body.decode() for o in opened if o.compartment != "index")
    assert len(index) > 5
    for canary in (*CANARIES, WORRY):
        assert canary in elsewhere
        assert not [body for body in index if canary.lower() in body.lower()]


def test_no_form_of_ours_has_a_field_for_whom_she_loves(night: Night) -> None:
    rooms = (intake.entries.KINDS, casework.entries.KINDS, evacuation.entries.KINDS)
    fields = {name for kinds in rooms for kind in kinds for name in kind.__dataclass_fields__}
    fields |= {question for question in intake.form.BY_KEY} | set(casework.triage.FACTORS)
    for word in ("orient", "gender", "sex", "religion", "faith", "clan", "teip", "hiv", "ethnic"):
        assert not [name for name in fields if word in name.lower()]


def test_the_morning_after_everything_is_there_for_whoever_unlocks(night: Night) -> None:
    a_case(night)
    known = all_known(night.desk.bench)
    for member in PASSPHRASES:
        assert all_known(night.desk.again(member)) == known


def test_the_answers_travel_in_the_form_and_never_in_an_address(night: Night) -> None:
    browser = night.browser()
    page = press(browser, browser.get("/w"), "next", safe_now="yes")
    page = press(browser, page, "next", danger="now")
    assert hidden(page)["danger"] == ["now"]
    assert "?" not in str(page.url)
