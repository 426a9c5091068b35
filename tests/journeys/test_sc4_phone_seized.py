"""Sc-4, police hold an unlocked phone with our chat: nothing goes out, what comes in counts for nothing."""

import pytest
import test_sc1_first_contact as sc1
from bench_office import PASSPHRASES, Desk, all_known, on_the_way
from relay_office import press
from test_sc1_first_contact import Night

from kunak import casework, evacuation, intake
from kunak.evacuation.checkins import TAKEN_BY_ONE
from kunak.exchange import inbox
from kunak.fold import Entry
from kunak.intake import queries
from kunak.intake.contact import ContactChannel, SafeContactPlan, Window
from kunak.intake.form import CHANNELS
from kunak.intake.neutral import NEUTRAL
from kunak.intake.sending import ChannelRetired, ThreadIsFrozen
from kunak.vault.shredding import dossiers_of
from kunak.workbench import retention, threads
from kunak.workbench.gate import WithdrawalVoid, WithheldUnderControl
from kunak.workbench.hearing import KINDS

night = sc1.night

FLAT = "Are you safe? The flat is still ready."
FINE = "All fine, stop searching, I withdraw."
FRIEND, REACH = "a friend of his from the market", "through her own code"


def seized(night: Night, retired: tuple[str, ...] = intake.trusting.ON_A_PHONE) -> str:
    """His partner tells us, and somebody at the desk freezes the thread. Returns his code."""
    code = sc1.a_case(night)
    night.desk.clock.later(hours=1)
    threads.freeze(night.desk.bench, night.request.code, "phone_seized", retired)
    return code.digits()


def message(night: Night, code: str, text: str) -> None:
    browser = night.browser()
    press(browser, browser.post("/c", data={"l": "en", "code": code}), "send", text=text)
    night.round()


def anyway(desk: Desk, channel: str) -> None:
    desk.together(
        "otter", intake.actions.write_anyway, subject="R-1", text=FLAT, channel=channel, words="now",
        reason="life_in_danger_now", line_read="nothing",
    )  # fmt: skip


# 0 minutes: frozen both ways


@pytest.mark.parametrize("text", [FLAT, NEUTRAL["read"]["en"]])
def test_nothing_is_written_on_any_channel_by_anyone(night: Night, text: str) -> None:
    seized(night)
    before = all_known(night.desk.bench)
    for member in PASSPHRASES:
        desk = Desk(night.desk.store, member, night.desk.clock)
        for channel in CHANNELS:
            facts = {"subject": night.request.code, "text": text, "channel": channel}
            with pytest.raises(ThreadIsFrozen):
                desk.do(intake.actions.write_reply, **facts)
            with pytest.raises(ThreadIsFrozen):
                desk.together(
                    "otter" if member != "otter" else "heron", intake.actions.write_anyway, **facts,
                    reason="life_in_danger_now", words="now", line_read="hang_up",
                )  # fmt: skip
    assert all_known(night.desk.bench) == before


def test_an_answer_that_waits_is_not_delivered_and_one_that_lay_there_is_gone(night: Night) -> None:
    code = sc1.a_case(night)
    assert sc1.OURS in night.browser().post("/c", data={"l": "en", "code": code.digits()}).text
    night.desk.do(intake.actions.write_reply, subject=night.request.code, text=FLAT)
    threads.freeze(night.desk.bench, night.request.code, "phone_seized", intake.trusting.ON_A_PHONE)
    night.inbox.empty(inbox.retired(night.desk.bench))
    night.round()
    page = night.browser().post("/c", data={"l": "en", "code": code.digits()}).text
    assert FLAT not in page
    assert sc1.OURS not in page, "whoever has the phone opens the mailbox too"


def test_an_answer_that_is_on_its_way_when_it_is_frozen_is_stopped_at_the_last_step(night: Night) -> None:
    code = sc1.a_case(night)
    bench = night.desk.bench
    night.desk.do(intake.actions.write_reply, subject=night.request.code, text=FLAT)
    gathered = inbox.waiting(bench)
    assert gathered
    threads.freeze(bench, night.request.code, "phone_seized", intake.trusting.ON_A_PHONE)
    assert night.inbox.deliver(gathered, lambda code, reply: inbox.may_go(bench, code, reply)) == ()
    assert FLAT not in night.browser().post("/c", data={"l": "en", "code": code.digits()}).text


@pytest.mark.parametrize("step", [step for step in TAKEN_BY_ONE if step != "trusted_person"])
def test_no_step_of_the_ladder_is_a_message_to_the_phone(step: str) -> None:
    desk = on_the_way()
    threads.freeze(desk.bench, "R-1", "phone_seized", intake.trusting.ON_A_PHONE)
    desk.clock.later(hours=20)
    with pytest.raises(ThreadIsFrozen):
        desk.do(evacuation.actions.take_step, subject="J-1", step=step)


WORDS_TO_THEM = {"intake.ReplyWritten", "intake.ReplyWrittenAnyway"}


def test_every_entry_that_is_a_word_to_the_person_is_tried_here() -> None:
    """Whoever adds a kind of entry with a channel and a text meets it here."""
    worded = {name for name, kind in KINDS.items() if {"channel", "text"} <= set(kind.__dataclass_fields__)}
    assert worded - {"casework.ThreatNoted", "intake.ContactOverridden"} == WORDS_TO_THEM


@pytest.mark.parametrize("kind", sorted(WORDS_TO_THEM))
def test_a_room_that_forgets_the_rule_is_stopped_at_the_workbench(night: Night, kind: str) -> None:
    """An action that decides a message without asking anybody: the one gate holds it all the same."""
    seized(night)

    def careless(_: object, **facts: object) -> tuple[Entry, ...]:
        second = {"second": facts.pop("second", "")} if kind == "intake.ReplyWrittenAnyway" else {}
        facts.pop("second", None)
        return (KINDS[kind](text=FLAT, language="en", channel="call", **facts, **second),)

    with pytest.raises(ThreadIsFrozen):
        night.desk.bench.act(careless, None, subject=night.request.code)
    with pytest.raises(ThreadIsFrozen):
        night.desk.bench.act_with_second(PASSPHRASES["otter"], careless, None, subject=night.request.code)


def test_the_case_is_p0_and_says_so(night: Night) -> None:
    seized(night)
    assert night.row().level == "P0"
    assert ("waiting", "frozen") in {(why.kind, why.code) for why in night.row().why}


# 10 minutes: the handle is retired


def test_a_retired_handle_is_accepted_no_more_also_when_two_trust_him_again(night: Night) -> None:
    seized(night)
    desk, code = night.desk, night.request.code
    desk.together("otter", intake.actions.restore_trust, subject=code, how="met_in_person")
    for channel in ("web_code", "call"):
        with pytest.raises(ChannelRetired):
            desk.do(intake.actions.write_reply, subject=code, text=FLAT, channel=channel)
    with pytest.raises(ChannelRetired):
        desk.do(intake.actions.note_plan, subject=code, plan=sc1.PLAN)
    assert inbox.waiting(desk.bench) == ()
    other = SafeContactPlan(
        may_contact="as_below",
        channels=(ContactChannel(kind="call", address="another number", seen_by="nobody"),),
        utc_offset_minutes=180,
        windows=(Window(start=0, end=24 * 60),),
    )
    desk.do(intake.actions.note_plan, subject=code, plan=other)
    desk.do(intake.actions.write_reply, subject=code, text=FLAT, channel="call")


def test_what_comes_through_his_code_counts_as_said_under_control_for_ever(night: Night) -> None:
    code = seized(night)
    desk = night.desk
    desk.together("otter", intake.actions.restore_trust, subject=night.request.code, how="lawyer_saw_them")
    desk.clock.later(days=3)
    message(night, code, "it is me again, a new number")
    assert queries.said_under_control(night.request, night.request.messages[-1])


# 20 minutes: whom the phone tells of


def test_the_warning_list_is_gone_after_fourteen_days_everywhere(night: Night) -> None:
    seized(night)
    desk, code = night.desk, night.request.code
    desk.do(intake.actions.note_warning, subject=code, whom=FRIEND, reach=REACH)
    (line,) = night.request.warnings
    desk.do(intake.actions.note_warned, subject=code, warning=line.id)
    desk.clock.later(days=13, hours=23)
    assert "exposed_contacts" not in {due.rule.name for due in retention.sweep(desk.bench)}
    assert night.request.warnings
    desk.clock.later(hours=2)
    assert ("exposed_contacts", code) in {(due.rule.name, due.subject) for due in retention.sweep(desk.bench)}
    assert night.request.warnings == ()
    assert dossiers_of(desk.bench.vault, code, ("warning",)) == ()
    for member in PASSPHRASES:
        again = desk.again(member)
        assert again.requests.get(code).warnings == ()
        assert again.requests.get(code).control.frozen, "the rest of the request is as it was"
        assert FRIEND not in repr(list(again.vault.read()))


def test_the_list_stands_in_no_other_compartment(night: Night) -> None:
    seized(night)
    night.desk.do(intake.actions.note_warning, subject=night.request.code, whom=FRIEND, reach=REACH)
    opened = list(night.desk.again("heron").vault.read())
    found = {one.compartment for one in opened if FRIEND in one.body.decode() or REACH in one.body.decode()}
    assert found == {"warning"}


# 3 hours: a message from his account


def test_a_withdrawal_that_comes_then_is_void_and_is_kept_as_said(night: Night) -> None:
    code = seized(night)
    desk = night.desk
    message(night, code, FINE)
    said = night.request.messages[-1]
    assert said.text == FINE
    assert queries.said_under_control(night.request, said)
    case = desk.bench.cases.get("C-1")
    (lawyer,) = casework.queries.valid_consents(case, "p5", desk.clock())
    with pytest.raises(WithdrawalVoid):
        desk.do(casework.actions.withdraw_consent, subject="C-1", line=lawyer.id)
    desk.do(casework.actions.note_void_withdrawal, subject="C-1", line=lawyer.id)
    case = desk.bench.cases.get("C-1")
    assert casework.queries.valid_consents(case, "p5", desk.clock()) == (lawyer,)
    assert case.withdrawn == {} and casework.queries.recalls(case) == ()
    assert [one.line for one in case.void_withdrawals] == [lawyer.id]
    assert case.is_open


def test_no_yes_counts_then_either(night: Night) -> None:
    seized(night)
    yes = {"subject": "C-1", "purpose": "p12", "organisation": "A paper", "role": "editor", "scope": ["need"],
           "mode": "recorded", "understanding": "yes"}  # fmt: skip
    with pytest.raises(WithheldUnderControl):
        night.desk.do(casework.actions.give_consent, **yes)


def test_stop_pressed_on_his_page_changes_no_plan(night: Night) -> None:
    code = seized(night)
    browser = night.browser()
    sure = press(browser, browser.post("/c", data={"l": "en", "code": code}), "stop")
    press(browser, sure, "stop-yes")
    night.round()
    assert night.request.plan == sc1.PLAN
    assert "not to write" in night.request.messages[-1].text


def test_a_stop_counts_again_when_two_have_heard_of_him(night: Night) -> None:
    seized(night)
    desk = night.desk
    desk.together("wren", intake.actions.restore_trust, subject=night.request.code, how="lawyer_saw_them")
    (lawyer,) = casework.queries.valid_consents(desk.bench.cases.get("C-1"), "p5", desk.clock())
    desk.do(casework.actions.withdraw_consent, subject="C-1", line=lawyer.id)
    assert casework.queries.valid_consents(desk.bench.cases.get("C-1"), "p5", desk.clock()) == ()


def test_all_devices_know_the_same_after_a_restart(night: Night) -> None:
    code = seized(night)
    message(night, code, FINE)
    known = all_known(night.desk.bench)
    for member in PASSPHRASES:
        assert all_known(night.desk.again(member)) == known


def test_a_request_by_telephone_is_frozen_too() -> None:
    desk = on_the_way()
    threads.freeze(desk.bench, "R-1", "person_held", ())
    for channel in CHANNELS:
        with pytest.raises(ThreadIsFrozen):
            anyway(desk, channel)
