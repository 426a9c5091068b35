"""How do I know you are real? What the relay shows of the line of the day and of the signed addresses."""

from datetime import timedelta
from pathlib import Path

import pytest
from link_office import Devices, devices
from relay_office import bytes_on_the_wire
from relay_running import keys_of
from test_notice import Shown, shown, store

from kunak import signboard
from kunak.exchange import addresses, challenge
from kunak.exchange.notice import SHOWN_DAYS, LineOfDay, Notice, day_of
from kunak.exchange.telling import notice_of, tell
from kunak.language import SPOKEN
from kunak.workbench import signing

__all__ = ["shown", "store"]  # fixtures

SECRET = bytes(range(16))
OURS = ("https://write.example/", "http://abcdefgh234567.onion/", "messenger: quince")


def a_list(
    at, days=60, ours=OURS, retired=("https://old.example/",), signers=("Office of the Quince",)
) -> str:
    until = at.date() + timedelta(days=days)
    known = addresses.make(ours, retired=retired, made_on=until - timedelta(days=90), valid_until=until)
    for n, name in enumerate(signers):
        known = addresses.sign(known, name=name, seed=bytes([n]) * 32)
    return addresses.spell(known)


def said(shown: Shown, **more: object) -> None:
    today = shown.at.date()
    lines = tuple(
        LineOfDay(day_of(shown.at) + ahead, challenge.lines(SECRET, today + timedelta(days=ahead)))
        for ahead in range(2)
    )
    tell(shown.line(), Notice(lines=lines, **{"addresses": a_list(shown.at), **more}))


def page(shown: Shown, language: str = "en") -> str:
    return shown.browser.get(f"/r?l={language}").text


def test_before_the_office_has_said_anything_there_is_no_line_and_no_list(shown: Shown) -> None:
    told = page(shown)
    assert "The words of today" not in told and "Our addresses" not in told
    assert shown.browser.get("/l").status_code == 404


@pytest.mark.parametrize("language", SPOKEN)
def test_todays_line_stands_there_in_words_of_a_list_that_they_can_read(shown: Shown, language: str) -> None:
    said(shown)
    lines = challenge.lines(SECRET, shown.at.date())
    told = page(shown, language)
    assert sum(line in told for line in lines.values()) == 1
    if language in lines:
        assert lines[language] in told


def test_tomorrow_it_is_the_next_and_then_nobody_knows(shown: Shown) -> None:
    said(shown)
    first = challenge.line(SECRET, shown.at.date(), "en")
    shown.at += timedelta(days=1)
    told = page(shown)
    assert first not in told
    assert challenge.line(SECRET, shown.at.date(), "en") in told
    shown.at += timedelta(days=1)
    assert "The words of today" not in page(shown)


def test_the_list_stands_there_with_who_signed_it_and_how_to_check_it(shown: Shown) -> None:
    signers = ("Office of the Quince", "Group Linden", "Фонд Река")
    text = a_list(shown.at, signers=signers)
    said(shown, addresses=text)
    told = page(shown)
    known = addresses.read(text)
    for one in (*OURS, *signers, *(addresses.told(x.key) for x in known.signatures)):
        assert one in told
    assert '<s dir="ltr">https://old.example/</s>' in told
    assert "Compare every letter of the address" in told
    assert shown.browser.get("/l").text == text
    assert shown.browser.get("/l").headers["content-type"].startswith("text/plain")


def test_addresses_and_days_read_from_left_to_right_on_every_page(shown: Shown) -> None:
    """A day turned round is another day."""
    said(shown)
    told = page(shown, "fa")
    until = addresses.read(a_list(shown.at)).valid_until
    for one in (*OURS, until):
        assert f'<bdi dir="ltr">{one}</bdi>' in told


def test_a_list_that_is_out_of_date_says_so(shown: Shown) -> None:
    said(shown, addresses=a_list(shown.at, days=-1))
    assert "This list is out of date. Do not rely on it." in page(shown)
    said(shown, addresses=a_list(shown.at, days=0))
    assert "out of date" not in page(shown)


def test_a_list_that_was_changed_on_the_way_is_not_shown_at_all(shown: Shown) -> None:
    for changed in (a_list(shown.at).replace("write.example", "trap.example"), "write.example\nsigned"):
        said(shown, addresses=changed)
        assert "Our addresses" not in page(shown)
        assert "trap" not in page(shown)
        assert shown.browser.get("/l").status_code == 404


def test_what_an_office_signs_is_text_and_never_markup(shown: Shown) -> None:
    said(shown, addresses=a_list(shown.at, ours=("<script>alert(1)</script>",), signers=("<b>Group</b>",)))
    told = page(shown)
    assert "<script>alert" not in told and "<b>Group" not in told
    assert "&lt;script&gt;" in told


@pytest.mark.parametrize("language", ["en", "ru", "fa"])
def test_the_longest_list_fits_a_page_of_fifteen_kilobytes(shown: Shown, language: str) -> None:
    ours = [f"https://{n:03}-{'x' * 56}.onion/" for n in range(38)]
    text = a_list(shown.at, ours=ours, signers=[f"Group {n} {'y' * 30}" for n in range(8)])
    assert 4000 < len(text) <= signboard.actions.MOST_LIST
    said(shown, addresses=text)
    answer = shown.browser.get(f"/r?l={language}")
    assert ours[-1] in answer.text
    assert bytes_on_the_wire(answer) <= 15 * 1024


def test_each_office_of_a_relay_has_its_own(shown: Shown) -> None:
    said(shown)
    tell(shown.line(1), Notice(addresses=a_list(shown.at, ours=("https://other.example/",))))
    own, other = page(shown), shown.browser.get(f"/{keys_of(1).rid}/r?l=en").text
    assert "other.example" not in own and "write.example" in own
    assert "other.example" in other and "write.example" not in other


# What a device of the office gives the relay


@pytest.fixture
def office(tmp_path: Path):  # type: ignore[no-untyped-def]
    with devices(tmp_path) as made:
        yield made


def test_an_office_without_a_secret_says_nothing_of_it(office: Devices) -> None:
    notice = notice_of(office["anna"], office.clock())
    assert (notice.lines, notice.addresses) == ((), "")


def test_the_relay_is_given_today_and_tomorrow_and_no_day_more(office: Devices) -> None:
    bench = office["anna"]
    bench.act(signboard.actions.keep_secret, bench.signboard, secret=SECRET.hex(), made_here=True)
    at = office.clock()
    lines = notice_of(bench, at).lines
    assert len(lines) == SHOWN_DAYS == 2
    assert [line.day for line in lines] == [day_of(at), day_of(at) + 1]
    assert lines[0].words == challenge.lines(SECRET, at.date())
    assert SECRET.hex() not in repr(notice_of(bench, at))


def test_after_a_new_secret_the_relay_says_no_line_of_the_one_before(office: Devices) -> None:
    bench, at = office["anna"], office.clock()
    stolen, fresh = SECRET, bytes(16)
    for secret in (stolen, fresh):
        bench.act(signboard.actions.keep_secret, bench.signboard, secret=secret.hex(), made_here=True)
    lines = notice_of(bench, at).lines
    for ahead, line in enumerate(lines):
        day = at.date() + timedelta(days=ahead)
        assert line.words == challenge.lines(fresh, day) != challenge.lines(stolen, day)


def test_what_an_office_signs_and_shows_is_on_its_page_after_a_round(office: Devices) -> None:
    bench, today = office["anna"], office.clock.at.date()
    bench.act(signboard.actions.keep_secret, bench.signboard, secret=SECRET.hex(), made_here=True)
    key = signing.signing_key(bench, "Office of the Quince")
    made = addresses.make(OURS, made_on=today, valid_until=today + timedelta(days=90))
    signed = addresses.sign(made, name=key.known_as, seed=bytes.fromhex(key.seed))
    signing.keep(bench, addresses.spell(signed))
    assert notice_of(bench, office.clock()).addresses == ""
    signing.show(bench)
    assert addresses.read(notice_of(bench, office.clock()).addresses) == signed
    signing.hide(bench)
    assert notice_of(bench, office.clock()).addresses == ""
