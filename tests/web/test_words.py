"""Every code that a page can show has words, so that nobody reads a program's code at night."""

from dataclasses import fields

import pytest

from kunak.access import lists as access
from kunak.casework import board, consent, lists, triage
from kunak.casework.clocks import ORDER
from kunak.casework.followup import QUESTIONS, STEPS
from kunak.casework.queries import NEXT_ACTIONS
from kunak.evacuation import bed_entries, beds
from kunak.exchange.partners.columns import FORBIDDEN
from kunak.intake import actions, contact, form, neutral
from kunak.intake import entries as intake_entries
from kunak.intake import lists as intake_lists
from kunak.vault import log, roles
from kunak.web.forgetting_pages import ALL, PARTS
from kunak.web.words import tables
from kunak.workbench import retention, rounds

LISTS = {
    "level": triage.LEVELS, "clock": ORDER, "next": {*NEXT_ACTIONS.values(), "triage"},
    "trigger": triage.TRIGGERS, "factor": triage.FACTORS, **triage.FACTORS,
    "raise_reason": lists.RAISE_REASONS, "why_raised": lists.RAISE_REASONS,
    "lowering_reason": lists.LOWERING_REASONS, "decision": lists.DECISIONS, "first_step": lists.FIRST_STEPS,
    "need": lists.NEEDS, "need_state": lists.NEED_STATES, "threat_source": lists.THREAT_SOURCES,
    "threat_channel": lists.THREAT_CHANNELS, "threat_target": lists.THREAT_TARGETS,
    "now_known": lists.NOW_KNOWN, "close_reason": lists.CLOSE_REASONS,
    "close_checklist": lists.CLOSE_CHECKLIST, "purpose": consent.PURPOSES, "scope": consent.SCOPE,
    "consent_mode": consent.MODES, "given_when": consent.GIVEN_WHEN, "understanding": consent.UNDERSTANDING,
    "age_band": consent.AGE_BANDS, "recall_outcome": consent.OUTCOMES, "follow_up_step": STEPS,
    "follow_up_question": QUESTIONS, "channel": form.CHANNELS, "region": (*form.REGIONS, *form.NOT_ANSWERS),
    "language": (*form.LANGUAGES, *form.NOT_ANSWERS), "hearing_source": form.HEARING_SOURCES,
    "question": form.BY_KEY, "first_need": form.BY_KEY["needs"].options, "weekday": form.DAYS,
    "person_grade": actions.PERSON_GRADES, "account_grade": actions.ACCOUNT_GRADES,
    "hostile_sign": actions.HOSTILE_SIGNS, "channel_in": actions.CHANNELS_IN, "via": actions.VIAS,
    "forbidden_kind": FORBIDDEN,
    "surge_reason": actions.SURGE_REASONS, "surge_over": actions.SURGE_OVER, "fair_kind": board.KINDS,
    "status": (*intake_entries.STATUSES.values(), "new", "safety_checked", "triaged", "accepted"),
    "reason": {reason for reasons in actions.REASONS.values() for reason in reasons},
    "bed_type": bed_entries.BED_TYPES, "accepts": bed_entries.ACCEPTS, "watch_sign": bed_entries.WATCH_SIGNS,
    "claim_state": (*beds.NEXT, "freed", "unknown"), "kept_bed": (*beds.NEXT, "unknown"),
    "claim_step": {step for steps in beds.NEXT.values() for step in steps},
    "bed_risk": ("green", "watch", "move", "burned"), "displaced": ("given_twice", "burned", "closed"),
    "role": roles.ROLES, "role_reads": roles.ROLES, "compartment": roles.COMPARTMENTS,
    "opening_purpose": access.PURPOSES, "read_purpose": access.READ_PURPOSES, "shred_reason": access.SHRED_REASONS,
    "opening_state": ("asked", "released", "refused", "ended"), "shred_what": (ALL, *PARTS),
    "retention": retention.BY_NAME, "retention_after": retention.BY_NAME,
    "retention_then": {rule.then for rule in retention.TABLE}, "waiting": log.WAITING, "sync_way": rounds.WAYS,
    "challenge": intake_lists.CHALLENGE_OUTCOMES, "freeze_reason": intake_lists.FREEZE_REASONS,
    "doubt_kind": {*intake_lists.CHALLENGE_OUTCOMES, *intake_lists.FREEZE_REASONS} - {"passed"},
    "restored_by": intake_lists.RESTORED_BY, "second_look": intake_lists.SECOND_LOOKS,
    "override_reason": intake_lists.OVERRIDE_REASONS, "neutral": neutral.NEUTRAL,
    "wrong_person_line": contact.CHOICES["wrong_person"],
    "plan_fact": [f.name for f in fields(contact.SafeContactPlan)],
    **{name: contact.CHOICES[name] for name in contact.CHOICES if name not in ("channel",)},
    **{key: (*form.BY_KEY[key].options, *form.NOT_ANSWERS)
       for key in ("safe_now", "danger", "who", "under_18", "answer_how")},
    **{f"{key}_short": (*form.BY_KEY[key].options, *form.NOT_ANSWERS) for key in ("who", "answer_how")},
}  # fmt: skip


@pytest.mark.parametrize("table", sorted(LISTS))
def test_every_code_of_a_closed_list_has_words(table):
    assert set(LISTS[table]) <= set(tables()[table])


def test_every_ground_of_a_level_has_words():
    answers = (*form.BY_KEY["danger"].options, *form.NOT_ANSWERS)
    unsafe = {f"safe_{code}" for code in ("not_sure", "no", *form.NOT_ANSWERS)}
    assert {*answers, *unsafe} <= set(tables()["why_claim"])
    worst = {name: 3 for name in triage.FACTORS}
    assert {floor.code for floor in triage.assess((), worst).floors} <= set(tables()["floor"])
