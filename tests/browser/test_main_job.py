"""The main job, in a real browser, with script off and on: from a message to a person out of reach."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Demo, accessible, demo_of_ones_own, look_now, no_overflow, photograph, unlock
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

TEXT = "They talk about Friday. I can write for ten minutes."
REPLY = "We have read it. Nothing has to be decided today."


@pytest.fixture
def demo(made: Path, tmp_path: Path) -> Iterator[Demo]:
    """A whole day's work passes through it: one for each walk."""
    with demo_of_ones_own(made, tmp_path / "office") as demo:
        yield demo


def look(page: Page, name: str) -> None:
    """Every page passed on the way is looked at: sideways at two widths, by axe-core, and photographed."""
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        no_overflow(page)
    accessible(page)
    photograph(page, name)


def write_to_us(page: Page, demo: Demo) -> str:
    """Answer F1 as an invented person; returns the return code in words."""
    page.goto(f"{demo.public}/?l=en")
    expect(page.get_by_role("heading", name="You can write to us here.")).to_be_visible()
    look(page, "public-first")
    page.get_by_role("link", name="Write to us").click()
    look(page, "public-question")
    page.get_by_role("button", name="Not sure").click()
    page.get_by_role("button", name="Within days").click()
    for _ in range(12):
        page.wait_for_load_state()  # half a page has no buttons yet
        if page.get_by_role("button", name="Send").count():
            break
        if page.locator("textarea").count():
            page.locator("textarea").fill(TEXT)
            page.get_by_role("button", name="Next").click()
        else:
            page.get_by_role("button", name="Skip").click()
    if page.locator("textarea").count():
        page.locator("textarea").fill(TEXT)
    page.get_by_role("button", name="Send").click()
    look(page, "public-sent")
    return page.locator(".c").first.inner_text()


def waiting(page: Page, demo: Demo) -> set[str]:
    """The codes of the requests in the queue. Opening them one by one would be noted, and stopped at ten."""
    look_now(page, f"{demo.worker}/")
    return set(re.findall(r"R-\w{4}-\w{4}", page.locator("main").inner_text()))


def newest_request(page: Page, demo: Demo, before: set[str]) -> str:
    """Wait until the queue shows what has just been sent; open it."""
    for _ in range(20):
        for code in waiting(page, demo) - before:
            page.goto(f"{demo.worker}/requests/{code}")
            expect(page.locator("main")).to_contain_text(TEXT)
            return code
        page.wait_for_timeout(1500)
    raise AssertionError("the message never came to the queue")


def triage(page: Page) -> None:
    page.get_by_role("link", name="Triage", exact=True).first.click()
    page.locator("#time_window input[value='3']").check()
    page.locator("#threat input[value='2']").check()
    page.get_by_role("button", name="Show what this gives").first.click()
    expect(page.get_by_role("status")).to_contain_text("P1")
    look(page, "triage")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator("main")).to_contain_text("P1")


def open_case(page: Page, request: str) -> str:
    page.locator("#text").fill(REPLY)
    page.get_by_role("button", name="Write back").click()
    expect(page.locator(".thread")).to_contain_text(REPLY)
    look(page, "request")
    page.get_by_role("link", name="Open a case").first.click()
    page.get_by_label("heron").check()
    page.get_by_role("button", name="Open the case").click()
    found = re.search(r"C-\w{4}-\w{4}", page.url)
    assert found
    return found[0]


def note_plan_and_needs(page: Page, base: str) -> None:
    page.get_by_role("link", name="Safe-contact plan").first.click()
    look(page, "safe-contact")
    page.get_by_role("button", name=re.compile("Save|Keep|Note")).first.click()
    page.goto(base)
    page.get_by_role("link", name="Needs", exact=True).first.click()
    look(page, "needs")
    page.goto(base)


def agree(page: Page, base: str) -> None:
    page.goto(f"{base}/consents?purpose=p4")
    page.get_by_label("Organisation, by its name").fill("This office")
    page.get_by_label("Role there").fill("movement coordinator")
    page.locator("#scope input").first.check()
    page.locator("#mode input[value='said_and_repeated_back']").check()
    page.locator("#given_when input[value='calm']").check()
    page.locator("#understanding input[value='yes']").check()
    look(page, "consent")
    page.get_by_role("button", name="Note the consent").click()
    expect(page.locator("main")).to_contain_text("holds until")


def choose_way(page: Page, base: str) -> str:
    page.goto(f"{base}/ways")
    look(page, "ways-question")
    page.get_by_label("State of the papers").fill("RU")
    page.get_by_label("Where the person is").fill("Grozny")
    page.locator("#papers input[value='foreign']").check()
    page.locator("#lists input[value='unknown']").check()
    page.get_by_role("button", name="Find the ways").click()
    expect(page.locator("table.ways")).to_contain_text("Georgia")
    expect(page.locator("figure svg").first).to_be_visible()
    look(page, "ways")
    page.get_by_label("What about this state?").fill("Armenia")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("main")).to_contain_text("one gets in and cannot get out")
    page.locator("summary", has_text="Way 1:").click()
    look(page, "ways-legs")
    page.get_by_role("button", name="Choose this way with the person").first.click()
    found = re.search(r"J-\w{4}-\w{4}", page.url)
    assert found
    return found[0]


def unfold(page: Page, id: str) -> None:
    fold = page.locator(f"details#{id}")
    if fold.get_attribute("open") is None:
        fold.locator("summary").first.click()


def check(page: Page) -> None:
    look(page, "journey-checks")
    expect(page.locator("main")).to_contain_text("holds")  # the yes was linked with the choice
    unfold(page, "exit-risk")
    for name in ("wanted", "missing_person", "exit_stop", "debt", "military_summons"):
        page.locator(f"[name={name}]").select_option("checked_by_lawyer")
    page.get_by_role("button", name="Save the exit-risk check").click()
    unfold(page, "stop-decision")
    page.locator("[name=choice][value=lawyer_only]").check()
    page.get_by_role("button", name="Save the person's decision").click()
    unfold(page, "papers")
    page.locator("[name=kind_1]").select_option("foreign_passport")
    page.locator("[name=state_1]").fill("RU")
    page.locator("[name=enough][value=yes]").check()
    page.get_by_role("button", name="Save the papers").click()


def two_say_go(page: Page, demo: Demo) -> None:
    page.get_by_role("button", name="The checks are complete").click()
    page.get_by_role("button", name="Propose a go").click()
    page.locator("[name=second_passphrase]").first.fill(demo.passphrase)
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.locator("main")).to_contain_text("another member")
    look(page, "journey-go")
    page.locator("[name=second_passphrase]").first.fill(demo.second)
    page.get_by_role("button", name="Go", exact=True).click()
    page.get_by_role("button", name="The person has set out").click()


def arrive(page: Page) -> None:
    look(page, "journey")
    for _ in range(6):
        fold = page.locator("details.sign").first
        if not fold.count():
            break
        fold.locator("summary").click()
        fold.locator("button[name=sign][value=ok]").click()
    page.get_by_role("button", name="Arrived").first.click()
    page.get_by_label("the agreed sign").check()
    page.get_by_role("button", name="The person is safe").click()


def test_from_a_message_to_a_person_out_of_reach(page: Page, demo: Demo) -> None:
    page.goto(demo.worker)
    look(page, "unlock")
    unlock(page, demo)
    look(page, "queue")
    before = waiting(page, demo)
    code = write_to_us(page, demo)
    request = newest_request(page, demo, before)
    triage(page)
    case = open_case(page, request)
    base = f"{demo.worker}/cases/{case}"
    note_plan_and_needs(page, base)
    agree(page, base)
    journey = choose_way(page, base)
    check(page)
    two_say_go(page, demo)
    arrive(page)
    look(page, "journey-safe")
    page.goto(base)
    expect(page.locator("main")).to_contain_text(journey)
    expect(page.locator("main")).to_contain_text("Follow-up")
    look(page, "case")
    read_the_reply(page, demo, code)


def read_the_reply(page: Page, demo: Demo, code: str) -> None:
    for _ in range(20):  # the reply travels when the relay is asked
        look_now(page, f"{demo.worker}/")
        page.goto(f"{demo.public}/?l=en")
        page.get_by_role("link", name="I already have a code").click()
        look(page, "public-code")
        page.locator("input[type=text], textarea").first.fill(code.replace("·", " ").upper())
        page.locator("main button").first.click()
        page.locator("textarea").wait_for()
        if REPLY in page.locator("main").inner_text():
            break
        page.wait_for_timeout(2000)
    expect(page.locator("main")).to_contain_text(REPLY)
    look(page, "public-thread")
