"""The closed lists of intake: codes that screens turn into words."""

CHANNELS_IN = ("web", "email", "phone", "messenger", "paper", "in_person", "partner")
VIAS = ("sealed", "relay-plaintext", "worker")
DECLINE_REASONS = (
    "outside_mandate", "no_capacity_now", "no_safe_way_to_help", "not_verified", "needs_another_service",
    "person_chose_otherwise", "age_rule", "conflict_of_interest", "suspected_hostile",
)  # fmt: skip
REASONS: dict[str, tuple[str, ...]] = {
    "info_given": ("advice_was_enough", "advice_only_wanted", "no_capacity_now"),
    "waitlisted": ("no_capacity_now", "no_safe_way_to_help", "not_verified"),
    "referred": ("needs_another_service", "outside_mandate", "no_capacity_now", "conflict_of_interest"),
    "declined": DECLINE_REASONS,
    "suspected_hostile": ("hostile_signs", "challenge_failed", "device_seized", "partner_warned"),
    "duplicate": ("person_says_so",),
    "withdrawn": ("person_chose_otherwise",),
    "lost": ("no_contact_after_ladder",),
}
SURGE_REASONS = ("raids", "press", "many_at_once", "few_of_us", "partner_stopped")
SURGE_OVER = ("calmer_now", "caught_up", "by_mistake")
NEEDS_SECOND = ("declined", "suspected_hostile")
PERSON_GRADES = ("V0", "V1", "V2", "V3", "V4")
ACCOUNT_GRADES = ("A0", "A1", "A2", "A3", "A4")
HOSTILE_SIGNS = (
    "asks_where_shelter_is", "asks_about_third_person", "refuses_channel_change", "wants_named_worker",
    "time_pressure_no_danger", "copies_press_article", "seized_device", "second_voice_helps",
)  # fmt: skip
# What came of asking for the agreed answer: only the first says that it is they, freely.
CHALLENGE_OUTCOMES = ("passed", "failed", "second_voice", "duress_word")
FREEZE_REASONS = ("phone_seized", "account_taken", "person_held", "partner_warned")
# By what two members know again that it is they: the first four are hard to force.
RESTORED_BY = (
    "met_in_person", "live_call_safe_word", "trusted_person_saw_them", "lawyer_saw_them",
    "challenge_passed_in_window", "marked_by_mistake",
)  # fmt: skip
SECOND_LOOKS = ("goes_on", "only_in_steps", "put_the_challenge", "treat_as_under_control")
OVERRIDE_REASONS = ("life_in_danger_now", "being_moved_now", "house_or_way_burned", "arrest_is_coming")
SECOND_LOOK_FROM = 2  # signs of a hostile contact
FAILURES = 2  # challenges that were not passed: from then on the thread is possibly under control
