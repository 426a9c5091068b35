"""Between the relay and the rooms: what people sent becomes entries; what we wrote goes to their mailboxes.

Nothing is lost on the way. A letter stays at the relay until it has been written here, and hearing it again
changes nothing: its id becomes the id of its entries. An answer is an entry first and is delivered after;
until it has been, every round tries again, and delivering it twice changes nothing either.

A round is cut so that the network is never asked while the workbench is held: ``waiting`` and ``take_in`` and
``note`` touch the workbench, ``collect``, ``deliver`` and ``forget`` the network.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from kunak.errors import KunakError, Refused, Unreachable
from kunak.exchange import collecting
from kunak.exchange.codes import ReturnCode
from kunak.exchange.collecting import Collecting, Fetched, Waiting
from kunak.exchange.mailbox import MailboxKeys
from kunak.exchange.post import Collected, Post
from kunak.exchange.report import Report, write_report
from kunak.fold import Entry, Ledger
from kunak.intake import actions, queries
from kunak.intake.form import DECLINED, IN_SURGE, NOT_ASKED, UNKNOWN, Answers, parse
from kunak.intake.queries import MailboxReply
from kunak.intake.surge import surge
from kunak.vault import seal
from kunak.workbench import Workbench, new_code

# Letters of a newer Kunak that are left at the relay; anybody can make what looks like one, and fill it with them.
MOST_NEWER = 2048

# What a worker reads when the person pressed a button instead of writing.
ASKED = {
    "stop": "[The person asks us not to write to them any more.]",
    "delete": "[The person asks us to delete what they wrote.]",
}


class Inbox:
    """One office's way to its relay, and how the last round went."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._cursor = 0
        self._collecting = Collecting()
        self.trouble: KunakError | None = None  # why the last round failed
        self.heard_at: datetime | None = None  # when the relay last answered
        self.unopened = 0  # letters that lie there and cannot be opened
        self.junk = 0  # pieces that nobody can ever read, which the relay was told to forget
        self.lapsed = 0  # letters that the relay has let go of lately because nobody took them in
        self._newer: list[str] = []  # names of those that a newer Kunak wrote

    def renew(self, post: Post) -> None:
        """Go on with a post that has the office's keys of now."""
        self._post = post

    def collect(self) -> Collected:
        """What arrived since the last round. Raises Unreachable or Damaged."""
        return self._post.collect(self._cursor)

    def take_in(self, bench: Workbench, collected: Collected) -> tuple[str, ...]:
        """Write what arrived; returns the ids of the letters that the relay may forget."""
        for report in collected.reports:
            take_in(bench, report)
        self._cursor = collected.cursor
        self.junk += len(collected.junk)
        self.lapsed = collected.lapsed
        self._newer += collected.newer
        over, self._newer = self._newer[:-MOST_NEWER], self._newer[-MOST_NEWER:]
        self.unopened += len(collected.damaged) - len(collected.junk) - len(over)
        return (*collected.letters, *collected.junk, *over)

    def forget(self, letters: Collection[str]) -> None:
        """Have the relay delete what has been written here."""
        if letters:
            self._post.forget(letters)

    def deliver(
        self,
        waiting: Sequence[tuple[str, MailboxReply]],
        may_go: Callable[[str, MailboxReply], bool] = lambda code, reply: True,
    ) -> tuple[tuple[str, str], ...]:
        """Bring answers to their mailboxes; returns (request code, reply id) of those that lie there now.

        ``may_go`` is asked of each just before it goes: a thread may have been frozen since they were gathered.
        """
        done = []
        for code, reply in waiting:
            if not may_go(code, reply):
                continue
            try:
                self._post.deliver(
                    mailbox=reply.mailbox,
                    reply_key=bytes.fromhex(reply.public_key),
                    reply_secret=bytes.fromhex(reply.secret),
                    text=reply.text,
                    at=actions.rounded(reply.at),
                    id=reply.reply_id,
                )
            except Unreachable:
                break  # the next round tries again, in the same order
            except (Refused, seal.NotOpened, ValueError):
                continue  # a key that is none, or a text that is too long: shown as not delivered
            done.append((code, reply.reply_id))
        return tuple(done)

    def empty(self, retired: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Have the relay forget what lies in mailboxes that others have; returns the codes of their requests."""
        done = []
        for code, mailbox in retired:
            try:
                self._post.empty(mailbox)
            except Unreachable:
                break
            done.append(code)
        return tuple(done)

    def fetch(self, waiting: tuple[Waiting, ...]) -> tuple[Fetched, ...]:
        """Go on fetching attachments; those that are whole, or will never be. Raises Unreachable."""
        return self._collecting.fetch(self._post, waiting)

    def release(self, uploads: tuple[bytes, ...]) -> None:
        """Have the relay forget attachments that lie here or are lost. Raises Unreachable: it is tried again."""
        self._collecting.done(uploads)
        self._collecting.release(self._post)

    def close(self) -> None:
        """Close the connection."""
        self._post.close()


def waiting(bench: Workbench) -> tuple[tuple[str, MailboxReply], ...]:
    """The answers that do not lie in their mailboxes yet and may go there."""
    gate = bench.gate
    return tuple(
        (code, reply) for code, reply in queries.undelivered(bench.requests) if gate.may_go(code, reply.text)
    )


def may_go(bench: Workbench, code: str, reply: MailboxReply) -> bool:
    """Whether an answer may still go: nothing since speaks against it, in this room or any other."""
    now_waiting = {known.reply_id for _, known in queries.undelivered(bench.requests)}
    return reply.reply_id in now_waiting and bench.gate.may_go(code, reply.text)


def retired(bench: Workbench) -> tuple[tuple[str, str], ...]:
    """(request code, mailbox) of those return codes that others have, and whose mailbox was not emptied yet."""
    return queries.mailboxes_to_empty(bench.requests)


def note_emptied(bench: Workbench, emptied: Sequence[str]) -> None:
    """Keep which mailboxes the relay has emptied."""
    for code in emptied:
        bench.act(actions.note_emptied, bench.requests, subject=code, by="program")


def note(bench: Workbench, delivered: Sequence[tuple[str, str]]) -> None:
    """Keep which answers lie in their mailboxes."""
    for code, reply in delivered:
        bench.act(actions.note_delivered, bench.requests, subject=code, reply=reply, by="program")


def take_in(bench: Workbench, report: Report) -> str:
    """Write one report, once; returns the code of its request."""
    request = queries.by_thread(bench.requests, _thread(bench, report))
    if request is None:
        code = _new(bench, report)
    else:
        code = request.code
        if not _heard(bench.requests, code, report.id):
            _further(bench, report, code)
    _attached(bench, report, code)
    return code


def _attached(bench: Workbench, report: Report, code: str) -> None:
    """Note what a report attaches. Where this hand does not read the thread it may be noted twice, and counts
    once: the ids are the same."""
    sent, id = collecting.sent_with(report, bench, code), f"{report.id}-attached"
    if sent and not _heard(bench.requests, code, id):
        bench.act(actions.announce_attachments, bench.requests, subject=code, sent=sent, by="person", id=id)


def _new(bench: Workbench, report: Report) -> str:
    # The same code on each device that takes in this report before they have met.
    code = new_code("R", bench.vault.office.id + report.id.encode())
    bench.act(
        actions.receive_request,
        bench.requests,
        subject=code,
        answers=_answers(report, IN_SURGE if surge(bench.requests).on else None),
        received_at=report.received_at.astimezone(UTC),
        channel=report.channel if report.channel in actions.CHANNELS_IN else "web",
        via=report.via if report.via in actions.VIAS else "sealed",
        readers=bench.vault.readers_by_lot(code, "work"),
        by="person",
        id=report.id,
        **_way_back(bench, report),
    )
    return code


def take_in_by_hand(
    bench: Workbench, code: ReturnCode, answers: Answers, *, channel: str, hearing_source: str
) -> str:
    """Write a request that a member took down; the person comes back with ``code`` as if they had sent it
    from the public page. Once: the same code again changes nothing. Returns the code of the request.
    """
    report = write_report("request", MailboxKeys.of(code), at=bench.now(), language=answers.language)
    known = queries.by_thread(bench.requests, _thread(bench, report))
    if known is not None:
        return known.code
    subject = new_code("R")
    bench.act(
        actions.receive_request,
        bench.requests,
        subject=subject,
        answers=answers,
        received_at=bench.now(),
        channel=channel,
        via="worker",
        hearing_source=hearing_source,
        readers=bench.vault.readers_by_lot(subject, "work"),
        **_way_back(bench, report),
    )
    return subject


def _way_back(bench: Workbench, report: Report) -> dict[str, str]:
    """Where replies wait for whoever holds a return code, and what they are sealed with."""
    return {
        "mailbox": report.mailbox,
        "reply_key": report.reply_key.hex(),
        "reply_secret": report.reply_secret.hex(),
        "verify_key": report.sign_key.hex(),
        "fetch": report.token_hash.hex(),
        "thread": _thread(bench, report),
    }


def _thread(bench: Workbench, report: Report) -> str:
    """The mark of a thread in the index: the same on each device, and none that the relay knows."""
    return seal.digest(seal.context("thread", bench.vault.office.id, report.mailbox.encode())).hex()[:32]


def _further(bench: Workbench, report: Report, code: str) -> None:
    text = report.text or " ".join(report.answers.get("text", ())) or ASKED.get(report.kind, "")
    danger = next(iter(report.answers.get("danger", ())), NOT_ASKED)
    bench.act(
        actions.receive_message,
        bench.requests,
        subject=code,
        text=text or "–",
        language=report.language or NOT_ASKED,
        danger=danger,
        by="person",
        id=report.id,
    )
    if report.kind == "stop":
        _stop_writing(bench, code)


def _stop_writing(bench: Workbench, code: str) -> None:
    """From now on only they contact us: acts at once, whoever is at the desk. Said while somebody may be forcing
    them it changes nothing; it stands in the thread, and nothing goes out but what is neutral."""
    request = bench.requests.get(code)
    if request is not None and request.plan is not None and not bench.gate.control(code).possible:
        plan = replace(request.plan, may_contact="only_they")
        bench.act(actions.note_plan, bench.requests, subject=code, plan=plan, by="person")


def _answers(report: Report, asked: Collection[str] | None = None) -> Answers:
    """What was answered. ``asked``: the questions that were put, where not all were."""
    given = dict(report.answers)
    if report.text and "text" not in given:
        given["text"] = (report.text,)
    if report.kind == "request":
        try:
            answers = parse(given, asked=asked)
        except Refused:
            pass  # not by our page: keep the words, believe no answer
        else:
            known = answers.language not in (DECLINED, NOT_ASKED)
            return answers if known else replace(answers, language=report.language)
    text = report.text or ASKED.get(report.kind, "")
    return Answers(safe_now=UNKNOWN, language=report.language or NOT_ASKED, text=text[:2000])


def _heard(requests: Ledger[Any], code: str, letter: str) -> bool:
    entries: tuple[Entry, ...] = requests.heard.get(code, ())
    return any(entry.id.startswith(f"{letter}.") for entry in entries)
