"""The closed lists of casework: codes that screens turn into words."""

from datetime import timedelta

MOST_WORKERS = 3
RAISE_REASONS = ("new_threat", "new_information", "missed_check_in", "person_says_so", "judgement")
# Closed on purpose: that it has been calm in the community is no reason to lower anyone.
LOWERING_REASONS = (
    "reached_safety", "threat_ended_and_confirmed", "information_was_wrong", "first_step_removed_danger",
    "time_window_passed_safely",
)  # fmt: skip
DECISIONS = ("open_case", "answer_with_advice", "wait_and_look_again", "refer", "ask_more")
FIRST_STEPS = (
    "safe_place_offered", "move_arranged", "lawyer_called", "medical_help_found", "contact_plan_made",
    "phone_made_safe", "advice_given", "partner_asked",
)  # fmt: skip
NEEDS = (
    "physical_safety", "place", "travel", "papers", "food_cash", "phone", "health_care", "medicines",
    "mental_support", "legal", "work_study", "language", "dependants", "belongings_pets",
    "contact_with_someone", "burial_family_matters",
)  # fmt: skip
NEED_STATES = ("none", "wanted", "in_progress", "met", "cannot_meet", "declined")
# Of two states noted apart the more open one counts: nobody is forgotten because somebody else was done.
OPENNESS = ("wanted", "in_progress", "cannot_meet", "met", "declined", "none")
THREAT_SOURCES = ("family", "police", "security_service", "blackmailer", "stranger", "unknown")
THREAT_CHANNELS = (
    "in_person",
    "call",
    "message",
    "social_network",
    "through_others",
    "official_paper",
    "unknown",
)
THREAT_TARGETS = ("person", "family", "staff", "house")
NOW_KNOWN = ("address", "country", "phone")
CLOSE_REASONS = (
    "goals_met", "person_wants_to_stop", "transferred", "no_contact_after_ladder", "died", "not_eligible",
    "moved_beyond_reach", "hostile",
)  # fmt: skip
CLOSE_CHECKLIST = (
    "needs_met_as_far_as_possible", "safety_plan_reviewed", "no_threat_or_knows_whom_to_call",
    "referrals_ended", "papers_returned_or_sealed", "told_what_is_kept", "way_back_given", "p16_asked",
)  # fmt: skip
RECENT_THREAT = timedelta(days=365)
