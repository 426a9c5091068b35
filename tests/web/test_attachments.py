"""What a person attaches comes from a real relay into the compartment it belongs to, and leaves by a press."""

import random
from datetime import timedelta

import httpx2
import pytest
from starlette.testclient import TestClient
from test_inbox import Far
from two_desks import settle

from kunak.casework import queries
from kunak.exchange.attaching import PART_BYTES, Sender, attach, seal_part, spell_part
from kunak.exchange.collecting import PATIENCE, Collecting, attachment_of
from kunak.exchange.inbox import Inbox
from kunak.exchange.post import Post
from kunak.exchange.relay.store import INTAKE
from kunak.exchange.relay.uploads import DAYS
from kunak.exchange.report import (
    attached_to,
    attaching_report,
    keep_sealed,
    open_report,
    seal_in_browser,
    write_report,
)
from kunak.intake.attached import LASTS
from kunak.vault.attachments import open_parts
from kunak.vault.codec import NotReadable

PLAIN = random.Random(8).randbytes(4 * PART_BYTES + 77)
BYTES = {"content-type": "application/octet-stream"}


class Sending(Far):
    """A person whose browser runs the script, and attaches."""

    def upload(self, made, plain=PLAIN, places=None):
        browser = TestClient(self.app)
        if places is None:
            Sender(browser).send(made, plain)
        for place in places or ():
            body = spell_part(made, place, seal_part(made, plain, place))
            assert browser.post("/u", content=body, headers=BYTES).status_code == 200

    def report(self, *attachments, kind="request", text=""):
        answers = {"safe_now": ("yes",)} if kind == "request" else {}
        plain = write_report(kind, self.keys, at=self.desk.clock(), language="ru", text=text, answers=answers)
        report = attaching_report(plain, attachments)
        kept = keep_sealed(seal_in_browser(report, self.keys, self.intake), self.desk.clock(), self.intake)
        self.store.keep(INTAKE, report.id, kept)
        return report

    def post(self, intake_seed):
        seed = self.desk.bench.vault.office_secret("channel")
        now = lambda: self.desk.clock().timestamp()  # noqa: E731
        return Post("", intake_seed=intake_seed, channel_seed=seed, client=self._line(), now=now)

    def at_the_relay(self):
        return self.store.uploads.read(lambda ask: ask.rows("SELECT count(*) FROM upload"))[0][0]


@pytest.fixture
def far(desk, tmp_path):
    return Sending(desk, tmp_path / "relay")


def ask_for_all(desk):
    """Somebody presses the button of each attachment that waits."""
    for request in desk.bench.requests:
        for one in request.attachments:
            if one.waits:
                page = f"/requests/{request.code}/attachments"
                asked = desk.post(f"{page}/fetch", follow=False, attachment=one.id)
                assert (asked.status_code, asked.headers["location"]) == (303, page)


def fetch(desk, far):
    """The letters, then what they attach, asked for."""
    far.listen()
    ask_for_all(desk)
    far.listen()


def only(desk):
    (request,) = desk.bench.requests
    return request


def read(desk, one):
    return b"".join(open_parts(desk.bench.vault.office.store, attachment_of(one.kept)))


def compartments(desk, kind):
    return {each.compartment for each in desk.bench.vault.read() if f'"intake.{kind}"'.encode() in each.body}


def test_what_is_attached_arrives_whole_lies_with_the_thread_and_the_relay_forgets_it(desk, far):
    made = attach(PLAIN, "jpg")
    far.upload(made)
    far.report(made, text="See the picture.")
    fetch(desk, far)
    (one,) = only(desk).attachments
    assert (one.sort, one.kilobytes, one.evidence, one.lost) == ("jpg", 257, False, False)
    assert read(desk, one) == PLAIN
    assert compartments(desk, "AttachmentKept") == {"chat"}
    assert far.at_the_relay() == 0
    far.listen()
    assert only(desk).attachments == (one,)


def test_evidence_is_fetched_by_who_may_read_it_and_by_nobody_else(desk, far, colleague):
    made = attach(PLAIN, "mp4", evidence=True)
    far.upload(made)
    far.report(made)
    far.listen()
    (told,) = only(desk).attachments
    assert (told.evidence, told.wait, told.kept) == (True, None, None)
    assert "for documenters and lawyers" in desk.text(f"/requests/{only(desk).code}/attachments")
    assert compartments(desk, "EvidenceWaits") == set()
    settle(desk, colleague)
    colleague.office.inbox = Inbox(far.post(None))
    ask_for_all(colleague)
    colleague.office.stir()
    colleague.office.listen()
    (one,) = only(colleague).attachments
    assert read(colleague, one) == PLAIN
    assert compartments(colleague, "EvidenceKept") == compartments(colleague, "EvidenceWaits") == {"evidence"}
    assert far.at_the_relay() == 0
    settle(desk, colleague)
    assert only(desk).attachments == (told,)
    answer = desk.post(f"/requests/{only(desk).code}/attachments", attachment=one.id)
    assert answer.status_code == 404


def test_evidence_is_kept_with_the_work_where_nobody_reads_evidence(desk, far):
    made = attach(PLAIN, "mp4", evidence=True)
    far.upload(made)
    far.report(made)
    fetch(desk, far)
    (one,) = only(desk).attachments
    assert one.evidence
    assert read(desk, one) == PLAIN
    assert compartments(desk, "UnreadEvidenceKept") == {"work"}
    index = b"".join(each.body for each in desk.bench.vault.read() if each.compartment == "index")
    assert b"mp4" not in index


def test_the_words_come_first_and_the_parts_when_the_line_lets_them(desk, far):
    made = attach(PLAIN, "pdf")
    far.report(made, text="The rest follows.")
    far.listen()
    assert only(desk).attachments[0].waits
    assert "waits at the relay until somebody fetches it" in desk.text(f"/requests/{only(desk).code}")
    ask_for_all(desk)
    far.listen()
    assert "on its way" in desk.text(f"/requests/{only(desk).code}")
    far.upload(made, places=(0, 1, 3))
    far.listen()
    assert only(desk).attachments[0].waits
    far.upload(made)
    far.listen()
    assert read(desk, only(desk).attachments[0]) == PLAIN


def test_nothing_is_fetched_before_somebody_who_sees_its_size_asks_for_it(desk, far):
    wanted, other = attach(PLAIN, "jpg"), attach(PLAIN, "mp4")
    for made in (wanted, other):
        far.upload(made)
    far.report(wanted, other, text="two")
    for _ in range(3):
        far.listen()
    assert far.at_the_relay() == wanted.parts + other.parts
    code, (one, two) = only(desk).code, only(desk).attachments
    if one.sort != "jpg":
        one, two = two, one
    page = desk.text(f"/requests/{code}/attachments")
    assert page.count("Fetch it here: 257 KB") == 2
    assert page.count("The relay keeps it until") == 2
    assert timedelta(days=DAYS - 2) < LASTS < timedelta(days=DAYS)
    desk.post(f"/requests/{code}/attachments/fetch", follow=False, attachment=one.id)
    far.listen()
    assert {each.id: each.kept is not None for each in only(desk).attachments} == {
        one.id: True,
        two.id: False,
    }
    assert far.at_the_relay() == other.parts
    assert desk.text(f"/requests/{code}/attachments").count("Fetch it here: 257 KB") == 1
    for odd in (one.id, "another"):
        assert desk.post(f"/requests/{code}/attachments/fetch", attachment=odd).status_code == 404


def test_the_queue_says_that_attachments_wait_and_when_the_relay_lets_them_go(desk, far):
    far.report(attach(PLAIN, "jpg"), attach(PLAIN, "mp4"), text="two")
    far.listen()
    assert "2 attachments wait" in desk.text("/")
    bench = desk.bench
    (row,) = queries.queue(bench.requests, bench.cases, desk.clock())
    (clock,) = [one for one in row.clocks if one.name == "attachments"]
    assert clock.due == min(one.at for one in only(desk).attachments) + LASTS
    desk.clock.later(days=LASTS.days)
    assert "attachments wait" not in desk.text("/")
    (row,) = queries.queue(bench.requests, bench.cases, desk.clock())
    assert (row.attachments, [one for one in row.clocks if one.name == "attachments"]) == (0, [])


def test_what_never_comes_whole_is_said_and_the_words_are_there(desk, far):
    made = attach(PLAIN, "pdf")
    far.upload(made, places=(0, 1))
    far.report(made, text="They took my papers.")
    fetch(desk, far)
    assert "It comes in the next rounds." in desk.text(f"/requests/{only(desk).code}/attachments")
    desk.clock.later(days=PATIENCE.days, minutes=20)
    far.listen()
    (one,) = only(desk).attachments
    assert one.lost
    page = desk.text(f"/requests/{only(desk).code}")
    assert "the attachment did not arrive whole" in page
    assert "They took my papers." in page
    assert far.at_the_relay() == 0


def test_what_was_changed_on_the_way_is_said_at_once_and_nothing_of_it_is_kept(desk, far):
    made = attach(PLAIN, "pdf")
    far.upload(made, b"!" + PLAIN[1:])
    far.report(made, text="words")
    fetch(desk, far)
    assert only(desk).attachments[0].lost
    assert compartments(desk, "AttachmentKept") == set()
    assert far.at_the_relay() == 0


def test_the_file_leaves_by_a_press_alone_under_a_name_that_says_nothing_and_is_never_shown(desk, far):
    script = b"<script>alert(1)</script>" + PLAIN
    made = attach(script, "txt")
    far.upload(made, script)
    far.report(made)
    fetch(desk, far)
    code, (one,) = only(desk).code, only(desk).attachments
    page = desk.get(f"/requests/{code}/attachments")
    assert "TXT · 257 KB" in " ".join(page.text.split())
    assert "can harm the computer" in page.text
    assert "alert(1)" not in page.text + desk.get(f"/requests/{code}").text
    taken = desk.post(f"/requests/{code}/attachments", attachment=one.id)
    assert taken.content == script
    headers = taken.headers
    assert headers["content-disposition"] == 'attachment; filename="attachment.txt"'
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")
    assert "sandbox" not in page.headers["content-security-policy"]
    assert desk.post(f"/requests/{code}/attachments", attachment="another").status_code == 404


def test_a_message_attaches_too_and_the_same_letter_again_changes_nothing(desk, far):
    far.report()
    far.listen()
    made = (attach(PLAIN, "jpg"), attach(b"small", "txt", evidence=True))
    far.upload(made[0])
    far.upload(made[1], b"small")
    for _ in range(2):
        far.report(*made, kind="message", text="two")
        desk.office.inbox._cursor = 0
        fetch(desk, far)
    assert [read(desk, one) for one in only(desk).attachments] in ([PLAIN, b"small"], [b"small", PLAIN])
    assert len(only(desk).arrivals) == 1


def test_fetching_goes_on_where_the_line_broke(desk, far):
    made = attach(PLAIN, "jpg")
    far.upload(made)
    far.report(made)
    post, asked = desk.office.inbox._post, []
    real = post.parts

    def breaking(upload, begin=0):
        asked.append(begin)
        if len(asked) == 2:
            raise httpx2.ConnectError("cut")
        return real(upload, begin)

    post.parts = breaking
    far.listen()
    assert asked == []
    ask_for_all(desk)
    far.listen()
    assert only(desk).attachments[0].waits
    far.listen()
    assert asked == [0, 3, 3]
    assert read(desk, only(desk).attachments[0]) == PLAIN


@pytest.mark.parametrize(
    "odd",
    [
        lambda one: (one, one),
        lambda one: tuple(attach(PLAIN, "jpg") for _ in range(9)),
        lambda one: (one._replace(sort="exe"),),
        lambda one: (one._replace(size=1),),
    ],
)
def test_a_report_that_attaches_what_no_page_of_ours_does_is_not_read(desk, far, odd):
    report = attaching_report(
        write_report("request", far.keys, at=desk.clock(), language="ru"), odd(attach(PLAIN, "jpg"))
    )
    kept = keep_sealed(seal_in_browser(report, far.keys, far.intake), desk.clock(), far.intake)
    with pytest.raises(NotReadable):
        open_report(kept, desk.bench.vault.intake_seeds()[0])


def test_a_report_without_attachments_is_what_it_was(desk, far):
    plain = write_report("request", far.keys, at=desk.clock(), language="ru")
    assert attaching_report(plain, ()) is plain
    made = attach(PLAIN, "jpg")
    more = attaching_report(plain, (made,))
    assert attached_to(more) == (made,)
    assert more.id == attaching_report(plain, (made,)).id != plain.id


def test_what_is_waited_for_no_more_is_not_held(desk, far):
    collecting = Collecting()
    assert collecting.fetch(desk.office.inbox._post, ()) == ()
    assert collecting._held == {}
