"""From a request to a level: the queue says what is next and why, triage says what decided, two lower."""

from web_desk import OURS, THEIRS, plain


def test_the_queue_stands_in_the_order_of_f4(desk):
    later, now, hours = (desk.receive(danger=d) for d in ("later_or_not_sure", "now", "within_hours"))
    page = desk.text("/")
    assert page.index(now) < page.index(hours) < page.index(later)


def test_a_row_names_its_clocks_and_what_is_next_and_why(desk):
    desk.receive(danger="now")
    desk.clock.later(minutes=40)
    page = desk.text("/")
    assert "P0 now" in page
    assert "Acknowledge" in page
    assert "acknowledge 35 min late" in page
    assert "They say: right now" in page
    assert "not yet triaged" in page


def test_showing_what_triage_gives_saves_nothing(desk):
    code = desk.receive()
    page = plain(
        desk.post(f"/requests/{code}/triage", form="triage", do="show", time_window="3", threat="1").text
    )
    assert "This gives ▲ P1 within 72 h" in page
    assert "Floor: a time window within 72 h is at least P1" in page
    assert "Nothing is saved yet" in page
    assert desk.bench.cases.get(code) is None


def test_what_was_chosen_stays_chosen_in_the_preview(desk):
    code = desk.receive()
    page = desk.post(
        f"/requests/{code}/triage", form="triage", do="show", triggers="child_alone", reach="2"
    ).text
    assert 'value="child_alone" checked' in page
    assert 'name="reach" value="2" checked' in page


def test_saved_triage_shows_the_level_and_what_decided_in_the_queue(desk):
    code = desk.receive()
    desk.post(f"/requests/{code}/triage", form="triage", do="save", threat="2", whereabouts_known="3")
    page = desk.text("/")
    assert "P1 within 72 h" in page
    assert "Floor: found and explicitly threatened is at least P1" in page
    assert "Do they know where the person is? 3" in page
    assert "(sum 5)" in page


def test_a_hard_trigger_is_p0_at_once(desk):
    code = desk.receive(danger="no")
    answer = desk.post(f"/requests/{code}/triage", form="triage", do="save", triggers="stopped_at_border")
    assert "P0 now" in plain(answer.text)
    assert "Stopped at a border or airport" in plain(answer.text)


def test_triage_that_lowers_is_refused_alone_and_keeps_what_was_chosen(desk):
    code = desk.receive()
    desk.post(f"/requests/{code}/triage", form="triage", do="save", triggers="child_alone")
    answer = desk.post(
        f"/requests/{code}/triage", form="triage", do="save", threat="1", reasons="information_was_wrong"
    )
    assert answer.status_code == 422
    assert "takes a second member and a reason" in plain(answer.text)
    assert 'name="threat" value="1" checked' in answer.text
    assert desk.bench.cases.get(code).level == "P0"


def test_raising_is_free(desk):
    code = desk.receive(danger="no")
    desk.post(f"/requests/{code}/triage", form="triage", do="save", threat="1")
    answer = desk.post(f"/requests/{code}/level", level="P0", reason="new_threat")
    assert "The level is raised" in plain(answer.text)
    assert desk.bench.cases.get(code).level == "P0"


def test_lowering_takes_the_passphrase_of_another_member(desk):
    code = _at_p0(desk)
    own = desk.post(
        f"/requests/{code}/lower",
        form="lower",
        lower_to="P2",
        reasons="reached_safety",
        second_passphrase=OURS,
    )
    assert own.status_code == 422
    assert "another member" in plain(own.text)
    wrong = desk.post(
        f"/requests/{code}/lower",
        form="lower",
        lower_to="P2",
        reasons="reached_safety",
        second_passphrase="x",
    )
    assert wrong.status_code == 403
    nobody = desk.post(f"/requests/{code}/lower", form="lower", lower_to="P2", reasons="reached_safety")
    assert nobody.status_code == 422
    assert desk.bench.cases.get(code).level == "P0"


def test_two_members_lower_with_a_reason(desk):
    code = _at_p0(desk)
    answer = desk.post(
        f"/requests/{code}/lower",
        form="lower",
        lower_to="P2",
        reasons="reached_safety",
        second_passphrase=THEIRS,
    )
    assert "two members stand behind it" in plain(answer.text)
    assert desk.bench.cases.get(code).level == "P2"
    assert "Lowered by two: Reached safety" in desk.text("/")


def test_lowering_without_a_reason_is_refused(desk):
    code = _at_p0(desk)
    answer = desk.post(f"/requests/{code}/lower", form="lower", lower_to="P2", second_passphrase=THEIRS)
    assert answer.status_code == 422
    assert "Choose at least one." in plain(answer.text)


def test_a_typed_passphrase_never_comes_back(desk):
    code = _at_p0(desk)
    answer = desk.post(f"/requests/{code}/lower", form="lower", lower_to="P2", second_passphrase=THEIRS)
    assert THEIRS not in answer.text


def test_deciding_and_the_first_step_stop_their_clocks(desk):
    code = _at_p0(desk)
    desk.post(f"/requests/{code}/acknowledge")
    desk.post(f"/requests/{code}/decide", chosen="ask_more")
    desk.post(f"/requests/{code}/workers", workers="heron")
    desk.post(f"/requests/{code}/step", chosen="lawyer_called")
    page = desk.text("/")
    for clock in ("acknowledge in", "decision in", "assign in", "first protective step in"):
        assert clock not in page
    assert "review in" in page


def test_reviewing_starts_its_clock_anew(desk):
    code = _at_p0(desk)
    desk.post(f"/requests/{code}/acknowledge")
    desk.post(f"/requests/{code}/decide", chosen="ask_more")
    desk.post(f"/requests/{code}/workers", workers="heron")
    desk.post(f"/requests/{code}/step", chosen="lawyer_called")
    desk.clock.later(hours=5)
    assert "review 60 min late" in desk.text("/")
    desk.post(f"/requests/{code}/review")
    assert "review in" in desk.text("/")


def _at_p0(desk):
    code = desk.receive()
    desk.post(f"/requests/{code}/triage", form="triage", do="save", triggers="held_or_taken_now")
    return code
