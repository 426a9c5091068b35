"""The invented office, made by the very actions that workers use: no entry is written past a rule."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from kunak import casework, intake
from kunak.demo.life import HERON, LIFE, OTTER, PASSPHRASES, ROLES, Invented
from kunak.exchange import ReturnCode
from kunak.exchange.mailbox import MailboxKeys
from kunak.intake.contact import ContactChannel, SafeContactPlan, Window
from kunak.intake.form import parse
from kunak.vault import DEFAULT_COST, KdfCost, add_member
from kunak.workbench import Workbench, found_office, new_code

REPLIED = "p1-floor"  # whose return code the terminal prints, so that a reply can be read on the public side


class Making:
    """Making one invented office: who acts, when, and what was made so far."""

    def __init__(
        self, directory: Path, now: datetime, code: ReturnCode, *, cost: KdfCost = DEFAULT_COST
    ) -> None:
        self.now = now
        self.code = code
        self.first = found_office(
            directory,
            member=HERON,
            passphrase=PASSPHRASES[HERON],
            at=now - timedelta(days=90),
            cost=cost,
        )
        for member, held in ROLES.items():
            since = now - timedelta(days=90)
            add_member(self.first.vault, member, PASSPHRASES[member], since, roles_held=held)
        self.second = self.first.second(PASSPHRASES[OTTER])
        self.requests: dict[str, str] = {}
        self.cases: dict[str, str] = {}

    def ago(self, minutes: float) -> datetime:
        """The hour that many minutes before the demo was started."""
        return self.now - timedelta(minutes=minutes)

    def make(self) -> Workbench:
        """Live through everything, oldest first."""
        self.live(LIFE)
        return self.first

    def live(self, life: Iterable[Invented]) -> None:
        """Live through some requests, oldest first."""
        for invented in sorted(life, key=lambda one: -one.age):
            self._request(invented)

    def _request(self, one: Invented) -> None:
        code = self.requests[one.key] = new_code("R")
        self._receive(one, code)
        bench, requests = self.first, intake.actions
        if one.acknowledged is not None:
            bench.act(requests.acknowledge, bench.requests, subject=code, at=self.ago(one.acknowledged))
        if one.reply:
            written = self.ago((one.acknowledged or one.age) - 2)
            bench.act(
                requests.write_reply,
                bench.requests,
                subject=code,
                text=one.reply,
                language=one.language,
                at=written,
            )
        if one.triaged is not None:
            self._triage(one, code)
        if one.ended:
            self._end(one, code)
        if one.case is not None:
            self._case(one, code)

    def _receive(self, one: Invented, code: str) -> None:
        answers: Mapping[str, tuple[str, ...]] = {
            "safe_now": (one.safe_now,),
            "danger": (one.danger,),
            "who": (one.who,),
            "region": () if one.region == "prefer_not" else (one.region,),
            "needs": one.needs,
            "under_18": (one.under_18,),
            "answer_how": ("come_back",),
            "language": (one.language,),
            "text": (one.text,),
        }
        self.first.act(
            intake.actions.receive_request,
            self.first.requests,
            subject=code,
            answers=parse(answers),
            received_at=self.ago(one.age),
            channel=one.channel,
            via="relay-plaintext" if one.channel == "web" else "worker",
            by="person" if one.channel == "web" else HERON,
            at=self.ago(one.age),
            **self._mailbox(one),
        )

    def _mailbox(self, one: Invented) -> dict[str, str]:
        if one.key != REPLIED:
            return {}
        keys = MailboxKeys.of(self.code)
        return {
            "mailbox": keys.mailbox,
            "reply_key": keys.reply_public.hex(),
            "reply_secret": keys.secret.hex(),
            "verify_key": keys.sign_public.hex(),
            "fetch": keys.token_hash.hex(),
        }

    def _triage(self, one: Invented, code: str) -> None:
        bench, at = self.first, self.ago(one.triaged or 0)
        bench.act(
            casework.actions.record_triage,
            bench.cases,
            subject=code,
            triggers=one.triggers,
            factors=one.factors,
            requests=bench.requests,
            at=at,
        )

    def _end(self, one: Invented, code: str) -> None:
        bench, at = self.first, self.ago((one.triaged or one.age) - 5)
        facts = {"subject": code, "status": one.ended, "reasons": one.reasons, "at": at}
        close = intake.actions.close_request
        if one.ended in intake.actions.NEEDS_SECOND:
            bench.act_together(self.second, close, bench.requests, **facts)
        else:
            bench.act(close, bench.requests, **facts)

    def _case(self, one: Invented, request: str) -> None:
        bench, opened = self.first, one.case or 0
        case = self.cases[one.key] = new_code("C")
        facts = {"subject": case, "requests": bench.requests}
        bench.act(
            casework.actions.open_case,
            bench.cases,
            **facts,
            request=request,
            workers=one.workers,
            at=self.ago(opened),
        )
        if one.plan:
            bench.act(
                intake.actions.note_plan,
                bench.requests,
                subject=request,
                plan=_plan(),
                at=self.ago(min(opened - 1, 9 * 24 * 60)),
            )
        for need, state in one.case_needs.items():
            bench.act(
                casework.actions.note_need,
                bench.cases,
                subject=case,
                need=need,
                need_state=state,
                at=self.ago(opened - 3),
            )
        if one.first_step is not None:
            bench.act(
                casework.actions.take_first_step,
                bench.cases,
                **facts,
                step="contact_plan_made",
                at=self.ago(one.first_step),
            )
        if one.reviewed is not None:
            bench.act(casework.actions.review, bench.cases, **facts, at=self.ago(one.reviewed))


def _plan() -> SafeContactPlan:
    """An invented safe-contact plan: only they write, by the code; two windows in the week."""
    return SafeContactPlan(
        may_contact="as_below",
        channels=(ContactChannel(kind="web_code", seen_by="nobody"),),
        utc_offset_minutes=180,
        windows=(Window(start=13 * 60, end=15 * 60, days=(1, 3)),),
        never=(Window(start=20 * 60, end=8 * 60),),
        sender_name="The library",
        opening_phrase="Your book has come.",
        challenge_question="Which shelf?",
        challenge_answer="By the window",
        safe_word="autumn",
        duress_word="winter",
        wrong_person="cover_message",
        cover_text="Your book has come.",
        check_in="each_leg",
    )
