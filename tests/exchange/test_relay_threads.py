"""Coming back with a code: reading, writing on, stopping, deleting. A wrong code tells nothing."""

import asyncio
from datetime import timedelta

import pytest
from relay_office import NIGHT, Office, code_on, hidden, press, reply_keys, write

from kunak.exchange import Report, ReturnCode
from kunak.exchange.relay.brake import MOST_WAITING, Brake
from kunak.exchange.relay.store import INTAKE


def come_back(relay: Office, typed: str, language: str = "en"):
    return relay.browser.post("/c", data={"l": language, "code": typed})


def first_report(relay: Office) -> Report:
    return relay.post.collect().reports[0]


def answer(relay: Office, report: Report, text: str, *, id: str = "r1", hours: int = 0) -> None:
    at = NIGHT.replace(minute=45, second=0) + timedelta(hours=hours)
    relay.post.deliver(**reply_keys(report), text=text, at=at, id=id)


def test_a_reply_is_read_with_the_words_from_another_device(relay: Office):
    code = code_on(write(relay.browser))
    answer(relay, first_report(relay), "We have read it. How may we talk?")
    page = come_back(relay, " ".join(code.words("ru")).upper())
    assert "We have read it. How may we talk?" in page.text


def test_replies_are_shown_in_order_with_the_digits(relay: Office):
    code = code_on(write(relay.browser))
    report = first_report(relay)
    answer(relay, report, "the second", id="b", hours=1)
    answer(relay, report, "the first", id="a")
    page = come_back(relay, code.digits()).text
    assert page.index("the first") < page.index("the second")


def test_a_reply_delivered_twice_is_read_once(relay: Office):
    code = code_on(write(relay.browser))
    report = first_report(relay)
    answer(relay, report, "only once")
    answer(relay, report, "only once")
    assert come_back(relay, code.digits()).text.count("only once") == 1


def test_the_eight_newest_replies_are_kept(relay: Office):
    code = code_on(write(relay.browser))
    report = first_report(relay)
    for number in range(10):
        answer(relay, report, f"reply number {number}.", id=str(number), hours=number)
    page = come_back(relay, code.digits()).text
    assert [n for n in range(10) if f"reply number {n}." in page] == list(range(2, 10))


def test_nothing_that_is_written_can_become_markup(relay: Office):
    code = code_on(write(relay.browser))
    answer(relay, first_report(relay), "<b>bold</b><script>x</script>")
    page = come_back(relay, code.digits()).text
    assert "&lt;b&gt;bold" in page
    assert "<script>" not in page


def test_wrong_and_new_codes_and_those_with_nothing_to_read_look_the_same(relay: Office):
    new = code_on(write(relay.browser))
    emptied = code_on(write(relay.browser, text="another"))
    report = relay.post.collect().reports[1]
    answer(relay, report, "soon deleted")
    relay.store.forget(f"m:{report.mailbox}", ["r1"])
    seen = []
    for code in (new, emptied, ReturnCode(2**71 + 12345)):
        page = come_back(relay, code.digits())
        fields = hidden(page)
        text = page.text.replace(fields["code"][0], "CODE").replace(fields["once"][0], "ONCE")
        seen.append((page.status_code, len(page.content), sorted(page.headers.items()), text))
    assert seen[0] == seen[1] == seen[2]


def test_a_thread_page_has_one_of_few_sizes(relay: Office):
    code = code_on(write(relay.browser))
    sizes = {len(come_back(relay, code.digits()).content)}
    answer(relay, first_report(relay), "ж" * 900)
    sizes.add(len(come_back(relay, code.digits()).content))
    assert all(size % 4096 == 0 for size in sizes)


def test_known_and_unknown_codes_wait_alike_and_nobody_is_locked_out(relay: Office):
    code = code_on(write(relay.browser))
    answer(relay, first_report(relay), "still here")
    waits = {}
    for tried in (code, ReturnCode(99)):
        relay.waits.clear()
        pages = [come_back(relay, tried.digits()) for _ in range(9)]
        waits[tried] = list(relay.waits)
    assert waits[code] == waits[ReturnCode(99)] == [0.5, 1.0, 1.5, 2.0]
    for _ in range(40):
        pages.append(come_back(relay, code.digits()))
    assert max(relay.waits) == 10.0
    assert "still here" in pages[-1].text


def test_many_tries_at_many_codes_slow_all_of_them_a_little(relay: Office):
    for number in range(31):
        come_back(relay, ReturnCode(number).digits())
    assert relay.waits == [2.0]


def test_a_flood_of_tries_does_not_take_all_connections() -> None:
    """Whoever comes while very many wait is answered at once: the wait is not what protects a code."""

    async def flooded() -> tuple[int, bool]:
        over = asyncio.Event()

        async def pause(_: float) -> None:
            await over.wait()

        brake = Brake(pause=pause)
        tries = [asyncio.ensure_future(brake.wait(f"{number:032x}")) for number in range(5000)]
        await asyncio.sleep(0)
        person = asyncio.ensure_future(brake.wait("f" * 32))
        await asyncio.sleep(0)
        waiting = sum(not one.done() for one in tries)
        answered = person.done()
        over.set()
        await asyncio.gather(*tries, person)
        await brake.wait("f" * 32)  # and those who waited have left their places
        return waiting, answered

    assert asyncio.run(flooded()) == (MOST_WAITING, True)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "This is not a whole code: a code is 6 words, or 24 digits."),
        ("river lemon", "This is not a whole code: a code is 6 words, or 24 digits."),
        (
            "apple apple apple apple apple xxxxxxx",
            "Word number 6 is not one of the words that codes are made of.",
        ),
        ("1234 5678 9012 3456 7890 1234", "One of the digits is wrong."),
    ],
)
def test_a_code_that_is_none_is_answered_with_a_sentence(relay: Office, typed: str, sentence: str):
    page = come_back(relay, typed)
    assert page.status_code == 200
    assert sentence in page.text
    assert 'name="code"' in page.text


def test_the_sentences_are_russian_on_a_russian_page(relay: Office):
    assert "Одна из цифр неверна." in come_back(relay, "1234 5678 9012 3456 7890 1234", "ru").text
    assert "По этому коду сейчас нечего читать." in come_back(relay, ReturnCode(3).digits(), "ru").text


def test_a_further_message_reaches_the_office_with_its_mailbox(relay: Office):
    code = code_on(write(relay.browser))
    page = press(relay.browser, come_back(relay, code.digits()), "send", text="Thursday is better")
    assert "Thank you. We have it." in page.text
    assert "Thursday is better" not in page.text
    request, message = relay.post.collect().reports
    assert (message.kind, message.text, message.mailbox) == ("message", "Thursday is better", request.mailbox)


def test_a_message_sent_twice_by_one_page_is_one_but_may_be_written_again(relay: Office):
    code = code_on(write(relay.browser))
    page = come_back(relay, code.digits())
    press(relay.browser, page, "send", text="hello?")
    press(relay.browser, page, "send", text="hello?")
    assert len(relay.post.collect().reports) == 2
    press(relay.browser, come_back(relay, code.digits()), "send", text="hello?")
    assert len(relay.post.collect().reports) == 3


@pytest.mark.parametrize(
    ("text", "sentence"), [("  \n ", "nothing written to send"), ("ж" * 2001, "The text is too long")]
)
def test_a_message_that_cannot_be_sent_is_answered_with_a_sentence(relay: Office, text: str, sentence: str):
    code = code_on(write(relay.browser))
    assert sentence in press(relay.browser, come_back(relay, code.digits()), "send", text=text).text
    assert len(relay.post.collect().reports) == 1


def test_a_change_of_language_keeps_the_draft(relay: Office):
    page = come_back(relay, ReturnCode(8).digits())
    page = press(relay.browser, page, "ru", text="half a thought")
    assert "half a thought" in page.text
    assert '<html lang="ru">' in page.text


def test_stop_is_asked_once_more_and_then_reaches_the_office(relay: Office):
    code = code_on(write(relay.browser))
    sure = press(relay.browser, come_back(relay, code.digits()), "stop")
    assert [report.kind for report in relay.post.collect().reports] == ["request"]
    page = press(relay.browser, sure, "stop-yes")
    assert "we write nothing more to this code" in page.text
    assert [report.kind for report in relay.post.collect().reports] == ["request", "stop"]


def test_delete_empties_the_mailbox_and_tells_the_office(relay: Office):
    code = code_on(write(relay.browser))
    answer(relay, first_report(relay), "read and gone")
    sure = press(relay.browser, come_back(relay, code.digits()), "delete")
    page = press(relay.browser, press(relay.browser, sure, "delete-ru"), "delete-yes")
    assert "read and gone" not in page.text
    assert "read and gone" not in come_back(relay, code.digits()).text
    assert [report.kind for report in relay.post.collect().reports] == ["request", "delete"]


def test_no_is_no(relay: Office):
    code = code_on(write(relay.browser))
    answer(relay, first_report(relay), "still here")
    sure = press(relay.browser, come_back(relay, code.digits()), "delete")
    assert "still here" in press(relay.browser, sure, "no").text
    assert len(relay.store.after(INTAKE, 0, 10)) == 1
