"""Paper and a partner's file, in a real browser: what is printed comes as a file, what is read is destroyed."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import Demo, accessible, come_in, no_overflow, photograph
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

ROWS = """safe_now,danger,text,phone,religion
yes,within_days,They talk about Friday at my uncle's.,,
no,now,,+000 1111,x
"""


def look(page: Page, name: str) -> None:
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        no_overflow(page)
    accessible(page)
    photograph(page, name)


def test_a_partners_file_is_read_and_destroyed(page: Page, demo: Demo, tmp_path: Path) -> None:
    file = tmp_path / "from a partner.csv"
    file.write_text(ROWS + f"yes,no,{tmp_path.name} makes this row one of its own.,,\n")
    come_in(page, demo)
    page.get_by_role("link", name="Office", exact=True).click()
    page.get_by_role("link", name="A partner's file").click()
    page.get_by_label("The partner's file").set_input_files(file)
    page.get_by_role("button", name="Only look").click()
    expect(page.get_by_role("status")).to_have_text("3 rows can be read. Nothing was taken in.")
    page.get_by_role("link", name="Another file").click()
    page.get_by_label("The partner's file").set_input_files(file)
    page.get_by_role("button", name="Read it and take in").click()
    expect(page.locator("main")).to_contain_text("religion: religion")
    look(page, "partner-file")
    first = page.locator("table.rows tbody tr").first
    expect(first).to_contain_text("P0")
    page.get_by_label("Its whole path").fill(str(file))
    page.get_by_role("button", name="Destroy it").click()
    expect(page.get_by_role("status")).to_have_text("The file is overwritten and gone from there.")
    assert not file.exists()


def test_a_form_and_cards_are_printed(page: Page, demo: Demo) -> None:
    come_in(page, demo)
    page.get_by_role("link", name="Office", exact=True).click()
    page.get_by_role("link", name="Paper").click()
    look(page, "paper")
    for button in ("Form to print", "Card to print"):
        with page.expect_download() as coming:
            page.get_by_role("button", name=button).click()
        assert coming.value.suggested_filename == "sheet.pdf"
        assert Path(coming.value.path()).read_bytes().startswith(b"%PDF-")


def test_who_took_a_request_down_can_print_its_code(page: Page, demo: Demo) -> None:
    come_in(page, demo)
    page.goto(f"{demo.worker}/requests/new")
    page.select_option("#safe_now", "yes")
    page.get_by_role("button", name="Take it in").click()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Card to print").click()
    assert coming.value.suggested_filename == "sheet.pdf"
    asked = urlsplit(coming.value.url)._replace(netloc="").geturl()  # a port may look like a part of the code
    assert not any(group in asked for group in page.locator(".say-digits").inner_text().split())
