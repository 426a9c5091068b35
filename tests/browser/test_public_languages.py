"""The public pages in thirteen languages on a small telephone: nothing sticks out, nothing is too small to hit."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import no_overflow
from playwright.sync_api import Browser, Page
from relay_alone import Relay, relay_alone

from kunak.language import RIGHT_TO_LEFT, SPOKEN

pytestmark = pytest.mark.browser

PAGES = ("/", "/w")
SMALL = """() => [...document.querySelectorAll("a.b, button, summary, .o, select, input[type=text]")]
  .filter(each => each.offsetParent).map(each => each.getBoundingClientRect())
  .filter(box => box.height < 48 || box.width < 48).length"""


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    with relay_alone(tmp_path_factory.mktemp("relay")) as running:
        yield running


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 320, "height": 568})
    yield context.new_page()
    context.close()


def taken_over(phone: Page) -> None:
    """The script has put its own page in the place of the one that came, focus and all."""
    phone.locator("h1:focus").wait_for()


@pytest.mark.parametrize("language", SPOKEN)
def test_a_page_fits_a_small_telephone_in_every_language(relay: Relay, phone: Page, language: str) -> None:
    """320 px, then the letters twice as large; the switch of languages folded out."""
    for path in PAGES:
        phone.goto(f"{relay.address}{path}?l={language}")
        if path == "/w":
            taken_over(phone)
        phone.locator("details.l summary").click()
        no_overflow(phone)
        assert phone.evaluate(SMALL) == 0, path
        turned = phone.evaluate("() => getComputedStyle(document.querySelector('h1')).direction")
        assert turned == ("rtl" if language in RIGHT_TO_LEFT else "ltr")
        phone.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
        no_overflow(phone)


@pytest.mark.parametrize("language", ["ru", "fa", "ka"])
def test_a_page_reads_well_to_those_who_hear_it(relay: Relay, phone: Page, language: str) -> None:
    phone.goto(f"{relay.address}/w?l={language}")
    taken_over(phone)
    phone.locator("button[name=safe_now]").first.click()
    found = Axe().run(phone)
    assert found.violations_count == 0, found.generate_report()


def test_a_language_is_changed_by_keyboard_alone(relay: Relay, phone: Page) -> None:
    phone.goto(f"{relay.address}/w?l=ru")
    taken_over(phone)
    phone.locator("details.l summary").focus()
    phone.keyboard.press("Enter")
    for _ in range(4):  # English, Azerbaijani, Chechen, Persian
        phone.keyboard.press("Tab")
    assert phone.evaluate("() => document.activeElement.textContent") == "فارسی"
    phone.keyboard.press("Enter")
    phone.locator("html[lang=fa][dir=rtl]").wait_for()
