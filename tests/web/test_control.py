"""Is it they? The page for it, what a doubted thread never shows, words past the plan, who asks about another."""

import re

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_web_beds import hold, listed
from ways_walking import QUESTION, moving, planned
from web_desk import THEIRS, plain

from kunak import evacuation, intake
from kunak.evacuation import facts
from kunak.intake.neutral import NEUTRAL, THIRD_PARTY
from kunak.web.app import PAGES

QUESTION_AGREED, ANSWER, DURESS = "what colour was the cup", "green as grass", "umbrella"
WHERE = "The driver waits at the bus station."
CATALOGUE = NEUTRAL["catalogue"]["ru"]
CANARY = re.compile(r"Canary\d+")
# For whoever moves the person, by themselves: nothing is written to anyone from there.
BY_THEMSELVES = ("/journeys/{code}/places", "/journeys/{code}/legs")


def agree(desk, request):
    fields = {
        "may_contact": "as_below", "channel_0": "call", "address_0": "+000 0000", "seen_by_0": "nobody",
        "utc_offset_minutes": "0", "window_0_from": "00:00", "window_0_to": "24:00", "wrong_person": "hang_up",
        "challenge_question": QUESTION_AGREED, "challenge_answer": ANSWER, "duress_word": DURESS,
    }  # fmt: skip
    assert desk.post(f"/requests/{request}/plan", form="plan", **fields).status_code == 200


def challenge(desk, request, outcome="failed"):
    return desk.post(f"/requests/{request}/challenge", form="challenge", outcome=outcome)


def burn(desk, request):
    for _ in range(2):
        challenge(desk, request)


def freeze(desk, request, **fields):
    given = {"freeze_reason": "phone_seized", "retired": ["web_code", "call"], **fields}
    return desk.post(f"/requests/{request}/freeze", form="freeze", **given)


def restore(desk, request, how="met_in_person", second=THEIRS):
    return desk.post(f"/requests/{request}/restore", form="restore", how=how, second_passphrase=second)


# The page


def test_the_agreed_question_and_answer_stand_where_it_is_put_and_nowhere_else(desk):
    request, case = desk.open_case()
    agree(desk, request)
    page = desk.text(f"/requests/{request}/trust")
    assert QUESTION_AGREED in page and ANSWER in page and DURESS in page
    for path in (f"/cases/{case}", "/", "/cases", f"/requests/{request}/anyway"):
        assert ANSWER not in desk.text(path)


def test_two_failed_challenges_burn_the_thread_and_make_it_p0(desk):
    request, case = desk.open_case()
    challenge(desk, request)
    assert "Possibly under control" not in desk.text(f"/cases/{case}")
    challenge(desk, request)
    page = desk.text(f"/cases/{case}")
    assert "Possibly under control: somebody else may be writing" in page
    assert "a challenge was answered wrongly, or not" in page
    assert desk.bench.cases.get(case).level == "P0"
    assert "Possibly under control" in desk.text("/")


def test_a_word_of_duress_changes_nothing_on_the_page_that_answers(desk):
    request, case = desk.open_case()
    passed = plain(challenge(desk, request, "passed").text)
    forced = plain(challenge(desk, request, "duress_word").text)
    assert "duress was said" not in forced
    assert "Possibly under control" not in forced
    assert forced.replace("22:10", "").count("Answered as agreed") == passed.count("Answered as agreed")
    assert "the word of duress was said" in desk.text(f"/cases/{case}")


def test_only_neutral_sentences_are_offered_and_taken(desk):
    request, case = desk.open_case()
    agree(desk, request)
    burn(desk, request)
    page = desk.get(f"/cases/{case}").text
    assert "<textarea" not in page
    assert CATALOGUE in page and QUESTION_AGREED in page
    refused = desk.post(f"/requests/{request}/replies", form="reply", text=WHERE)
    assert refused.status_code == 422
    assert "only a neutral sentence goes to it" in plain(refused.text)
    assert WHERE not in refused.text
    assert desk.post(f"/requests/{request}/replies", form="reply", text=CATALOGUE).status_code == 200


def test_a_frozen_thread_has_no_way_to_write_on_it(desk):
    request, case = desk.open_case()
    agree(desk, request)
    assert "Frozen: nothing goes out" in plain(freeze(desk, request).text)
    for path in (f"/cases/{case}", f"/requests/{request}/anyway"):
        page = desk.get(path).text
        assert f"/requests/{request}/replies" not in page
        assert "<textarea" not in page
    for text in (WHERE, CATALOGUE):
        refused = desk.post(f"/requests/{request}/replies", form="reply", text=text, channel="call")
        assert refused.status_code == 422
        assert "This thread is frozen" in plain(refused.text)
    assert desk.bench.requests.get(request).messages == ()


def test_what_comes_then_is_shown_as_said_under_control(desk):
    request, case = desk.open_case()
    freeze(desk, request)
    desk.clock.later(minutes=20)
    desk.bench.act(
        intake.actions.receive_message, desk.bench.requests, subject=request, text="All fine.", by="person"
    )
    page = desk.get(f"/cases/{case}").text
    assert re.search(r'class="void".*treated as under control.*All fine\.', page, flags=re.S)


def test_two_members_trust_it_again_and_one_does_not(desk):
    request, case = desk.open_case()
    burn(desk, request)
    alone = restore(desk, request, second="")
    assert alone.status_code == 422
    assert "needs a second member" in plain(alone.text)
    assert "they speak for themselves again" in plain(restore(desk, request).text)
    assert "Possibly under control" not in desk.text(f"/cases/{case}")


def test_signs_are_looked_for_one_by_one_and_two_ask_a_colleague(desk):
    request, _ = desk.open_case()
    grades = {"person_grade": "V0", "account_grade": "A0"}
    signs = {
        "sign_asks_where_shelter_is": "yes",
        "sign_wants_named_worker": "yes",
        "sign_seized_device": "no",
    }
    told = desk.post(f"/requests/{request}/confidence", form="confidence", **grades, **signs)
    assert "another member is asked to look" in plain(told.text)
    assert "another member is to look" in desk.text("/")
    own = desk.post(f"/requests/{request}/look", form="look", verdict="goes_on")
    assert own.status_code == 422
    seconded = {"verdict": "only_in_steps", "second_passphrase": THEIRS}
    assert desk.post(f"/requests/{request}/look", form="look", **seconded).status_code == 200
    assert "another member is to look" not in desk.text("/")
    assert desk.bench.requests.get(request).looks[-1].by == "ibis"


def test_a_stop_that_comes_under_control_is_noted_and_stops_nothing(desk):
    request, case = desk.open_case()
    yes = {
        "form": "consent", "purpose": "p5", "organisation": "Law Office Linden", "role": "lawyer", "scope": "need",
        "mode": "written", "given_when": "calm", "understanding": "yes",
    }  # fmt: skip
    desk.post(f"/cases/{case}/consents", **yes)
    (line,) = desk.bench.cases.get(case).consents
    freeze(desk, request)
    page = plain(desk.post(f"/cases/{case}/consents/withdraw", line=line.id).text)
    assert "it stops nothing" in page
    assert "a stop came under control" in page
    assert desk.bench.cases.get(case).withdrawn == {}
    assert desk.post(f"/cases/{case}/consents", **yes).status_code == 422
    restore(desk, request)
    desk.post(f"/cases/{case}/consents/withdraw", line=line.id)
    assert set(desk.bench.cases.get(case).withdrawn) == {line.id}


def test_who_must_be_warned_is_listed_and_ticked_off_and_the_day_of_its_end_stands_there(desk):
    request, case = desk.open_case()
    freeze(desk, request)
    desk.post(f"/requests/{request}/warn", form="warning", whom="a friend of his", reach="her own code")
    page = desk.get(f"/requests/{request}/warn").text
    assert "a friend of his" in page
    assert "This list is destroyed on 23 Apr" in plain(page)
    (line,) = desk.bench.requests.get(request).warnings
    assert "✓ warned" in plain(desk.post(f"/requests/{request}/warned", warning=line.id).text)
    assert "a friend of his" not in desk.get(f"/cases/{case}").text
    gone = desk.post(f"/requests/{request}/warned", warning="no-such-line")
    assert gone.status_code == 422


# Past the plan


def anyway(desk, request, **changed):
    fields = {
        "form": "anyway", "line": "hang_up", "line_read": "yes", "channel": "sms", "text": "Do not go home.",
        "reason": "arrest_is_coming", "words": "They wait at the door.", "second_passphrase": THEIRS, **changed,
    }  # fmt: skip
    return desk.post(f"/requests/{request}/anyway", **fields)


def test_the_line_about_somebody_else_answering_stands_before_anything_else(desk):
    request, _ = desk.open_case()
    agree(desk, request)
    page = plain(desk.get(f"/requests/{request}/anyway").text.split("<main")[1])
    assert page.index("Hang up as a wrong number") < page.index("Although the plan says no")
    assert page.index("Hang up as a wrong number") < page.index("What is said, to the word")


def test_two_members_write_where_the_plan_says_no(desk):
    request, case = desk.open_case()
    agree(desk, request)
    done = anyway(desk, request)
    assert "It is noted, with both keys" in plain(done.text)
    assert "Two wrote although the plan said no" in desk.text(f"/cases/{case}")
    (override,) = desk.bench.requests.get(request).overrides
    assert (override.by, override.second, override.refused) == ("heron", "ibis", "channel_not_listed")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"second_passphrase": ""}, "needs a second member"),
        ({"line_read": ""}, "Read the line on top of the page first"),
        ({"line": "nothing"}, "has not been read, or has changed since"),
        ({"words": ""}, "Write something here"),
        ({"reason": ""}, "Choose one of the answers"),
        ({"channel": "call"}, "The plan allows this message now"),
    ],
)
def test_with_one_thing_missing_nothing_is_written(desk, changed, told):
    request, _ = desk.open_case()
    agree(desk, request)
    answer = anyway(desk, request, **changed)
    assert answer.status_code == 422
    assert told in plain(answer.text)
    assert desk.bench.requests.get(request).messages == ()


def test_a_wrong_passphrase_of_the_second_writes_nothing(desk):
    request, _ = desk.open_case()
    agree(desk, request)
    assert anyway(desk, request, second_passphrase="not theirs").status_code == 403
    assert desk.bench.requests.get(request).messages == ()


# Who asks about another


def test_who_asks_about_another_hears_one_sentence(desk):
    page = desk.get("/asked").text
    for language in ("en", "ru"):
        assert NEUTRAL[THIRD_PARTY][language] in page
    request, case = desk.open_case()
    assert desk.post("/asked", form="asked", about=case.lower()).url.path == f"/cases/{case}/threat"
    assert desk.post("/asked", form="asked", about=request).url.path in (
        f"/cases/{case}/threat",
        f"/requests/{request}/confidence",
    )


def test_in_the_thread_of_one_who_asks_about_another_it_is_the_only_sentence(desk):
    request = desk.receive(language="en")
    assert desk.get(f"/requests/{request}").text.count("?begin=") > 5
    signs = {"person_grade": "V0", "account_grade": "A0", "sign_asks_about_third_person": "yes"}
    desk.post(f"/requests/{request}/confidence", form="confidence", **signs)
    page = desk.get(f"/requests/{request}").text
    offered = set(re.findall(r'href="\?begin=(\w+)#answer"', page))
    assert offered == {THIRD_PARTY}
    assert (
        "does not contact us. If you need help"
        not in desk.get(f"/requests/{request}?begin=got_it").text.split("<textarea")[1]
    )


# No page of a burned or frozen thread yields a place


class Marked:
    """A case whose places all carry marks: its legs, a bed that it holds, and what is free."""

    def __init__(self, desk, lived):
        self.desk = desk
        case, self.journey = lived(desk)
        self.request = desk.bench.cases.get(case).request
        self.case = case
        agree(desk, self.request)
        self._mark_legs()
        desk.post(
            "/beds", form="bed", capacity="3", bed_type="house", region="Canary7001", accepts="adults",
            note="Canary7002",
        )  # fmt: skip
        desk.post(
            "/beds/seats", form="seats", seats="2", route="Canary7003", day_part="Canary7004", driver="x"
        )
        hold(desk, case, accepts="adults")
        routes = [route.path for module in PAGES for route in module.ROUTES if "GET" in (route.methods or ())]
        own = [path for path in routes if "{code}" in path and path not in BY_THEMSELVES]
        self.pages = sorted(
            path.replace("{n:int}", "1").replace("{code}", code)
            for path in own
            for code in (self.request, self.case, self.journey)
        )

    def _mark_legs(self):
        bench = self.desk.bench
        journey = bench.journeys.get(self.journey)
        legs = tuple(
            facts.Leg(
                **{
                    **leg.__dict__, "origin": f"Canary1{n}00", "destination": f"Canary1{n}01",
                    "origin_name": f"Canary1{n}02", "destination_name": f"Canary1{n}03",
                    "handover_sign": f"Canary1{n}04", "abort_signs": (f"Canary1{n}05",),
                    "fallback_a": f"Canary1{n}06", "fallback_b": f"Canary1{n}07", "route": f"Canary1{n}08",
                    "region": f"Canary1{n}09", "exposures": (f"Canary1{n}10",),
                }
            )
            for n, leg in enumerate(journey.way.legs)
        )  # fmt: skip
        way = facts.Way(
            **{**journey.way.__dict__, "legs": legs, "destination_name": "Canary2001", "worst_at": "Canary2002",
               "worst_why": "Canary2003", "stay_basis": "Canary2004"}
        )  # fmt: skip
        bench.act(
            evacuation.actions.choose_way,
            bench.journeys,
            subject=self.journey,
            way=way,
            coordinator=bench.member,
        )

    def told(self, path):
        return set(CANARY.findall(self.desk.get(path).text))

    def posted(self, path, **fields):
        return set(CANARY.findall(self.desk.post(path, **fields).text))

    def leaks(self):
        """Each page of their request, case and journey that shows a mark, also where a form was refused."""
        found = {path: marks for path in self.pages if (marks := self.told(path))}
        forms = {
            f"/cases/{self.case}/ways": QUESTION,
            f"/cases/{self.case}/bed": {"form": "bed-wish", "accepts": "adults"},
            f"/cases/{self.case}/bed/step": {"to": "assigned", "claim": "x", "second_passphrase": THEIRS},
            f"/journeys/{self.journey}/seats": {"form": "seat", "leg": "1", "seats": "x"},
            f"/journeys/{self.journey}/go": {"form": "decide", "go": "go"},
            f"/journeys/{self.journey}/doubt": {"form": "doubt"},
            f"/requests/{self.request}/replies": {"form": "reply", "text": "Canary9999"},
            f"/requests/{self.request}/plan": {"form": "plan", "cover_text": "x"},
        }
        found |= {path: marks for path, fields in forms.items() if (marks := self.posted(path, **fields))}
        return found


def on_paper(desk):
    return planned(desk)


def begun(desk):
    return moving(desk)


DOUBTS = st.lists(
    st.sampled_from(("failed", "second_voice", "duress_word", "phone_seized", "person_held", "restore")),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("lived", [on_paper], ids=["before travel"])
def test_before_it_is_doubted_the_places_are_there_to_be_found(desk, lived):
    marked = Marked(desk, lived)
    shown = set().union(*marked.leaks().values())
    assert {"Canary1002", "Canary1004", "Canary7001", "Canary7003"} <= shown


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ru"])
def test_no_page_of_a_doubted_thread_yields_a_place_however_it_came_to_be_doubted(desk, language):
    desk.client.cookies.set("kunak-language", language)
    marked = Marked(desk, on_paper)
    seen = []

    @settings(
        max_examples=6,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(DOUBTS)
    def one(acts):
        for act in acts:
            desk.clock.later(minutes=1)
            if act == "restore":
                restore(desk, marked.request)
            elif act in ("phone_seized", "person_held"):
                freeze(desk, marked.request, freeze_reason=act)
            else:
                challenge(desk, marked.request, act)
        possible = desk.bench.gate.control(marked.case).possible
        seen.append(possible)
        if possible:
            assert marked.leaks() == {}

    one()
    assert any(seen)
    if not seen[-1]:
        freeze(desk, marked.request)
    restore(desk, marked.request, how="marked_by_mistake")
    assert marked.told(f"/journeys/{marked.journey}"), "they come back with the trust of two"


def test_on_the_way_too_and_those_who_move_the_person_find_the_places_by_themselves(desk):
    case, journey = moving(desk)
    request = desk.bench.cases.get(case).request
    name = desk.bench.journeys.get(journey).way.legs[0].origin_name
    assert name in desk.text(f"/journeys/{journey}")
    burn(desk, request)
    for path in (f"/journeys/{journey}", f"/cases/{case}"):
        page = desk.get(path).text
        assert name not in page
        assert "Possibly under control" in page
    assert name in desk.text(f"/journeys/{journey}/places")
    card = desk.get(f"/journeys/{journey}/legs/1")
    assert card.status_code == 422
    assert name not in card.text


def test_a_card_is_made_again_of_a_leg_that_was_set_since(desk):
    case, journey = planned(desk)
    request = desk.bench.cases.get(case).request
    burn(desk, request)
    assert desk.get(f"/journeys/{journey}/legs/1").status_code == 422
    bench = desk.bench
    way = bench.journeys.get(journey).way
    desk.clock.later(minutes=1)
    bench.act(evacuation.actions.choose_way, bench.journeys, subject=journey, way=way, coordinator="heron")
    assert desk.get(f"/journeys/{journey}/legs/1").status_code == 200


def test_ways_out_are_not_looked_for_with_it(desk):
    request, case = desk.open_case()
    burn(desk, request)
    assert "Ways out" not in desk.text(f"/cases/{case}")
    for answer in (desk.get(f"/cases/{case}/ways"), desk.post(f"/cases/{case}/ways", **QUESTION)):
        assert answer.status_code == 422
        assert "Somebody else may be writing" in plain(answer.text)
    assert desk.post("/ways", **QUESTION).status_code == 200, "without a case, planning goes on"


def test_a_bed_is_let_go_and_none_is_held(desk):
    bed = listed(desk)
    request, case = desk.open_case()
    hold(desk, case)
    burn(desk, request)
    page = desk.get(f"/cases/{case}/bed").text
    assert "Hold a bed" not in page
    assert bed not in page
    assert hold(desk, case).status_code == 422
    (kept,) = evacuation.beds.kept_for(desk.bench.journeys, case, desk.clock.at)
    assert desk.post(f"/cases/{case}/bed/step", form="step", claim=kept.claim, to="freed").status_code == 200


@pytest.mark.parametrize("shut", ["outside the window", "frozen"])
def test_the_ladder_of_a_late_journey_offers_no_message_where_none_may_go(desk, shut):
    case, journey = moving(desk)
    request = desk.bench.cases.get(case).request
    agree(desk, request)
    desk.clock.at = evacuation.checkins.awaited(desk.bench.journeys.get(journey)).grace_over
    desk.clock.later(minutes=1)
    button = 'name="step" value="cover_message"'
    assert button in desk.get(f"/journeys/{journey}").text
    if shut == "frozen":
        freeze(desk, request)
    else:
        fields = {"may_contact": "as_below", "channel_0": "call", "utc_offset_minutes": "0",
                  "window_0_from": "03:00", "window_0_to": "03:01"}  # fmt: skip
        desk.post(f"/requests/{request}/plan", form="plan", **fields)
    assert button not in desk.get(f"/journeys/{journey}").text
    refused = desk.post(f"/journeys/{journey}/step", step="cover_message")
    assert refused.status_code == 422
    assert desk.bench.journeys.get(journey).steps == ()
