"""Several safe-contact plans that stand beside each other, because members who were apart each made one.

Until somebody settles with the person which one holds, what all of them allow is allowed and nothing more;
and where they differ in something that a message would show, no message leaves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kunak.fold import Entry, current
from kunak.intake import entries as e
from kunak.intake.contact import ContactChannel, Permission, SafeContactPlan, may_contact

# What a message on a channel would show, besides its address. Windows are not among them: those are narrowed.
_SHOWN = ("may_contact", "sender_name", "opening_phrase", "wrong_person", "leave_message", "cover_text",
          "utc_offset_minutes")  # fmt: skip
_WORDS = ("sender_name", "opening_phrase", "challenge_question", "challenge_answer", "safe_word",
          "duress_word", "cover_text")  # fmt: skip
_SEEN_BY = ("police_possible", "family", "unknown", "nobody")  # the worst first
_CHECK_INS = ("each_leg", "12h", "daily", "72h", "weekly", "none")  # the closest watch first
_LATEST_TRIES = 40  # windows of a week and their ends, until all plans agree on an hour


@dataclass(frozen=True, kw_only=True)
class StandingPlan:
    """A plan that no other has replaced; who noted it, and when it was last confirmed with the person."""

    id: str
    at: datetime
    by: str
    plan: SafeContactPlan
    confirmed_at: datetime


def standing(entries: Iterable[Entry]) -> tuple[StandingPlan, ...]:
    """The plans that stand, of all that was heard of one request."""
    heard = tuple(entries)
    noted = current(x for x in heard if isinstance(x, e.SafeContactPlanNoted))
    said = [x for x in heard if isinstance(x, e.SafeContactReconfirmed)]
    return tuple(
        StandingPlan(
            id=x.id,
            at=x.at,
            by=x.by,
            plan=x.plan,
            confirmed_at=max([x.at, *(s.at for s in said if x.id in s.plans)]),
        )
        for x in noted
    )


def combined(plans: Sequence[SafeContactPlan]) -> SafeContactPlan | None:
    """One plan that allows no more than each of them, to act on meanwhile and to start the next edit from.

    Words that differ stand side by side in it, since a word of duress counts whichever plan has it.
    """
    if len(set(map(repr, plans))) < 2:
        return plans[0] if plans else None
    first = plans[0]
    return SafeContactPlan(
        may_contact=_same(plans, "may_contact", "only_they"),
        channels=_channels(plans),
        utc_offset_minutes=_same(plans, "utc_offset_minutes", None),
        windows=tuple(w for w in first.windows if all(w in plan.windows for plan in plans)),
        never=tuple(dict.fromkeys(w for plan in plans for w in plan.never)),
        never_say=tuple(dict.fromkeys(word for plan in plans for word in plan.never_say)),
        wrong_person=_same(plans, "wrong_person", "nothing"),
        call_drops=_same(plans, "call_drops", "do_not_call_back"),
        wait_minutes=max(plan.wait_minutes for plan in plans),
        leave_message=_same(plans, "leave_message", "never"),
        may_know_alive=_in_all(plans, "may_know_alive"),
        check_in=_first_of(_CHECK_INS, [plan.check_in for plan in plans]),
        missed_grace_minutes=min(plan.missed_grace_minutes for plan in plans),
        missed_then=_in_all(plans, "missed_then"),
        **{name: _side_by_side(plans, name) for name in _WORDS},
    )


def permitted(plans: Sequence[StandingPlan], channel: str, at: datetime) -> Permission:
    """The rule of F2 over every plan that stands: allowed when all of them allow the same message now."""
    if channel == "web_code" or not plans:
        return may_contact(None, channel, at)
    if any(_shown(one.plan, channel) != _shown(plans[0].plan, channel) for one in plans[1:]):
        return Permission(allowed=False, why="plans_differ")
    answers = _asked(plans, channel, at)
    refused = next((answer for answer in answers if not answer.allowed), None)
    if refused is None:
        return answers[0]
    return Permission(allowed=False, why=refused.why, next_at=_next(plans, channel, answers))


def differ(plans: Sequence[StandingPlan]) -> bool:
    """Whether plans that say different things stand beside each other."""
    return any(one.plan != plans[0].plan for one in plans[1:])


def _asked(plans: Sequence[StandingPlan], channel: str, at: datetime) -> list[Permission]:
    return [may_contact(one.plan, channel, at, one.confirmed_at) for one in plans]


def _next(plans: Sequence[StandingPlan], channel: str, answers: list[Permission]) -> datetime | None:
    """The next hour at which every plan allows it, as far as a few windows ahead."""
    for _ in range(_LATEST_TRIES):
        hours = [answer.next_at for answer in answers if not answer.allowed]
        known = [hour for hour in hours if hour is not None]
        if not known or len(known) < len(hours):
            return None
        moment = max(known)
        answers = _asked(plans, channel, moment)
        if all(answer.allowed for answer in answers):
            return moment
    return None


def _shown(plan: SafeContactPlan, channel: str) -> tuple[object, ...]:
    address = tuple(c.address for c in plan.channels if c.kind == channel)
    return (*(getattr(plan, name) for name in _SHOWN), address)


def _channels(plans: Sequence[SafeContactPlan]) -> tuple[ContactChannel, ...]:
    found = []
    for channel in plans[0].channels:
        same = [
            [c for c in p.channels if (c.kind, c.address) == (channel.kind, channel.address)] for p in plans
        ]
        if all(same):
            seen = _first_of(_SEEN_BY, [c.seen_by for each in same for c in each])
            found.append(ContactChannel(kind=channel.kind, address=channel.address, seen_by=seen))
    return tuple(found)


def _same(plans: Sequence[SafeContactPlan], name: str, otherwise: Any) -> Any:
    values = {getattr(plan, name) for plan in plans}
    return values.pop() if len(values) == 1 else otherwise


def _in_all(plans: Sequence[SafeContactPlan], name: str) -> tuple[str, ...]:
    return tuple(v for v in getattr(plans[0], name) if all(v in getattr(plan, name) for plan in plans))


def _first_of(order: Sequence[str], values: Sequence[str]) -> str:
    return min(values, key=lambda value: order.index(value) if value in order else 0)


def _side_by_side(plans: Sequence[SafeContactPlan], name: str) -> str:
    return " / ".join(dict.fromkeys(getattr(plan, name) for plan in plans if getattr(plan, name)))
