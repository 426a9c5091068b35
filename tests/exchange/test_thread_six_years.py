"""A code opens its thread after six years in which the office's keys changed again and again."""

from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from link_office import BEGIN, Devices, devices
from relay_office import reply_keys

from kunak.exchange import Report
from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import MailboxKeys, open_slots
from kunak.exchange.report import seal_in_browser, write_report
from kunak.vault import curves, membership
from kunak.vault.roles import DUTY
from kunak.workbench.founding import public_keys

pytestmark = pytest.mark.slow

CODE = ReturnCode(0xC0FFEE)
KEYS = MailboxKeys.of(CODE)
BYTES = {"content-type": "application/octet-stream"}


def send(browser: httpx2.Client, text: str, intake: bytes, suite: bytes) -> None:
    """What a browser sends from a page that was given this intake key."""
    report = write_report("message", KEYS, at=BEGIN, language="ru", text=text)
    body = bytes.fromhex(report.id) + seal_in_browser(report, KEYS, intake, suite)
    assert browser.post("/j", content=body, headers=BYTES).status_code == 200


def read(browser: httpx2.Client) -> list[str]:
    """What waits under the code, opened in the browser."""
    slots = browser.post("/k", content=b"\0" + KEYS.token + KEYS.sign_public, headers=BYTES).content
    size = len(slots) // 8
    return [reply.text for reply in open_slots([slots[n * size : n * size + size] for n in range(8)], KEYS)]


def collected(office: Devices) -> tuple[Report, ...]:
    return office.links["anna"].post(office["anna"].vault).collect().reports


def answer(office: Devices, to: Report, text: str) -> None:
    """Written with the keys that came with the first message, at the office's hour of now."""
    post = office.links["anna"].post(office["anna"].vault)
    post.deliver(**reply_keys(to), text=text, at=office.clock(), id=text)


def half_a_year(office: Devices, number: int) -> bytes:
    """Somebody comes and goes: every key of the office is another. Returns the intake key of then."""
    member = f"guest{number}"
    office.join(member, (DUTY,))
    office.clock.later(days=182.6)
    membership.remove_member(office["anna"].vault, member, office.clock())
    del office.benches[member]
    office.links.pop(member).close()
    office.round("anna")
    return public_keys(office["anna"].vault).intake


def test_after_six_years_of_new_keys_a_thread_is_read_and_written(tmp_path: Path) -> None:
    with devices(tmp_path) as office:
        browser = httpx2.Client(base_url=office.relay.address, trust_env=False, timeout=60)  # type: ignore[attr-defined]
        office.round("anna")
        first = public_keys(office["anna"].vault).intake
        send(browser, "the first words", first, curves.BY_X25519)
        (asked,) = collected(office)
        answer(office, asked, "an early answer")
        intakes = {first, *(half_a_year(office, number) for number in range(12))}
        assert len(intakes) == 13
        assert office.clock() - BEGIN > timedelta(days=6 * 365)
        newest = public_keys(office["anna"].vault).intake
        assert newest[1248:].hex() in browser.get("/j").text

        assert read(browser) == ["an early answer"]
        answer(office, asked, "an answer six years later")
        assert read(browser) == ["an early answer", "an answer six years later"]
        page = browser.post("/c", data={"code": " ".join(CODE.words("ru")), "l": "ru"})
        assert "an answer six years later" in page.text

        send(browser, "from a page of today", newest, curves.BY_P256)
        send(browser, "from a page that was open all the time", first, curves.BY_P256)
        reports = collected(office)
        assert [report.text for report in reports] == [
            "the first words", "from a page of today", "from a page that was open all the time"
        ]  # fmt: skip
        assert len({report.mailbox for report in reports}) == 1
        browser.close()
