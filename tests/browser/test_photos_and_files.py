"""Photos and files from a real browser, at a relay that runs: bare, whole, over broken lines, or not at all."""

import base64
import hashlib
import json
import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import no_overflow
from counting import Line
from playwright.sync_api import Browser, Page, Request, Route, expect
from relay_alone import Relay
from test_sealing import begin, code_on, leave, open_thread, phone, sent, skip_to_the_end

from kunak.exchange.attaching import COUNTS, MOST_BYTES, PART_BYTES, Attached, missing, open_parts
from kunak.exchange.collecting import Collecting, Waiting
from kunak.exchange.report import Report, attached_to

pytestmark = pytest.mark.browser

FROZEN = json.loads(
    (Path(__file__).parents[1] / "vectors" / "attachments-v1.json").read_text(encoding="utf-8")
)
GPS = b"canary-place-43.3169,45.6981"
MAKER = b"canary-phone-model"
HIDDEN = (GPS, MAKER, b"canary-xmp", b"canary-comment", b"canary-second-picture", b"canary-time")
ROWS = "#files p > b"
CHANCE = random.Random(3)


@pytest.fixture(scope="module")
def bench(lasting: Relay, chromium: Browser) -> Iterator[Page]:
    """A page on which the script has come, to call its functions."""
    with phone(chromium) as page:
        to_the_last_question(page, lasting.address)
        press_attach(page)
        yield page


def to_the_last_question(page: Page, address: str) -> None:
    begin(page, address)
    skip_to_the_end(page)


def press_attach(page: Page) -> None:
    page.get_by_role("button", name="Attach a photo or file").click()
    page.locator("#file").wait_for()


def choose(page: Page, plain: bytes, name: str = "canary-name.jpg", kind: str = "image/jpeg") -> None:
    """Choose a file; returns when it has been read."""
    before = page.locator(ROWS).count()
    page.locator("#file").set_input_files({"name": name, "mimeType": kind, "buffer": plain})
    expect(page.locator("#files span:not(:empty):not(label span)")).to_have_count(before + 1)


def send_words(page: Page, text: str = "canary-words") -> None:
    page.locator("textarea").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()


def send_a_file(page: Page, address: str, plain: bytes) -> None:
    """With the first words; returns when these have arrived."""
    to_the_last_question(page, address)
    press_attach(page)
    choose(page, plain, "x.bin", "")
    send_words(page)
    code_on(page)


def arrived(page: Page) -> None:
    expect(page.locator("#going")).to_contain_text("All pieces have arrived.", timeout=60_000)
    expect(page.locator("#going button")).to_have_count(0)


def at_the_office(relay: Relay, attached: Attached) -> bytes | None:
    """What the office makes of an attachment; None while not all of it is there."""
    waiting = Waiting("R-1", "1", attached, overdue=False)
    collecting = Collecting()
    for _ in range(8):
        whole = collecting.fetch(relay.post, (waiting,))
        if whole:
            return b"".join(open_parts(attached, whole[0].parts))
    return None


def only(relay: Relay) -> tuple[Report, Attached]:
    (report,) = relay.reports()
    (attached,) = attached_to(report)
    return report, attached


# Pictures: drawn by the browser itself, then filled with what phones hide


def drawn(page: Page, kind: str, width: int = 40, height: int = 24) -> bytes:
    """A picture that is wider than high, its left half red."""
    url = page.evaluate(
        """([kind, width, height]) => {
          const canvas = Object.assign(document.createElement('canvas'), { width, height });
          const brush = canvas.getContext('2d');
          brush.fillStyle = '#fff';
          brush.fillRect(0, 0, width, height);
          brush.fillStyle = '#f00';
          brush.fillRect(0, 0, width / 2, height);
          return canvas.toDataURL(kind);
        }""",
        [kind, width, height],
    )
    return base64.b64decode(url.split(",")[1])


def seen(page: Page, plain: bytes, kind: str) -> list[object]:
    """How a browser shows it: width, height, and the colour of two corners (left above, right below)."""
    return page.evaluate(
        """async ([plain, kind]) => {
          const image = new Image();
          image.src = 'data:' + kind + ';base64,' + plain;
          await image.decode();
          const { naturalWidth: width, naturalHeight: height } = image;
          const brush = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d');
          brush.drawImage(image, 0, 0);
          const at = (x, y) => brush.getImageData(x, y, 1, 1).data[1] > 127 ? 'white' : 'red';
          return [width, height, at(2, 2), at(width - 3, height - 3)];
        }""",
        [base64.b64encode(plain).decode(), kind],
    )


def exif(order: str = ">", turn: int = 6) -> bytes:
    """What a phone notes: which way up, its model, the time, and where on earth."""
    mark = b"MM" if order == ">" else b"II"
    head = mark + struct.pack(order + "HI", 42, 8)
    entries = [
        struct.pack(order + "HHIHH", 0x112, 3, 1, turn, 0),
        struct.pack(order + "HHII", 0x110, 2, len(MAKER), 200),
        struct.pack(order + "HHII", 0x132, 2, 11, 240),
        struct.pack(order + "HHII", 0x8825, 4, 1, 280),
    ]
    made = head + struct.pack(order + "H", len(entries)) + b"".join(entries) + bytes(4)
    made = made.ljust(200, b"\0") + MAKER
    made = made.ljust(240, b"\0") + b"canary-time"
    return made.ljust(280, b"\0") + struct.pack(order + "H", 0) + GPS


def segment(mark: int, body: bytes) -> bytes:
    return bytes((0xFF, mark)) + struct.pack(">H", len(body) + 2) + body


def jpeg_of_a_phone(plain: bytes, order: str = ">", turn: int = 6) -> bytes:
    assert plain[:2] == b"\xff\xd8"
    notes = segment(0xE1, b"Exif\0\0" + exif(order, turn)) + segment(
        0xE1, b"http://ns.adobe.com/xap/1.0/\0canary-xmp"
    )
    notes += segment(0xED, b"Photoshop 3.0\0canary-xmp") + segment(0xFE, b"canary-comment")
    return plain[:2] + notes + plain[2:] + plain[:2] + b"canary-second-picture" + GPS


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of_a_phone(plain: bytes) -> bytes:
    after = 8 + 25  # the signature and the header
    notes = (
        chunk(b"eXIf", exif(turn=1))
        + chunk(b"tEXt", b"Comment\0canary-comment")
        + chunk(b"tIME", b"canary-time"[:7])
    )
    notes += (
        chunk(b"iTXt", b"XML\0\0\0\0\0canary-xmp") + chunk(b"zTXt", b"a\0\0" + GPS) + chunk(b"caNa", MAKER)
    )
    return plain[:after] + notes + plain[after:] + b"canary-second-picture"


def webp_of_a_phone(plain: bytes, width: int = 40, height: int = 24) -> bytes:
    def piece(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)

    large = struct.pack("<I", 0x2C) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + piece(b"VP8X", large) + piece(b"ICCP", MAKER) + plain[plain.index(b"VP8 ") :]
    body += piece(b"EXIF", exif(turn=1)) + piece(b"XMP ", b"canary-xmp") + piece(b"CANA", b"canary-comment")
    return b"RIFF" + struct.pack("<I", len(body)) + body + b"canary-second-picture"


def bare(page: Page, kind: str, plain: bytes) -> bytes | None:
    """What the script leaves of a picture."""
    made = page.evaluate(
        """([kind, plain]) => {
          const bytes = Uint8Array.from(atob(plain), letter => letter.charCodeAt(0));
          const kept = bareOf(typeOf(bytes, ''), bytes);
          return [typeOf(bytes, ''), kept && hex(joined(...kept))];
        }""",
        [kind, base64.b64encode(plain).decode()],
    )
    assert made[0] == kind
    return None if made[1] is None else bytes.fromhex(made[1])


@pytest.mark.parametrize(("order", "turn"), [(">", 6), ("<", 6), (">", 3), ("<", 1)])
def test_a_photo_keeps_how_it_looks_and_which_way_up_and_nothing_that_was_noted_beside_it(
    bench: Page, order: str, turn: int
) -> None:
    plain = jpeg_of_a_phone(drawn(bench, "image/jpeg"), order, turn)
    assert all(one in plain for one in HIDDEN)
    left = bare(bench, "jpg", plain)
    assert left is not None
    assert [one for one in (*HIDDEN, b"canary", b"Photoshop") if one in left] == []
    assert left.count(b"Exif") == (turn != 1)
    looks = {1: [40, 24, "red", "white"], 3: [40, 24, "white", "red"], 6: [24, 40, "red", "white"]}
    assert seen(bench, left, "image/jpeg") == seen(bench, plain, "image/jpeg") == looks[turn]


def test_a_png_and_a_webp_keep_how_they_look_and_nothing_that_was_noted_beside_it(bench: Page) -> None:
    for kind, filled in (("png", png_of_a_phone), ("webp", webp_of_a_phone)):
        plain = filled(drawn(bench, f"image/{kind}"))
        assert GPS in plain
        assert b"canary-second-picture" in plain
        left = bare(bench, kind, plain)
        assert left is not None
        assert b"canary" not in left
        assert seen(bench, left, f"image/{kind}") == [40, 24, "red", "white"]
    assert left[20] == 0  # the flags of what is not there any more
    assert struct.unpack("<I", left[4:8])[0] == len(left) - 8


@pytest.mark.parametrize("kind", ["jpg", "png", "webp"])
def test_a_picture_that_is_not_built_as_it_should_be_is_never_said_to_be_bare(bench: Page, kind: str) -> None:
    whole = {
        "jpg": lambda: jpeg_of_a_phone(drawn(bench, "image/jpeg")).split(b"canary-second-picture")[0][:-2],
        "png": lambda: png_of_a_phone(drawn(bench, "image/png")).split(b"canary-second-picture")[0],
        "webp": lambda: webp_of_a_phone(drawn(bench, "image/webp")).split(b"canary-second-picture")[0],
    }[kind]()
    assert bare(bench, kind, whole) is not None
    for cut in range(16, len(whole) - 12, 41):
        left = bare(bench, kind, whole[:cut])
        assert left is None or b"canary" not in left, cut
    assert kind == "webp" or bare(bench, kind, whole[: len(whole) // 2]) is None


# The frozen vectors


def test_the_browser_seals_the_same_parts_as_the_office_does(bench: Page) -> None:
    counts = bench.evaluate(
        "sizes => sizes.map(size => COUNTS.find(count => size <= count * PIECE))",
        [int(size) for size in FROZEN["part_counts"]],
    )
    assert counts == list(FROZEN["part_counts"].values())
    assert bench.evaluate("[COUNTS, MOST_BYTES]") == [list(COUNTS), MOST_BYTES]
    for one in FROZEN["attachments"]:
        plain = hashlib.shake_256(b"").digest(one["size"])
        made = bench.evaluate(
            """async ([one, plain]) => {
              const bytes = Uint8Array.from(atob(plain), letter => letter.charCodeAt(0));
              const made = await madeOf(new File([bytes], 'x'), true), posted = [];
              Object.assign(made, { id: unhex(one.upload), key: unhex(one.key) });
              for (let place = 0; place < made.parts; place += 1) {
                const part = await spelledPart(made, place);
                posted.push({
                  first: hex(part.subarray(0, 64)), last: hex(part.subarray(-16)), sha256: hex(await sha256(part)),
                });
              }
              return [made.parts, hex(made.sha256), posted, lackingOf(made, unhex(one.there_but_for_the_first))];
            }""",
            [one, base64.b64encode(plain).decode()],
        )
        assert made == [one["parts"], one["sha256"], one["posted"], [0]]


def test_what_is_there_is_read_as_the_relay_spells_it(bench: Page) -> None:
    for parts in (1, 3, 8, 384):
        there = CHANCE.randbytes(48)
        made = Attached(bytes(16), bytes(32), parts, 1, bytes(32), "bin")
        read = bench.evaluate("([parts, there]) => lackingOf({ parts }, unhex(there))", [parts, there.hex()])
        assert read == missing(made, there)


# In the first questions


def test_a_photo_goes_bare_with_the_first_words_and_the_office_reads_it(
    relay: Relay, chromium: Browser
) -> None:
    went: list[Request] = []
    with phone(chromium) as page:
        page.on("request", lambda request: went.append(request))
        to_the_last_question(page, relay.address)
        plain = jpeg_of_a_phone(drawn(page, "image/jpeg"))
        press_attach(page)
        choose(page, plain)
        expect(page.locator("#files")).to_contain_text(
            "The place, the time and the phone are taken out of it."
        )
        assert [r.url for r in went if r.method == "POST"] == []  # nothing leaves before Send is pressed
        send_words(page)
        code_on(page)
        arrived(page)
        looks = seen(page, plain, "image/jpeg")
        report, attached = only(relay)
        assert (report.kind, report.answers["text"], report.via) == ("request", ("canary-words",), "sealed")
        assert (attached.sort, attached.evidence, attached.parts) == ("jpg", False, 1)
        got = at_the_office(relay, attached)
        assert got is not None
        assert got == bare_again(page, plain)
        assert [one for one in (*HIDDEN, b"canary") if one in got] == []
        assert seen(page, got, "image/jpeg") == looks
    everything = b"".join(r.post_data_buffer or b"" for r in went) + " ".join(r.url for r in went).encode()
    assert b"canary" not in everything
    assert {len(r.post_data_buffer or b"") for r in went if r.url.endswith("/u")} == {16, 65_573}


def bare_again(page: Page, plain: bytes) -> bytes:
    left = bare(page, "jpg", plain)
    assert left is not None
    return left


def test_evidence_arrives_as_it_is_to_the_last_byte(relay: Relay, chromium: Browser) -> None:
    with phone(chromium) as page:
        to_the_last_question(page, relay.address)
        plain = jpeg_of_a_phone(drawn(page, "image/jpeg")) + CHANCE.randbytes(2 * PART_BYTES)
        press_attach(page)
        choose(page, plain)
        page.get_by_label("This is evidence: send it exactly as it is").check()
        expect(page.locator("#files")).to_contain_text("It goes exactly as it is.")
        expect(page.locator("#files input")).to_be_checked()
        send_words(page)
        code_on(page)
        arrived(page)
    _, attached = only(relay)
    assert (attached.evidence, attached.parts, attached.size) == (True, 3, len(plain))
    assert at_the_office(relay, attached) == plain


def test_what_cannot_be_made_bare_is_said_before_it_is_sent(lasting: Relay, chromium: Browser) -> None:
    heic = b"\0\0\0\x18ftypheic" + GPS
    with phone(chromium) as page:
        to_the_last_question(page, lasting.address)
        press_attach(page)
        choose(page, heic, "x.heic", "image/heic")
        expect(page.locator("#files")).to_contain_text("HEIC 1 KB")
        expect(page.locator("#files")).to_contain_text("cannot take out what is hidden in this kind of file")
        expect(page.locator("#files")).not_to_contain_text("are taken out of it")
        page.get_by_label("This is evidence").check()
        expect(page.locator("#files")).to_contain_text("It goes exactly as it is.")
        page.get_by_role("button", name="Remove").click()
        expect(page.locator(ROWS)).to_have_count(0)


@pytest.mark.parametrize(
    ("first", "kind", "sort"),
    [
        (b"\0\0\0\x20ftypmp42", "", "mp4"), (b"\0\0\0\x20ftypM4A ", "", "m4a"), (b"\x1aE\xdf\xa3", "", "webm"),
        (b"ID3\x04", "", "mp3"), (b"OggS", "", "ogg"), (b"%PDF-1.7", "", "pdf"), (b"words", "text/plain", "txt"),
        (b"words", "image/jpeg", "bin"), (b"\0\0\0\x18ftypmif1", "", "heic"),
    ],
)  # fmt: skip
def test_the_type_is_read_from_the_file_itself(bench: Page, first: bytes, kind: str, sort: str) -> None:
    asked = "([first, kind]) => typeOf(unhex(first), kind)"
    assert bench.evaluate(asked, [first.ljust(40, b"\0").hex(), kind]) == sort


def test_nothing_too_large_and_too_many_are_refused_with_a_sentence(
    lasting: Relay, chromium: Browser, tmp_path: Path
) -> None:
    large, largest = tmp_path / "large", tmp_path / "largest"
    large.write_bytes(bytes(MOST_BYTES + 1))
    largest.write_bytes(bytes(MOST_BYTES))
    with phone(chromium) as page:
        to_the_last_question(page, lasting.address)
        press_attach(page)
        for refused in (large, {"name": "x", "mimeType": "", "buffer": b""}):
            page.locator("#file").set_input_files(refused)
            expect(page.get_by_role("alert")).to_contain_text("This file is empty, or larger than 25 MB.")
            expect(page.locator(ROWS)).to_have_count(0)
            page.evaluate("remove(find('#said'))")
        page.locator("#file").set_input_files(largest)
        expect(page.locator("#files")).to_contain_text("BIN 24415 KB")
        small = [{"name": f"{n}", "mimeType": "", "buffer": b"x"} for n in range(8)]
        page.locator("#file").set_input_files(small)
        expect(page.get_by_role("alert")).to_contain_text("These are too many at once.")
        expect(page.locator(ROWS)).to_have_count(8)


def test_another_language_and_going_back_lose_nothing_that_was_chosen(
    relay: Relay, chromium: Browser
) -> None:
    with phone(chromium) as page:
        to_the_last_question(page, relay.address)
        press_attach(page)
        choose(page, b"%PDF-1", "x.pdf", "application/pdf")
        page.get_by_role("button", name="Back").click()
        page.get_by_role("button", name="Next").click()
        expect(page.locator("#files")).to_contain_text("PDF 1 KB")
        page.locator("details.l summary").click()
        page.get_by_role("button", name="Русский").click()
        expect(page.locator("html")).to_have_attribute("lang", "ru")
        expect(page.locator("#files")).to_contain_text("PDF 1 KB")
        page.locator("button[name=go][value=send]").click()
        code_on(page)
    _, attached = only(relay)
    assert (attached.sort, attached.size) == ("pdf", 6)


def test_who_attaches_nothing_never_asks_for_the_second_script(relay: Relay, chromium: Browser) -> None:
    with phone(chromium) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        to_the_last_question(page, relay.address)
        assert [url for url in asked if url.endswith("/a.js")] == []
        page.route("**/a.js", lambda route: route.abort())
        page.get_by_role("button", name="Attach a photo or file").click()
        expect(page.get_by_role("alert")).to_contain_text("The line broke")
        page.unroute("**/a.js")
        press_attach(page)
        assert len([url for url in asked if url.endswith("/a.js")]) == 2
    with phone(chromium, script=False) as page:
        to_the_last_question(page, relay.address)
        expect(page.locator("#attach")).to_have_count(0)


def test_the_second_script_costs_six_kilobytes_and_reads_well_on_a_small_screen(
    lasting: Relay, chromium: Browser
) -> None:
    line = Line(lasting.port)
    with phone(chromium) as page:
        to_the_last_question(page, line.address)
        page.wait_for_load_state("networkidle")
        before = line.bytes
        press_attach(page)
        page.wait_for_load_state("networkidle")
        assert 0 < line.bytes - before <= 6 * 1024
        choose(page, drawn(page, "image/jpeg"))
        expect(page.locator("#file")).to_be_focused()
        no_overflow(page)
        page.route("**/u", lambda route: route.abort())
        for place in ("before", "while"):
            results = Axe().run(page)
            assert results.violations_count == 0, (place, results.generate_report())
            if place == "before":
                send_words(page)
                code_on(page)
                page.locator("#going").wait_for()
        no_overflow(page)
    line.close()


# Lines that break


def test_offline_half_way_it_waits_and_goes_on_by_itself(relay: Relay, chromium: Browser) -> None:
    plain, posted = CHANCE.randbytes(12 * PART_BYTES - 5), list[str]()
    patient = (
        "const real = setTimeout; setTimeout = (f, ms) => real(f, ms * 100);"  # the line itself ends the wait
    )
    with phone(chromium, before=patient) as page:

        def half(route: Route) -> None:
            route.continue_()
            if len(route.request.post_data_buffer or b"") > 16:
                posted.append(route.request.url)
                if len(posted) == 5:
                    page.context.set_offline(True)

        page.route("**/u", half)
        send_a_file(page, relay.address, plain)
        expect(page.locator("#going")).to_contain_text("The files go on by themselves when it is back.")
        report, attached = only(relay)
        assert report.answers["text"] == ("canary-words",)  # the words were first
        assert at_the_office(relay, attached) is None
        page.context.set_offline(False)
        arrived(page)
    assert at_the_office(relay, attached) == plain
    assert len(posted) <= 14  # what was there was not sent again


def test_a_relay_killed_half_way_and_a_full_one_are_waited_for(relay: Relay, chromium: Browser) -> None:
    plain, full = CHANCE.randbytes(6 * PART_BYTES), list[str]()
    line = Line(relay.port)

    def crowded(route: Route) -> None:
        if len(route.request.post_data_buffer or b"") > 16 and len(full) < 3:
            full.append(route.request.url)
            route.fulfill(status=503)
        else:
            route.continue_()

    with phone(chromium) as page:
        page.route("**/u", crowded)
        send_a_file(page, line.address, plain)
        expect(page.locator("#going")).to_contain_text("There is no room for files at the moment.")
        line.cut = True
        line.hang_up()
        relay.kill()
        expect(page.locator("#going")).to_contain_text("The line is broken.", timeout=30_000)
        relay.start_again()
        line.cut = False
        arrived(page)
    line.close()
    _, attached = only(relay)
    assert at_the_office(relay, attached) == plain


def test_what_the_relay_finds_contradicted_goes_under_another_id_and_key(
    relay: Relay, chromium: Browser
) -> None:
    plain, turned_away = CHANCE.randbytes(3 * PART_BYTES), list[bytes]()

    def contradict(route: Route) -> None:
        body = route.request.post_data_buffer or b""
        if len(body) > 16 and not turned_away:
            turned_away.append(body[:16])
            route.fulfill(status=404)
        else:
            route.continue_()

    with phone(chromium) as page:
        page.route("**/u", contradict)
        send_a_file(page, relay.address, plain)
        arrived(page)
    first, second = relay.reports()
    (before,), (after,) = attached_to(first), attached_to(second)
    assert (second.kind, second.mailbox) == ("message", first.mailbox)
    assert before.upload == turned_away[0]
    assert len({before.upload, after.upload, before.key, after.key}) == 4
    assert at_the_office(relay, after) == plain


def test_a_file_that_never_can_arrive_is_said_and_the_words_are_there(
    relay: Relay, chromium: Browser
) -> None:
    with phone(chromium) as page:
        page.route("**/u", lambda route: route.fulfill(status=413))
        to_the_last_question(page, relay.address)
        press_attach(page)
        choose(page, b"%PDF-1", "x.pdf", "application/pdf")
        send_words(page)
        code_on(page)
        expect(page.locator("#going")).to_contain_text("A file did not arrive. Please attach it again.")
    assert only(relay)[0].answers["text"] == ("canary-words",)


# Stopping, and leaving


def slowly(page: Page, posted: list[int]) -> None:
    """Let the third part wait: something is on its way, and nothing more comes."""

    def wait(route: Route) -> None:
        if len(route.request.post_data_buffer or b"") > 16:
            posted.append(len(posted))
            if len(posted) > 2:
                return
        route.continue_()

    page.route("**/u", wait)


def two_are_there(page: Page) -> None:
    for _ in range(200):
        if page.evaluate("now.going && now.going.files[0].there") == 2:
            return
        page.wait_for_timeout(50)
    raise AssertionError("the first two parts did not arrive")


def test_a_stopped_upload_stops_and_the_words_are_there(relay: Relay, chromium: Browser) -> None:
    posted: list[int] = []
    with phone(chromium) as page:
        slowly(page, posted)
        send_a_file(page, relay.address, CHANCE.randbytes(6 * PART_BYTES))
        expect(page.locator("#going [role=status]")).to_contain_text("of 6 pieces have arrived.")
        two_are_there(page)
        page.get_by_role("button", name="Stop sending the files").click()
        expect(page.locator("#going")).to_contain_text("You stopped it: not all pieces have arrived.")
        expect(page.locator("#going button")).to_have_count(0)
        page.unroute("**/u")
        page.wait_for_timeout(3000)
        assert len(posted) == 3
    report, attached = only(relay)
    assert report.answers["text"] == ("canary-words",)
    assert at_the_office(relay, attached) is None


@pytest.mark.parametrize("how", ["the link", "Shift three times"])
def test_leaving_half_way_stops_it_and_forgets_everything(relay: Relay, chromium: Browser, how: str) -> None:
    posted: list[int] = []
    with phone(chromium) as page:
        slowly(page, posted)
        send_a_file(page, relay.address, CHANCE.randbytes(6 * PART_BYTES))
        two_are_there(page)
        leave(page, how)
        page.wait_for_timeout(1000)
        page.go_back()
        assert page.url == "about:blank"
    assert len(posted) == 3
    assert at_the_office(relay, only(relay)[1]) is None


def test_whoever_begins_anew_finds_nothing_of_what_was_chosen(lasting: Relay, chromium: Browser) -> None:
    with phone(chromium) as page:
        to_the_last_question(page, lasting.address)
        press_attach(page)
        choose(page, b"%PDF-1", "x.pdf", "application/pdf")
        page.evaluate("follow('/w', 'en')")
        page.locator("button[name=safe_now]").first.wait_for()
        skip_to_the_end(page)
        page.locator("#file").wait_for()
        expect(page.locator(ROWS)).to_have_count(0)


def test_whoever_begins_anew_while_files_are_going_stops_them(relay: Relay, chromium: Browser) -> None:
    posted: list[int] = []
    with phone(chromium) as page:
        slowly(page, posted)
        send_a_file(page, relay.address, CHANCE.randbytes(6 * PART_BYTES))
        two_are_there(page)
        page.evaluate("follow('/w', 'en')")
        page.locator("button[name=safe_now]").first.wait_for()
        expect(page.locator("#going")).to_have_count(0)
        page.unroute("**/u")
        page.wait_for_timeout(3000)
    assert len(posted) == 3
    assert at_the_office(relay, only(relay)[1]) is None


# In a thread


def test_in_a_thread_a_file_goes_with_words_or_without_and_two_one_after_the_other(
    relay: Relay, chromium: Browser
) -> None:
    one, two = CHANCE.randbytes(PART_BYTES + 1), b"%PDF-1 and more"
    with phone(chromium) as page:
        code = sent(page, relay.address)
        open_thread(page, relay.address, code.digits())
        press_attach(page)
        choose(page, one, "x.bin", "")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("Thank you. We have it.")
        arrived(page)
        expect(page.locator(ROWS)).to_have_count(0)
        choose(page, two, "x.pdf", "application/pdf")
        send_words(page, "the second")
        expect(page.get_by_role("alert")).to_contain_text("Thank you. We have it.")
        arrived(page)
        choose(page, two, "x.pdf", "application/pdf")
        page.get_by_role("button", name="Stop: do not write to me any more").click()
        page.get_by_role("button", name="Yes").click()
        expect(page.get_by_role("alert")).to_contain_text("we write nothing more to this code")
        expect(page.locator(ROWS)).to_have_count(1)  # a wish to be left alone sends no file
    _, first, second, stop = relay.reports()
    assert [(each.kind, each.text) for each in (first, second, stop)] == [
        ("message", "–"), ("message", "the second"), ("stop", ""),
    ]  # fmt: skip
    assert attached_to(stop) == ()
    assert [at_the_office(relay, *attached_to(each)) for each in (first, second)] == [one, two]
    assert attached_to(first)[0].key != attached_to(second)[0].key
