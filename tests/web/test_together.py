"""Opening together, in the browser: asked on one machine, released on another, looked at for half an hour."""

import re

import pytest
from two_desks import settle
from web_desk import plain

from kunak.access import queries
from kunak.access.actions import PurposeNeeded
from kunak.evacuation.entries import PapersChecked
from kunak.evacuation.facts import Paper
from kunak.vault import Item
from kunak.web.hands import _HANDS
from kunak.web.together_pages import kept_by_two
from kunak.workbench.hearing import body_of

THING = "C-1 identity"


@pytest.fixture
def papers(desk, colleague):
    """Papers of somebody, noted by heron: two open them together."""
    noted = PapersChecked(
        id="1",
        at=desk.clock(),
        by="heron",
        subject="C-1",
        papers=(Paper(kind="foreign_passport", state="RU"),),
    )
    desk.bench.vault.write([Item("C-1", "identity", body_of(noted))], desk.clock())
    settle(desk, colleague)
    return colleague


def hands_of(desk):
    return _HANDS[desk.office]


def asked(desk, purpose="papers_for_travel"):
    """Ask for the papers; the opening's id."""
    answer = desk.post("/together", form="ask", thing=THING, purpose=purpose)
    assert "Asked." in answer.text, plain(answer.text)
    return queries.openings_of(desk.bench.access, desk.bench.member)[0].id


def test_one_asks_and_a_colleague_releases_on_their_own_machine(desk, papers):
    opening = asked(papers)
    assert "waits for a colleague" in papers.text("/together")
    early = papers.get(f"/together/{opening}")
    assert early.status_code == 403
    assert "No colleague has released this yet." in early.text
    settle(papers, desk)
    assert "A colleague asks to open something with you." in desk.text("/")
    page = desk.text("/together")
    assert "otter asks: C-1 · names and papers · papers for travel" in page
    desk.post(f"/together/{opening}/release")
    settle(desk, papers)
    opened = papers.text(f"/together/{opening}")
    assert "kind: passport for travel abroad" in opened
    assert "papers for travel" in opened
    assert "Released by heron" in opened
    assert "in 29 min" in opened
    assert re.search(
        r'http-equiv="refresh" content="1[78]\d\d;url=/together"', papers.get(f"/together/{opening}").text
    )
    papers.clock.later(minutes=31)
    over = papers.get(f"/together/{opening}")
    assert over.status_code == 403
    assert "The time for this opening is over." in over.text


def test_it_is_closed_by_a_button_and_the_log_stands_on_both_sides(desk, papers):
    opening = asked(papers, "lawyer_filing")
    settle(papers, desk)
    desk.post(f"/together/{opening}/release")
    settle(desk, papers)
    papers.text(f"/together/{opening}")
    assert "Closed." in papers.post(f"/together/{opening}/close").text
    assert papers.get(f"/together/{opening}").status_code == 422
    settle(papers, desk)
    for one in (desk, papers):
        log = one.text("/together").split("newest first")[1]
        assert "otter · C-1 · names and papers · a lawyer's filing · closed heron" in log.replace(
            "&#39;", "'"
        )


def test_a_colleague_says_no(desk, papers):
    opening = asked(papers)
    settle(papers, desk)
    desk.post(f"/together/{opening}/refuse")
    assert "A colleague asks" not in desk.text("/")
    settle(desk, papers)
    assert "refused" in papers.text("/together")
    assert papers.get(f"/together/{opening}").status_code == 403


def test_a_purpose_must_be_chosen_and_nobody_releases_their_own(desk, papers):
    assert papers.post("/together", form="ask", thing=THING, purpose="").status_code == 422
    assert papers.post("/together", form="ask", thing="C-9 identity", purpose="drill").status_code == 422
    with pytest.raises(PurposeNeeded):
        hands_of(papers).together.ask("C-1", "identity", "curiosity")
    opening = asked(papers)
    own = papers.post(f"/together/{opening}/release")
    assert "You asked for this yourself" in own.text
    assert papers.post("/together/00/release").status_code == 422


def test_who_reads_where_somebody_is_cannot_ask_who_they_are(desk, papers):
    desk.bench.vault.write([Item("C-1", "place", b"{}")], desk.clock())
    refused = desk.post("/together", form="ask", thing=THING, purpose="drill")
    assert "Whoever reads where this person is may not read who they are." in refused.text


def test_the_page_of_a_case_says_what_two_open_and_links_to_it(desk, colleague):
    case = colleague.open_case()[1]
    colleague.bench.vault.write([Item(case, "identity", b"{}")], colleague.clock())
    settle(colleague, desk)
    assert [one.mine for one in kept_by_two(colleague.bench, (case,))] == [True]
    assert f"/together?subject={case}&amp;what=identity" in colleague.get(f"/cases/{case}").text
