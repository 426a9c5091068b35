"""The consent ledger (F6): rules R1–R11."""

from dataclasses import fields, replace

import pytest
from casework_office import T0, Office, an_office_with_a_case, days, hours
from hypothesis import given
from hypothesis import strategies as st

from kunak import casework
from kunak.casework import actions, consent, entries, queries
from kunak.casework.consent import (
    EVERY_PURPOSE,
    GUARDIAN,
    MODES,
    ONE_USE,
    PURPOSES,
    SCOPE,
    VALIDITY,
    AboutNeeded,
    ConsentTooLong,
    ConsentUnderControl,
    CountsAreTold,
    GivenByAnother,
    LineNotWithdrawn,
    LineUnknown,
    NotUnderstood,
    RecipientNotNamed,
    ScopeNeeded,
)
from kunak.casework.finding import CaseUnknown
from kunak.intake.making import SecondNeeded, ValueUnknown

A_YES = {
    "subject": "C-1", "purpose": "p5", "organisation": "Law Desk North", "role": "lawyer",
    "scope": ["need", "region"], "mode": "said_and_repeated_back", "understanding": "yes",
}  # fmt: skip


def given_yes(office: Office, **other) -> entries.ConsentGiven:
    (line,) = office.do(actions.give_consent, **{**A_YES, **other})
    return line


def hold(office: Office, purpose: str = "p5", at=None):
    return queries.valid_consents(office.case(), purpose, at or office.now)


def test_without_a_line_there_is_no_consent_for_anything() -> None:
    office = an_office_with_a_case()
    assert not any(hold(office, purpose) for purpose in EVERY_PURPOSE)


def test_a_yes_is_for_one_purpose_and_one_recipient() -> None:
    office = an_office_with_a_case()
    line = given_yes(office)
    assert hold(office) == (line,)
    assert not any(hold(office, purpose) for purpose in EVERY_PURPOSE if purpose != "p5")


def test_no_field_of_the_ledger_can_override_a_no() -> None:
    for kind in entries.CONSENT_KINDS:
        assert not any("override" in f.name or "force" in f.name for f in fields(kind))


@pytest.mark.parametrize(
    "nobody",
    ["", "  ", "all partners", "All Partners", "any lawyer", "everyone who helps", "partners", "as needed",
     "future uses", "все партнёры", "любой юрист", "партнёры", "North; South", "North, South", "A/B", "A\nB",
     "x" * 200],
)  # fmt: skip
@pytest.mark.parametrize("field", ["organisation", "role"])
def test_a_category_a_list_or_nothing_is_no_recipient(field: str, nobody: str) -> None:
    with pytest.raises(RecipientNotNamed):
        given_yes(an_office_with_a_case(), **{field: nobody})


def test_a_name_that_only_begins_like_a_category_is_a_name() -> None:
    assert given_yes(an_office_with_a_case(), organisation="Allies of the North").organisation


@pytest.mark.parametrize("understanding", ["partly", "no"])
def test_who_could_not_say_it_back_has_not_agreed(understanding: str) -> None:
    with pytest.raises(NotUnderstood):
        given_yes(an_office_with_a_case(), understanding=understanding)


def test_what_is_said_under_control_is_no_consent() -> None:
    with pytest.raises(ConsentUnderControl):
        given_yes(an_office_with_a_case(), given_when="under_control")
    assert given_yes(an_office_with_a_case(), given_when="in_crisis")


@pytest.mark.parametrize("void", [{"given_when": "under_control"}, {"understanding": "partly"}])
def test_a_void_line_written_past_the_rule_still_does_not_hold(void: dict[str, str]) -> None:
    office = an_office_with_a_case()
    line = given_yes(office)
    forged = replace(line, id="forged", **void)
    office.hear((forged,))
    assert hold(office) == (line,)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_purpose_ends_by_itself_and_expired_is_absent(purpose: str) -> None:
    office = an_office_with_a_case()
    line = given_yes(office, purpose=purpose, about="one of them", scope=["region"])
    end = T0 + VALIDITY[purpose]
    assert line.valid_until == end
    assert hold(office, purpose, end - hours(0.1)) == (line,)
    assert hold(office, purpose, end) == ()
    assert hold(office, purpose, T0 - hours(1)) == ()


def test_the_default_validities_are_those_of_the_form() -> None:
    form = {"p2": 30, "p5": 90, "p7": 730, "p10": 60, "p11": 60, "p16": 365}
    assert {purpose: VALIDITY[purpose].days for purpose in form} == form


@given(st.integers(-5 * 24, 40 * 24))
def test_a_yes_may_be_shorter_and_never_longer(length: int) -> None:
    office = an_office_with_a_case()
    if 0 < length <= 30 * 24:
        line = given_yes(office, purpose="p2", about="a doctor", valid_until=T0 + hours(length))
        assert line.valid_until == T0 + hours(length)
    else:
        with pytest.raises(ConsentTooLong):
            given_yes(office, purpose="p2", about="a doctor", valid_until=T0 + hours(length))


def test_consent_to_travel_ends_72_hours_after_the_person_is_confirmed_safe() -> None:
    office = an_office_with_a_case()
    line = given_yes(office, purpose="p4")
    office.do(actions.start_follow_up, subject="C-1", at=T0 + days(3))
    assert hold(office, "p4", T0 + days(5.9)) == (line,)
    assert hold(office, "p4", T0 + days(6)) == ()
    again = given_yes(office, purpose="p4", at=T0 + days(10))
    assert hold(office, "p4", T0 + days(20)) == (again,), "a second journey has its own yes"


def test_a_withdrawal_acts_at_once_by_any_member_and_asks_nothing() -> None:
    office = an_office_with_a_case()
    line = given_yes(office)
    office.do(actions.withdraw_consent, subject="C-1", line=line.id, by="clara", at=T0 + hours(1))
    assert hold(office) == ()
    assert hold(office, at=T0) == ()


def test_a_withdrawal_heard_before_the_line_it_stops_still_stops_it() -> None:
    office = an_office_with_a_case()
    line = given_yes(office)
    (stop,) = office.do(actions.withdraw_consent, subject="C-1", line=line.id)
    state = casework.fold(casework.EMPTY, [e for e in office.log if e not in (line, stop)])
    state = casework.fold(casework.fold(state, [stop]), [line])
    assert queries.valid_consents(state.get("C-1"), "p5", T0) == ()


def test_every_withdrawal_makes_a_recall_until_its_recipient_has_answered() -> None:
    office = an_office_with_a_case()
    line = given_yes(office)
    with pytest.raises(LineNotWithdrawn):
        office.do(actions.answer_recall, subject="C-1", line=line.id, outcome="stopped")
    office.do(actions.withdraw_consent, subject="C-1", line=line.id)
    (recall,) = queries.recalls(office.case())
    assert (recall.organisation, recall.outcome) == ("Law Desk North", "")
    with pytest.raises(ValueUnknown):
        office.do(actions.answer_recall, subject="C-1", line=line.id, outcome="we think so")
    office.do(actions.answer_recall, subject="C-1", line=line.id, outcome="destroyed")
    assert queries.recalls(office.case())[0].outcome == "destroyed"


@pytest.mark.parametrize("purpose", ONE_USE)
def test_a_yes_for_one_use_is_used_up(purpose: str) -> None:
    office = an_office_with_a_case()
    line = given_yes(office, purpose=purpose, about="one outlet")
    office.do(actions.use_consent, subject="C-1", line=line.id)
    assert hold(office, purpose) == ()


def test_other_lines_are_not_used_up() -> None:
    office = an_office_with_a_case()
    line = given_yes(office)
    with pytest.raises(ValueUnknown):
        office.do(actions.use_consent, subject="C-1", line=line.id)


@pytest.mark.parametrize("action", [actions.withdraw_consent, actions.use_consent])
def test_a_line_is_one_of_this_case(action) -> None:
    with pytest.raises(LineUnknown):
        an_office_with_a_case().do(action, subject="C-1", line="another")


@pytest.mark.parametrize("purpose", consent.NEEDS_ABOUT)
def test_a_purpose_that_leaves_one_open_says_which(purpose: str) -> None:
    with pytest.raises(AboutNeeded):
        given_yes(an_office_with_a_case(), purpose=purpose, about=" ")


def test_something_is_told_and_for_research_nothing_that_points_at_anyone() -> None:
    with pytest.raises(ScopeNeeded):
        given_yes(an_office_with_a_case(), scope=[])
    for group in ("identity", "contact", "voice"):
        with pytest.raises(ScopeNeeded):
            given_yes(an_office_with_a_case(), purpose="p14", scope=["region", group])
    assert given_yes(an_office_with_a_case(), purpose="p14", scope=["region"])


@pytest.mark.parametrize(
    "wrong",
    [{"purpose": "p99"}, {"mode": "nodded"}, {"understanding": "probably"}, {"given_when": "later"},
     {"age_band": "young"}, {"scope": ["everything"]}],
)  # fmt: skip
def test_a_line_takes_only_what_the_form_offers(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueUnknown):
        given_yes(an_office_with_a_case(), **wrong)


def test_counts_are_told_and_not_asked() -> None:
    with pytest.raises(CountsAreTold):
        given_yes(an_office_with_a_case(), purpose="p15")


# Others' consent (R8) and minors (R11)


def test_nobody_consents_for_an_adult() -> None:
    with pytest.raises(GivenByAnother):
        given_yes(an_office_with_a_case(), mode=GUARDIAN)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_at_sixteen_the_own_yes_counts_for_advice_safety_and_medical_help(purpose: str) -> None:
    office = an_office_with_a_case()
    facts = {"purpose": purpose, "about": "one", "scope": ["region"], "age_band": "16_17"}
    if purpose in consent.OWN_AT_16:
        assert given_yes(office, **facts)
    else:
        with pytest.raises(GivenByAnother):
            given_yes(office, **facts)
        assert given_yes(office, mode=GUARDIAN, **facts)


def test_a_younger_child_agrees_with_the_guardian_or_with_two_members_where_that_is_the_danger() -> None:
    child = {"age_band": "under_16"}
    with pytest.raises(GivenByAnother):
        given_yes(an_office_with_a_case(), **child)
    assert given_yes(an_office_with_a_case(), mode=GUARDIAN, **child)
    child["guardian_is_danger"] = True
    with pytest.raises(GivenByAnother):
        given_yes(an_office_with_a_case(), mode=GUARDIAN, **child)
    with pytest.raises(SecondNeeded):
        given_yes(an_office_with_a_case(), **child)
    assert given_yes(an_office_with_a_case(), second="boris", **child)


# Vital interest (R10)

VITAL = {
    "subject": "C-1", "danger": "enforced_disappearance", "organisation": "Law Desk North", "role": "lawyer",
    "scope": ["region"],
}  # fmt: skip


def test_without_consent_two_members_may_tell_the_least_to_prevent_the_worst_and_it_is_no_consent() -> None:
    office = an_office_with_a_case()
    with pytest.raises(SecondNeeded):
        office.do(actions.use_vital_interest, second="anna", **VITAL)
    (used,) = office.do(actions.use_vital_interest, second="boris", **VITAL)
    assert not any(hold(office, purpose) for purpose in EVERY_PURPOSE)
    assert queries.vital_interest_due(office.case()) == ((used.id, T0 + hours(72)),)
    with pytest.raises(SecondNeeded):
        office.do(actions.review_vital_interest, subject="C-1", used=used.id, person_told=True, second="anna")
    office.do(actions.review_vital_interest, subject="C-1", used=used.id, person_told=True, second="boris")
    assert queries.vital_interest_due(office.case()) == ()


def test_the_vital_interest_is_no_way_around_the_rules() -> None:
    office = an_office_with_a_case()
    for wrong, refused in (
        ({"danger": "a_good_story"}, ValueUnknown),
        ({"scope": []}, ScopeNeeded),
        ({"organisation": "all partners"}, RecipientNotNamed),
    ):
        with pytest.raises(refused):
            office.do(actions.use_vital_interest, second="boris", **{**VITAL, **wrong})
    with pytest.raises(LineUnknown):
        office.do(actions.review_vital_interest, subject="C-1", used="x", person_told=True, second="boris")


# R2


def test_help_never_depends_on_a_yes() -> None:
    office = an_office_with_a_case(danger="within_hours")
    before = office.queue()
    for purpose in PURPOSES:
        given_yes(office, purpose=purpose, about="one", scope=["region"])
    assert office.queue() == before
    for line in office.case().consents:
        office.do(actions.withdraw_consent, subject="C-1", line=line.id)
    assert office.queue() == before


def test_consent_belongs_to_a_case() -> None:
    with pytest.raises(CaseUnknown):
        given_yes(Office())


def test_every_mode_and_scope_of_the_form_is_offered() -> None:
    assert len(MODES) == 6
    assert len(SCOPE) == 11
    assert tuple(f"p{n}" for n in range(1, 18)) == EVERY_PURPOSE
