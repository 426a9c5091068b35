"""The page of ways: what it asks, what it answers, and that it keeps nothing."""

import re
from datetime import date

import pytest
from click.testing import CliRunner
from ways_walking import QUESTION, choose, say_yes
from web_desk import plain

from kunak.cli import main
from kunak.evacuation import actions, checkins, facts, model
from kunak.evacuation.ways.risk import band
from kunak.evacuation.ways.routes import Profile, find_ways
from kunak.web.ways_data import world
from kunak.web.ways_form import find_place
from kunak.web.words import SOURCES, tables
from kunak.web.words_ways import DETAIL_TABLES


def asked(desk, **question):
    """The answer page to a question without a case."""
    return desk.post("/ways", **QUESTION | question)


def numbers(html):
    """The numbers of the ways, in the order of the table."""
    return [int(n) for n in re.findall(r'id="way-row-(\d+)"', html)]


def test_it_shows_every_plan_of_the_planner_with_its_figures(desk, tmp_path):
    profile = Profile(passports=("AZ",), origin="AZ:Baku", lists="unknown", as_of=desk.clock.at.date())
    plans = find_ways(world(tmp_path), profile).plans
    page = asked(desk, passports="AZ", origin="Baku", lists="unknown").text
    assert numbers(page) == list(range(1, len(plans) + 1))
    for plan in plans:
        assert f"{plan.risk:.2f}" in page
        assert f"€{plan.cost_eur}" in page
        for exposure in plan.exposure_list:
            assert exposure.authority in page


def test_every_leg_says_by_which_rule_of_which_day_and_how_sure(desk, tmp_path):
    profile = Profile(passports=("RU",), origin="RU:Grozny", lists="clear", as_of=desk.clock.at.date())
    page = plain(asked(desk).text)
    for plan in find_ways(world(tmp_path), profile).plans:
        for why in (why for leg in plan.legs for why in leg.why):
            assert why.rule in page
            assert tables()["confidence"][why.confidence] in page
    assert "a figure to order ways, not a probability" in page


def test_the_old_feed_and_stale_rules_are_marked(desk):
    page = asked(desk, passports="AZ", origin="Baku", without="").text
    assert "a feed of June 2014" in page
    assert '<span class="mark warn">2014</span>' in page
    assert "stale" in page


def test_a_word_stands_beside_each_figure_of_risk(desk, tmp_path):
    for lists, word in (("clear", "low"), ("unknown", "medium"), ("listed", "high")):
        page = plain(asked(desk, lists=lists, without="").text)
        profile = Profile(passports=("RU",), origin="RU:Grozny", lists=lists, as_of=desk.clock.at.date())
        for plan in find_ways(world(tmp_path), profile).plans:
            assert f"{plan.risk:.2f} {band(plan.risk)}" in page
        assert f" {word} " in page


def test_every_layer_of_the_data_has_words_and_a_dated_one_its_day(desk, tmp_path):
    page = plain(asked(desk, passports="AZ", origin="Baku", visas="DE").text)
    known = tables()["layer"]
    for layer in (*world(tmp_path).layers, "planning figures", "papers held", "services"):
        name, _, day = layer.rpartition(" ")
        assert layer in known or (name in known and date.fromisoformat(day))
    assert "passport index of 17 Feb 2026" in page
    assert "passport index 2026-02-17 ·" not in page


def test_a_map_and_a_plot_carry_the_numbers_of_the_rows(desk):
    page = asked(desk, passports="AZ", origin="Baku").text
    for number in numbers(page):
        assert f'class="way way-{number} ' in page
    assert page.count("<svg") >= 3


def test_it_can_be_ordered_without_script(desk):
    for column, by in enumerate(("hours", "cost", "risk", "exposures")):
        page = asked(desk, passports="AZ", origin="Baku", sort=by).text
        figures = re.findall(r'class="num">([\d.]+)', page)
        ordered = [float(figure) for figure in figures[column::4]]
        assert ordered == sorted(ordered)
        assert len(ordered) > 1


def test_what_is_refused_is_listed_with_the_rule_and_one_state_can_be_asked_for(desk):
    page = plain(asked(desk, passports="AZ", origin="Baku", about="Armenia").text)
    assert "passport of AZ is refused in practice, rule o1" in page.split("Not offered, and why")[1]


def test_nothing_of_a_question_is_in_an_address_or_kept(desk):
    before = list(desk.office.settings.directory.iterdir())
    sizes = [file.stat().st_size for file in before]
    answer = asked(desk)
    assert answer.url.query == b""
    assert 'action="/ways?' not in answer.text
    assert 'method="get"' not in answer.text.lower()
    assert [file.stat().st_size for file in before] == sizes
    assert "RU" not in str(answer.headers)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"passports": ""}, "Name at least one state"),
        ({"passports": "Caucasia"}, "“Caucasia” is no state in the data"),
        ({"origin": ""}, "Write something here."),
        ({"origin": "Grozni"}, "Near it: RU:Grozny"),
        ({"origin": "Zzyzzx"}, "Type an airport (GRV) or a town"),
        ({"papers": "foreign", "taken": "family"}, "A paper that was taken cannot be used"),
        ({"aim": "state"}, "Name one state"),
        ({"latest": "2001-01-01"}, "This day has passed."),
        ({"cash_eur": "much"}, "A whole number from 0 to 100000"),
        ({"lists": "perhaps"}, "Choose one of the answers."),
    ],
)
def test_a_wrong_answer_is_a_sentence_beside_its_field_and_nothing_is_lost(desk, wrong, sentence):
    answer = asked(desk, **wrong)
    assert answer.status_code == 422
    assert sentence in plain(answer.text)
    if wrong.get("origin") is None:
        assert 'value="Grozny"' in answer.text


@pytest.mark.parametrize(
    ("typed", "home", "code"),
    [
        ("Grozny", ("RU",), "RU:Grozny"),
        ("GRV", ("RU",), "GRV"),
        ("grv", ("RU",), "GRV"),
        ("ru:grozny", (), "RU:Grozny"),
        ("Petropavlovsk", ("RU",), "RU:Petropavlovsk"),
        ("Baku", (), "AZ:Baku"),
    ],
)
def test_places_are_found_by_code_or_name(typed, home, code, tmp_path):
    assert find_place(world(tmp_path), typed, home).code == code


def test_without_a_yes_no_way_can_be_chosen(desk):
    _, case = desk.open_case(danger="within_days")
    page = desk.post(f"/cases/{case}/ways", **QUESTION)
    assert f"/cases/{case}/consents?purpose=p4" in page.text
    forced = desk.post(f"/cases/{case}/ways/choose", **QUESTION, plan="0" * 16, departure="2031-04-10T08:00")
    assert forced.status_code == 422
    assert list(desk.bench.journeys) == []


def test_a_way_is_chosen_with_the_person_and_becomes_a_journey(desk):
    _, case = desk.open_case(danger="within_days")
    say_yes(desk, case)
    code = choose(desk, case)
    journey = desk.bench.journeys.get(code)
    assert journey.case == case
    assert journey.state == "draft"
    assert journey.consent
    assert journey.coordinator == desk.bench.member
    assert journey.plan_type == "evacuate"
    dues = [leg.check_in_due for leg in journey.way.legs]
    assert dues == sorted(dues)
    assert dues[0] > desk.clock()


def test_a_departure_in_the_past_and_a_way_that_is_gone_are_refused(desk):
    _, case = desk.open_case(danger="within_days")
    say_yes(desk, case)
    path = f"/cases/{case}/ways/choose"
    past = desk.post(path, **QUESTION, plan="0" * 16, departure="2030-01-01T08:00")
    assert plain(past.text).count("Between now and 90 days from now.") == 1
    gone = desk.post(path, **QUESTION, plan="0" * 16, departure="2031-04-10T08:00")
    assert "no longer among the answers" in gone.text


def test_the_services_of_the_office_are_planned_with(desk):
    services = desk.office.settings.directory / "services.csv"
    services.write_text(
        "origin,destination,mode,days,hours,price,source,date\n"
        "GRV,TBS,flight,1234567,1,20,our own list,2031-04-01\n"
    )
    assert "our own list" in asked(desk).text
    services.write_bytes(b"\xff\xfe\x00")
    broken = asked(desk)
    assert "own list of services cannot be read" in broken.text


def test_what_the_command_imports_is_what_the_pages_plan_with(desk, tmp_path):
    """One file, written by one and read by the other; a later import counts at once."""
    office = desk.office.settings.directory
    for price in ("21", "22"):
        csv = tmp_path / "new.csv"
        csv.write_text(
            "origin,destination,mode,days,hours,price,source,date\n"
            f"GRV,TBS,flight,1234567,1,{price},imported,2031-04-{price}\n"
        )
        told = CliRunner().invoke(main, ["ways", "import-services", str(csv), "--into", str(office)])
        assert told.exit_code == 0
        page = plain(asked(desk, without="").text)
        assert "service: imported" in page
        assert f"€{price} " in page


def test_an_answer_without_any_way_says_what_could_open_one(desk):
    page = plain(asked(desk, papers="none").text)
    assert "No way was found for exactly this." in page
    assert "no official border lets a person through without any" in page


def test_a_case_that_does_not_exist_is_answered_with_a_sentence(desk):
    assert desk.get("/cases/C-2222-2222/ways").status_code in (404, 422)


def test_no_word_of_a_table_is_defined_twice():
    """Several modules may add to one table; none may change what another says there."""
    said = [(name, code) for source in SOURCES for name, table in source.TABLES.items() for code in table]
    assert len(said) == len(set(said))


def test_every_detail_of_a_journeys_time_line_has_words():
    assert set(DETAIL_TABLES) <= set(tables()["journey-event"])
    assert set(DETAIL_TABLES.values()) <= set(tables())


def test_every_code_of_the_room_has_words():
    from_rooms = {
        "plan-type": "PLAN_TYPES", "sign": "SIGNS", "lookup": "CHECKED", "cameras": "CAMERAS",
        "minors": "MINORS_CONSENT", "medication": "MEDICATION", "phone": "PHONES",
        "paper-kind": "PAPER_KINDS",
        "stop-choice": "STOP_CHOICES", "doubt": "DOUBTS", "cleared": "CLEARED",
    }  # fmt: skip
    known = tables()
    for table, name in from_rooms.items():
        assert set(getattr(facts, name)) <= set(known[table]), table
    for table, codes in (
        ("pause-reason", actions.PAUSE_REASONS), ("abort-reason", actions.ABORT_REASONS),
        ("outcome", actions.OUTCOMES), ("extension-reason", actions.EXTENSION_REASONS),
        ("safe-sign", actions.SAFE_SIGNS), ("ladder", checkins.LADDER), ("never", checkins.NEVER),
        ("journey-state", model.STATES),
    ):  # fmt: skip
        assert set(codes) <= set(known[table]), table
