"""Requests that may be about one person: a pointer by a worker's word, taken back by anyone, nothing merged."""

import pytest
from casework_office import T0, Office, minutes
from hypothesis import given
from hypothesis import strategies as st

from kunak import intake
from kunak.intake import actions
from kunak.intake.entries import PointedTo, PointerTakenBack
from kunak.intake.finding import RequestUnknown
from kunak.intake.pointing import PointsNowhere, PointsThere, PointsToItself, persons, pointed_at_by


def an_office_with(*codes: str) -> Office:
    office = Office()
    for n, code in enumerate(codes):
        office.receive(code, at=T0 + minutes(15 * n))
    return office


def count(office: Office) -> int:
    return len(set(persons(office.requests).values()))


def test_nothing_points_by_itself_however_alike_two_requests_are() -> None:
    office = Office()
    for code in ("R-1", "R-2"):
        office.receive(code, text="My brother was taken in the night", region="chechnya")
    assert count(office) == 2
    assert [request.pointers for request in office.requests] == [(), ()]


def test_a_pointer_shows_on_both_and_merges_nothing() -> None:
    office = an_office_with("R-1", "R-2")
    office.do(actions.point_to, subject="R-2", other="R-1")
    assert office.row("R-2").same == ("R-1",)
    assert [(p.subject, p.by) for p in pointed_at_by(office.requests, "R-1")] == [("R-2", "anna")]
    assert {row.code for row in office.queue()} == {"R-1", "R-2"}, "each thread is answered for itself"
    assert (office.request("R-1").status, office.request("R-2").status) == ("new", "new")
    assert count(office) == 1


def test_it_is_taken_back_by_anyone_and_can_be_made_again() -> None:
    office = an_office_with("R-1", "R-2")
    office.do(actions.point_to, subject="R-2", other="R-1")
    office.do(actions.take_back, subject="R-2", other="R-1", by="boris", at=T0 + minutes(40))
    assert (office.row("R-2").same, count(office)) == ((), 2)
    office.do(actions.point_to, subject="R-2", other="R-1", at=T0 + minutes(50))
    assert count(office) == 1


def test_taking_back_undoes_only_what_was_seen() -> None:
    """Two members apart: one points again while the other takes the first pointer back."""
    office = an_office_with("R-1", "R-2")
    office.do(actions.point_to, subject="R-2", other="R-1")
    (first,) = office.request("R-2").pointers
    office.hear([
        PointedTo(id="apart", at=T0 + minutes(31), by="clara", subject="R-2", other="R-1"),
        PointerTakenBack(id="back", at=T0 + minutes(32), by="boris", subject="R-2", pointers=(first.id,)),
    ])  # fmt: skip
    assert [p.by for p in office.request("R-2").pointers] == ["clara"]


def test_pointers_chain_to_one_person() -> None:
    office = an_office_with("R-1", "R-2", "R-3", "R-4")
    office.do(actions.point_to, subject="R-2", other="R-1")
    office.do(actions.point_to, subject="R-3", other="R-2")
    assert persons(office.requests) == {"R-1": "R-1", "R-2": "R-1", "R-3": "R-1", "R-4": "R-4"}


def test_a_request_points_neither_to_itself_nor_twice_nor_to_what_nobody_knows() -> None:
    office = an_office_with("R-1", "R-2")
    with pytest.raises(PointsToItself):
        office.do(actions.point_to, subject="R-1", other="R-1")
    with pytest.raises(RequestUnknown):
        office.do(actions.point_to, subject="R-1", other="R-9")
    with pytest.raises(PointsNowhere):
        office.do(actions.take_back, subject="R-2", other="R-1")
    office.do(actions.point_to, subject="R-2", other="R-1")
    with pytest.raises(PointsThere):
        office.do(actions.point_to, subject="R-2", other="R-1")


@pytest.mark.parametrize("by", ["program", "person"])
def test_no_program_points_whatever_was_written(by: str) -> None:
    office = an_office_with("R-1", "R-2")
    office.hear([PointedTo(id="x", at=T0, by=by, subject="R-2", other="R-1")])
    assert count(office) == 2


def test_a_pointer_to_what_was_destroyed_counts_for_nothing() -> None:
    office = an_office_with("R-1", "R-2")
    office.do(actions.point_to, subject="R-2", other="R-1")
    left = intake.fold(intake.EMPTY, [x for x in office.log if x.subject == "R-2"])
    assert persons(left) == {"R-2": "R-2"}


def test_the_pointer_stands_in_the_index_and_tells_not_who_told_of_whom() -> None:
    office = an_office_with("R-1", "R-2")
    (entry,) = office.do(actions.point_to, subject="R-2", other="R-1")
    assert entry.compartment == "index"
    assert set(vars(entry)) == {"id", "at", "by", "subject", "other"}


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=12))
def test_who_is_one_person_is_the_same_for_all_that_are_joined(pairs) -> None:
    office = an_office_with(*(f"R-{n}" for n in range(9)))
    made = {(one, other) for one, other in pairs if one != other}
    for one, other in sorted(made):
        office.do(actions.point_to, subject=f"R-{one}", other=f"R-{other}", at=T0 + minutes(300))
    found = persons(office.requests)
    assert set(found) == {f"R-{n}" for n in range(9)}
    for one, other in made:
        assert found[f"R-{one}"] == found[f"R-{other}"]
    assert all(found[code] <= code and found[found[code]] == found[code] for code in found)
    apart = 9 - len(set(found.values()))
    assert apart <= len(made)
