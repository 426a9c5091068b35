"""Sc-2, a relative pretends to be the person: signs, the agreed question, a burned thread, two who trust again."""

from datetime import timedelta

import pytest
import test_sc1_first_contact as sc1
from bench_office import Desk, all_known
from relay_office import press
from test_sc1_first_contact import Night

from kunak import casework, evacuation, intake
from kunak.evacuation import bed_entries, beds
from kunak.intake.making import SecondNeeded
from kunak.intake.neutral import NEUTRAL
from kunak.intake.sending import OnlyNeutral
from kunak.web.sentences import SENTENCES
from kunak.web.thread import beginnings, neutral
from kunak.workbench import SecondPersonNeeded, threads
from kunak.workbench.gate import SecondLookFirst, WithheldUnderControl

night = sc1.night  # a real relay, a real office, a person with a code

DRIVER = "The driver is at the bus station at six."
HALF_RIGHT = "the quince is ready. Where do I go? I left already. Which address?"
FOUR_SIGNS = (
    "asks_where_shelter_is", "refuses_channel_change", "time_pressure_no_danger", "wants_named_worker",
)  # fmt: skip
CATALOGUE = NEUTRAL["catalogue"]["en"]


@pytest.fixture
def moving(night: Night) -> tuple[Night, str]:
    """Her case, a bed that is free and a journey that two are about to start; and her code."""
    code = sc1.a_case(night)
    desk = night.desk
    desk.draft("J-1")
    desk.check()
    desk.propose()
    desk.do(
        beds.list_bed, subject="B-1", capacity=2, bed_type="house", region="north", accepts=("adults",),
        note="behind the mill",
    )  # fmt: skip
    return night, code.digits()


def someone_writes(night: Night, code: str, text: str) -> None:
    browser = night.browser()
    press(browser, browser.post("/c", data={"l": "en", "code": code}), "send", text=text)
    night.round()


def twice_wrong(night: Night) -> None:
    for _ in range(2):
        threads.put_challenge(night.desk.bench, night.request.code, "failed")


def burned(moving: tuple[Night, str]) -> tuple[Night, str]:
    night, code = moving
    someone_writes(night, code, HALF_RIGHT)
    twice_wrong(night)
    return night, code


# Signs


def test_four_signs_ask_another_member_and_decide_nothing(moving: tuple[Night, str]) -> None:
    night, code = moving
    someone_writes(night, code, HALF_RIGHT)
    desk, act = night.desk, intake.actions
    desk.do(act.note_hostile_signs, subject=night.request.code, signs=FOUR_SIGNS, absent=["seized_device"])
    assert intake.queries.needs_second_worker(night.request)
    assert night.request.status not in ("suspected_hostile", "declined")
    assert ("waiting", "second_look") in {(why.kind, why.code) for why in night.row().why}
    with pytest.raises(SecondLookFirst):
        desk.do(beds.hold_bed, subject="B-1", case="C-1")
    with pytest.raises(SecondLookFirst):
        desk.together("otter", evacuation.actions.decide_go, subject="J-1", go=True, consents=desk.consents())
    colleague = Desk(desk.store, "wren", desk.clock)
    colleague.do(act.give_second_look, subject=night.request.code, verdict="only_in_steps")
    desk.bench.refresh()
    desk.do(beds.hold_bed, subject="B-1", case="C-1")


# Two failed challenges


def test_after_two_failed_challenges_only_a_neutral_text_goes_to_the_thread(
    moving: tuple[Night, str],
) -> None:
    night, code = burned(moving)
    with pytest.raises(OnlyNeutral):
        night.desk.do(intake.actions.write_reply, subject=night.request.code, text=DRIVER)
    night.desk.do(intake.actions.write_reply, subject=night.request.code, text=CATALOGUE)
    night.round()
    page = night.browser().post("/c", data={"l": "en", "code": code}).text
    assert CATALOGUE in page
    assert DRIVER not in page


def test_what_was_written_before_and_had_not_left_does_not_leave(moving: tuple[Night, str]) -> None:
    night, code = moving
    night.desk.do(intake.actions.write_reply, subject=night.request.code, text=DRIVER)
    twice_wrong(night)
    night.round()
    assert DRIVER not in night.browser().post("/c", data={"l": "en", "code": code}).text
    assert intake.queries.held_back(night.request)


def test_the_case_is_p0_until_she_was_heard_of(moving: tuple[Night, str]) -> None:
    night, _ = burned(moving)
    row = night.row()
    assert (row.code, row.level) == ("C-1", "P0")
    assert ("waiting", "possibly_under_control") in {(why.kind, why.code) for why in row.why}


def test_whoever_reads_the_index_alone_knows_it_and_no_word_of_hers(moving: tuple[Night, str]) -> None:
    night, _ = burned(moving)
    index = [
        entry
        for entries in night.desk.bench.requests.heard.values()
        for entry in entries
        if entry.compartment == "index"
    ]
    assert intake.fold(intake.EMPTY, index).get(night.request.code).control.possible
    assert not any(word in str(index) for word in (*sc1.CANARIES, HALF_RIGHT))


def test_nothing_that_leads_to_a_place_is_done_for_it(moving: tuple[Night, str]) -> None:
    night, _ = burned(moving)
    desk, do = night.desk, evacuation.actions
    before = all_known(desk.bench)
    yes = {"subject": "C-1", "purpose": "p3", "organisation": "This office", "role": "house", "scope": ["need"],
           "mode": "written", "understanding": "yes"}  # fmt: skip
    withheld = (
        lambda: desk.do(beds.hold_bed, subject="B-1", case="C-1"),
        lambda: desk.together("otter", do.decide_go, subject="J-1", go=True, consents=desk.consents()),
        lambda: desk.do(casework.actions.give_consent, **yes),
    )
    for attempt in withheld:
        with pytest.raises(WithheldUnderControl):
            attempt()
    assert all_known(desk.bench) == before


def test_a_bed_that_is_held_is_not_given_and_can_be_let_go(moving: tuple[Night, str]) -> None:
    night, _ = moving
    desk = night.desk
    desk.do(beds.hold_bed, subject="B-1", case="C-1")
    (kept,) = beds.kept_for(desk.bench.journeys, "C-1", desk.clock())
    twice_wrong(night)
    with pytest.raises(WithheldUnderControl):
        desk.together(
            "otter", beds.move_on, subject="C-1", claim=kept.claim, to="assigned", known_enough=False
        )
    written = desk.do(beds.move_on, subject="C-1", claim=kept.claim, to="freed")
    assert isinstance(written[0], bed_entries.BedFreed)


def test_leg_and_house_are_changed_meanwhile(moving: tuple[Night, str]) -> None:
    night, _ = burned(moving)
    desk = night.desk
    way = desk.way("DE", origin_name="Somewhere else")
    desk.do(evacuation.actions.choose_way, subject="J-1", way=way, coordinator="heron")
    assert desk.journey().way.legs[0].origin_name == "Somewhere else"


# A second caller


def test_the_standard_sentence_is_the_only_one_offered_for_who_asks_about_another(
    moving: tuple[Night, str],
) -> None:
    night, _ = moving
    assert len(beginnings(night.request)) > 5
    night.desk.do(
        intake.actions.note_hostile_signs, subject=night.request.code, signs=["asks_about_third_person"]
    )
    assert dict(beginnings(night.request)) == {"third_party": SENTENCES["third_party"]}
    assert SENTENCES["third_party"] == {
        "en": "We do not say who does or does not contact us. If you need help yourself, I can listen.",
        "ru": "Мы никому не говорим, кто к нам обращался, а кто нет. Если помощь нужна вам — я слушаю.",
    }


def test_an_uncle_who_phones_is_logged_as_a_threat(moving: tuple[Night, str]) -> None:
    night, _ = moving
    facts = {
        "day": None,
        "channel": "call",
        "source": "family",
        "target": "person",
        "text": "asked where she is",
    }
    night.desk.do(casework.actions.note_threat, subject="C-1", **facts)
    assert night.desk.bench.cases.get("C-1").threats[-1].source == "family"


# If it was her


def test_one_member_does_not_trust_it_again_and_two_do(moving: tuple[Night, str]) -> None:
    night, _ = burned(moving)
    desk, restore = night.desk, intake.actions.restore_trust
    by = {"subject": night.request.code, "how": "challenge_passed_in_window"}
    desk.do(intake.actions.put_challenge, subject=night.request.code, outcome="passed")
    with pytest.raises(SecondNeeded):
        desk.do(restore, second="", **by)
    with pytest.raises(SecondPersonNeeded):
        desk.do(restore, second="otter", **by)
    with pytest.raises(SecondPersonNeeded):
        desk.together("heron", restore, **by)
    assert night.request.control.possible
    desk.together("otter", restore, **by)
    assert not night.request.control.possible
    for member in ("heron", "otter", "wren"):
        assert all_known(desk.again(member)) == all_known(desk.bench)


def test_nothing_is_lost_but_an_hour(moving: tuple[Night, str]) -> None:
    night, code = burned(moving)
    desk = night.desk
    desk.clock.later(hours=1)
    desk.together(
        "otter", intake.actions.restore_trust, subject=night.request.code, how="challenge_passed_in_window"
    )
    assert {"en", "ru"} <= set(SENTENCES["sorry_checked"])
    sorry = SENTENCES["sorry_checked"]["en"]
    desk.do(intake.actions.write_reply, subject=night.request.code, text=sorry)
    night.round()
    assert sorry.split(".")[0] in night.browser().post("/c", data={"l": "en", "code": code}).text
    assert not desk.bench.cases.get("C-1").close_reasons
    desk.together("otter", evacuation.actions.decide_go, subject="J-1", go=True, consents=desk.consents())
    desk.do(evacuation.actions.start_journey, subject="J-1", consents=desk.consents())
    assert desk.journey().state == "moving"


def test_words_agreed_with_her_stay_offered_while_it_is_doubted(moving: tuple[Night, str]) -> None:
    night, _ = burned(moving)
    offered = [words for words, _ in neutral(night.request, "en")]
    assert sc1.COVER in offered and CATALOGUE in offered
    night.desk.do(intake.actions.write_reply, subject=night.request.code, text=sc1.COVER)


# On the way


def test_a_sign_that_comes_from_a_doubted_thread_is_no_sign(moving: tuple[Night, str]) -> None:
    night, _ = moving
    desk, do = night.desk, evacuation.actions
    desk.together("otter", do.decide_go, subject="J-1", go=True, consents=desk.consents())
    desk.do(do.start_journey, subject="J-1", consents=desk.consents())
    twice_wrong(night)
    with pytest.raises(WithheldUnderControl):
        desk.do(do.mark_check_in, subject="J-1", leg=1)
    desk.do(do.mark_check_in, subject="J-1", leg=1, sign="duress")
    assert desk.journey().under_control is not None


def test_a_word_of_duress_on_the_way_burns_the_thread_too(moving: tuple[Night, str]) -> None:
    night, _ = moving
    desk, do = night.desk, evacuation.actions
    desk.together("otter", do.decide_go, subject="J-1", go=True, consents=desk.consents())
    desk.do(do.start_journey, subject="J-1", consents=desk.consents())
    desk.clock.later(hours=2)
    desk.do(do.mark_check_in, subject="J-1", leg=1, sign="duress")
    with pytest.raises(OnlyNeutral):
        desk.do(intake.actions.write_reply, subject=night.request.code, text=DRIVER)
    desk.together("otter", do.find_again, subject="J-1", how="met_in_person",
                  next_sign=desk.clock.at + timedelta(hours=5))  # fmt: skip
    desk.do(intake.actions.write_reply, subject=night.request.code, text=DRIVER)
