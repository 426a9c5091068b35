"""The signboard: what the line of the day is made from, and the list of addresses, as rules."""

from datetime import UTC, datetime, timedelta

import pytest

from kunak import signboard
from kunak.intake.making import TextEmpty
from kunak.signboard import actions, entries, queries
from kunak.signboard.actions import ListTooLong, NoListToShow, SecretUnfit

T0 = datetime(2031, 5, 5, 9, 0, tzinfo=UTC)
SECRET, OTHER = "00" * 16, "ff" * 16


class Board:
    """One device: every action is heard at once."""

    def __init__(self, member: str = "anna") -> None:
        self.member, self.state, self.log = member, signboard.EMPTY, []

    def do(self, action, **facts):
        written = action(
            self.state, by=self.member, at=T0 + timedelta(minutes=len(self.log)),
            id=f"{self.member}-{len(self.log)}", **facts,
        )  # fmt: skip
        self.hear(written)
        return written

    def hear(self, written) -> None:
        self.log += written
        self.state = signboard.fold(self.state, written)


def test_there_is_nothing_at_first() -> None:
    board = Board()
    assert queries.secret(board.state) is None
    assert queries.newest_list(board.state) is None
    assert queries.shown_list(board.state) == ""


def test_a_new_secret_takes_the_place_of_the_one_before() -> None:
    board = Board()
    board.do(actions.keep_secret, secret=SECRET, made_here=True)
    board.do(actions.keep_secret, secret=OTHER, made_here=False)
    assert queries.secret(board.state) == bytes.fromhex(OTHER)
    assert len(queries.board(board.state).secrets) == 1


@pytest.mark.parametrize("secret", ["", "00" * 15, "zz" * 16, "0x" + "0" * 30, "AA" * 16])
def test_what_is_no_secret_is_refused(secret: str) -> None:
    with pytest.raises(SecretUnfit):
        Board().do(actions.keep_secret, secret=secret, made_here=True)
    with pytest.raises(SecretUnfit):
        Board().do(actions.keep_signing_key, seed=secret, known_as="Group")


def test_who_signs_has_a_name() -> None:
    with pytest.raises(TextEmpty):
        Board().do(actions.keep_signing_key, seed="00" * 32, known_as=" ")


def test_a_secret_that_a_colleagues_program_spelled_wrongly_breaks_nothing() -> None:
    board = Board()
    board.do(actions.keep_secret, secret=SECRET, made_here=True)
    wrong = entries.ChallengeSecretKept(
        id="x", at=T0 + timedelta(hours=1), by="boris", subject=entries.SIGNBOARD, secret="zz", made_here=True
    )
    board.hear([wrong])
    assert queries.secret(board.state) == bytes.fromhex(SECRET)


def test_a_list_is_shown_when_somebody_says_so_and_not_when_it_is_made() -> None:
    board = Board()
    (first,) = board.do(actions.keep_list, signed="one")
    assert queries.shown_list(board.state) == ""
    board.do(actions.show_list, shown=first.id)
    assert queries.shown_list(board.state) == "one"
    board.do(actions.keep_list, signed="two")
    assert queries.shown_list(board.state) == "one", "what is shown stays, until it is said again"
    board.do(actions.show_list, shown="")
    assert queries.shown_list(board.state) == ""


def test_no_list_is_shown_that_is_not_there_and_none_that_no_page_can_hold() -> None:
    with pytest.raises(NoListToShow):
        Board().do(actions.show_list, shown="x")
    with pytest.raises(ListTooLong):
        Board().do(actions.keep_list, signed="x" * (actions.MOST_LIST + 1))


def test_the_key_that_signs_lies_with_the_coordinators_and_nothing_of_it_in_the_index() -> None:
    board = Board()
    board.do(actions.keep_signing_key, seed="ab" * 32, known_as="Office of the Quince")
    (kept,) = board.log
    assert kept.compartment == "staff"
    others = [kind for kind in entries.KINDS if kind is not entries.SigningKeyKept]
    assert {kind.compartment for kind in others} == {"index"}


def test_two_who_were_apart_are_both_kept_and_the_later_counts() -> None:
    anna, boris = Board("anna"), Board("boris")
    anna.do(actions.keep_list, signed="anna's")
    boris.do(actions.keep_list, signed="boris's")
    anna.hear(boris.log)
    boris.hear(anna.log[:1])
    assert anna.state == boris.state
    assert len(queries.board(anna.state).lists) == 2
    anna.do(actions.keep_list, signed="of both")
    assert [one.signed for one in queries.board(anna.state).lists] == ["of both"]
