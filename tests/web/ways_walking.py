"""What the tests of ways and journeys do at the desk: ask, say yes, choose, check, go."""

import re

from web_desk import THEIRS

QUESTION = {
    "form": "ways",
    "passports": "RU",
    "papers": "foreign",
    "origin": "Grozny",
    "lists": "clear",
    "aim": "interim",
}
YES = {
    "form": "consent",
    "purpose": "p4",
    "organisation": "This office",
    "role": "movement coordinator",
    "scope": "papers",
    "mode": "said_and_repeated_back",
    "given_when": "calm",
    "understanding": "yes",
}
LISTS = ("wanted", "missing_person", "exit_stop", "debt", "military_summons")
EXIT_RISK = {
    "form": "exit-risk",
    **dict.fromkeys(LISTS, "checked_by_lawyer"),
    "cameras": "avoided",
    "minors_consent": "not_needed",
    "medication": "not_needed",
    "phone": "new",
    "sim_rule_told": "yes",
    "story_rehearsed": "yes",
    "cash_in_hand": "yes",
}


def say_yes(desk, case):
    """The person's yes to the travel operation, written in the case."""
    assert desk.post(f"/cases/{case}/consents", **YES).status_code == 200


def planned(desk, **question):
    """A journey on paper, by the first way that the planner offers; (case, journey)."""
    _, case = desk.open_case(danger="within_days")
    say_yes(desk, case)
    return case, choose(desk, case, **question)


def choose(desk, case, **question):
    """Choose the first way; the code of the journey."""
    asked = desk.post(f"/cases/{case}/ways", **QUESTION | question)
    key = re.search(r'name="plan" value="([0-9a-f]+)"', asked.text)
    assert key
    departure = desk.clock.at.strftime("%Y-%m-%dT%H:%M")
    answer = desk.post(f"/cases/{case}/ways/choose", **QUESTION | question, plan=key[1], departure=departure)
    assert answer.status_code == 200
    return answer.url.path.rsplit("/", 1)[-1]


def checked(desk, **question):
    """A journey whose checks are complete; (case, journey)."""
    case, journey = planned(desk, **question)
    base = f"/journeys/{journey}"
    desk.post(f"{base}/exit-risk", **EXIT_RISK)
    desk.post(f"{base}/stop-decision", form="stop-decision", choice="lawyer_only", after_minutes="60")
    desk.post(f"{base}/papers", form="papers", kind_1="foreign_passport", state_1="RU", enough="yes")
    desk.post(f"{base}/complete")
    assert state(desk, journey) == "checked"
    return case, journey


def moving(desk, **question):
    """A journey that has begun; (case, journey)."""
    case, journey = checked(desk, **question)
    base = f"/journeys/{journey}"
    desk.post(f"{base}/propose")
    desk.post(f"{base}/decide", form="decide", go="go", second_passphrase=THEIRS)
    desk.post(f"{base}/start")
    assert state(desk, journey) == "moving"
    return case, journey


def state(desk, journey):
    """The state of a journey, as the room holds it."""
    return the(desk, journey).state


def the(desk, journey):
    """The journey, as the room holds it."""
    found = desk.bench.journeys.get(journey)
    assert found is not None
    return found


def first(html):
    """The heading of the box on top of a page: what is to be done next."""
    return re.search(r'<h2 id="next-title">(.*?)</h2>', html)[1]
