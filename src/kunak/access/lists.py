"""The closed lists of this room."""

from datetime import timedelta

PURPOSES = (
    "papers_for_travel", "admission_request", "lawyer_filing", "urgent_action", "standing_instructions",
    "evidence_for_forum", "correct_a_mistake", "incident_exposure", "review", "drill",
)  # fmt: skip
BY_TWO = ("identity", "originals", "readings")  # what two open together
COMPARTMENTS = (
    "index",
    "work",
    "contact",
    "chat",
    "place",
    "evidence",
    "staff",
    "numbers",
    "warning",
    *BY_TWO,
)
READ_PURPOSES = ("own_case", "triage", "reply", "handover", "second_opinion", "incident_exposure", "review")
SHRED_REASONS = ("person_asked", "retention", "hostile", "mistake", "danger")
CHAT_HOURS = (24, 48, 72, 120, 168, 240, 336)  # a chat is kept so long after it was answered
CHAT_KEPT = 72
SHIFT = timedelta(hours=8)
MOST_OPENINGS = 10  # different files that one member opens in a shift without a second
MORE = 10
