"""Roles and compartments: who may read what. Keys follow this table; screens only follow the keys.

A compartment is read by one of three rules:

* **by role**: every member who holds one of its roles is granted the key of each of its dossiers;
* **by name**: at most three members for each dossier, chosen for that person's case;
* **by quorum**: nobody holds the key. It is split, two shares open it, and each holder has one.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Protocol

from kunak.errors import Refused
from kunak.vault import seal

DUTY, CASE_WORKER, MOVEMENT, DOCUMENTER, LAWYER, COORDINATOR, NUMBERS = ROLES = (
    "duty", "case-worker", "movement", "documenter", "lawyer", "coordinator", "numbers",
)  # fmt: skip
FOUNDER_ROLES = (DUTY, CASE_WORKER, MOVEMENT, COORDINATOR)
# No person: the office's seal, split among outside trustees (``succession``). It is granted what a successor needs.
SEAL = "seal"
MOST_NAMED = 3
THRESHOLD = 2  # shares that open what nobody may open alone


class NobodyMayRead(Refused):
    """No member of this office has the role that may read this, so it was not written."""

    code = "nobody-may-read"
    hint = "Ask a coordinator to give a member the role, then write it again."


class QuorumTooSmall(Refused):
    """This is opened by two members together, and this office has only one who may hold a share."""

    code = "quorum-too-small"
    hint = "Add a second member first, then write it again."


class UnknownRole(Refused):
    """There is no such role."""

    code = "unknown-role"
    hint = f"The roles are: {', '.join(ROLES)}."


class Rule(NamedTuple):
    """How a compartment is read. ``roles``: who is granted its keys, or may be named, or holds shares."""

    sort: str  # "role", "name" or "quorum"
    roles: frozenset[str]
    openers: frozenset[str] = frozenset()  # of a quorum: who may ask for an opening
    inherited: bool = False  # whether the office's seal is granted it too
    for_newcomers: bool = False  # whether one is granted it before a second hand has vouched


class HasRoles(Protocol):
    """A member, as far as this table is concerned."""

    @property
    def code(self) -> str: ...

    @property
    def roles(self) -> tuple[str, ...]: ...


_CARE = frozenset((DUTY, CASE_WORKER))
COMPARTMENTS: dict[str, Rule] = {
    # Code, urgency, next action, clocks: the duty team and those who work with it. No personal data.
    "index": Rule("role", frozenset(ROLES) - {NUMBERS}, inherited=True, for_newcomers=True),
    "work": Rule("name", _CARE, inherited=True),
    "contact": Rule("name", _CARE, inherited=True),
    "chat": Rule("name", _CARE),
    # Whom a phone that was taken tells of: names of others, gone after fourteen days.
    "warning": Rule("name", _CARE),
    "identity": Rule(
        "quorum",
        frozenset((DUTY, CASE_WORKER, LAWYER, COORDINATOR)),
        frozenset((LAWYER, CASE_WORKER)),
        inherited=True,
    ),
    "place": Rule("role", frozenset((MOVEMENT,))),
    "evidence": Rule("role", frozenset((DOCUMENTER, LAWYER)), inherited=True),
    "originals": Rule(
        "quorum",
        frozenset((DOCUMENTER, LAWYER, CASE_WORKER, COORDINATOR)),
        frozenset((DOCUMENTER, LAWYER)),
        inherited=True,
    ),
    "staff": Rule("role", frozenset((COORDINATOR,))),
    "numbers": Rule("role", frozenset((NUMBERS,))),
    # Who opened what, when and why: itself opened by two.
    "readings": Rule(
        "quorum",
        frozenset((DUTY, CASE_WORKER, LAWYER, COORDINATOR, DOCUMENTER)),
        frozenset((COORDINATOR,)),
    ),
}
_OF_NOBODY = Rule("", frozenset())
OPENS_LETTERS = frozenset((DUTY, CASE_WORKER))  # holds the key of what people send to the office


def rule_of(compartment: str) -> Rule:
    """The rule of a compartment; one that a newer program has, or that somebody made up, is granted to nobody."""
    return COMPARTMENTS.get(compartment, _OF_NOBODY)


def require_roles(roles: Iterable[str]) -> tuple[str, ...]:
    """The roles in their canonical order. Raises UnknownRole."""
    wanted = set(roles)
    if not wanted or not wanted <= set(ROLES):
        raise UnknownRole()
    return tuple(role for role in ROLES if role in wanted)


def may(member: HasRoles, roles: Collection[str]) -> bool:
    """Whether a member holds one of these roles."""
    return any(role in roles for role in member.roles)


def may_hold(member: HasRoles, compartment: str) -> bool:
    """Whether a member may be granted keys or shares of a compartment."""
    rule = rule_of(compartment)
    return may(member, rule.roles) or (rule.inherited and is_seal(member))


def is_seal(member: HasRoles) -> bool:
    """Whether this is no person but a part of the office's seal."""
    return SEAL in member.roles


def is_quorum(compartment: str) -> bool:
    """Whether two must open it together."""
    return rule_of(compartment).sort == "quorum"


def readers(
    compartment: str, subject: str, members: Sequence[HasRoles], named: Sequence[str], writer: str
) -> tuple[str, ...]:
    """The members whose devices get the key (or a share) of a new dossier, by their codes; the seal's come last.

    ``named`` are those whom the case's state names, for what is read by name. Where it names nobody, the
    writer and up to two colleagues are taken, others for each subject, so that no machine gathers all.
    Raises NobodyMayRead, QuorumTooSmall.
    """
    rule = COMPARTMENTS[compartment]
    able = [member.code for member in members if may(member, rule.roles)]
    if rule.sort == "name":
        chosen = [code for code in named if code in able][:MOST_NAMED] or _by_lot(able, subject, writer)
    else:
        chosen = able
    if not chosen:
        raise NobodyMayRead()
    if rule.sort == "quorum" and len(chosen) < THRESHOLD:
        raise QuorumTooSmall()
    heirs = [member.code for member in members if rule.inherited and is_seal(member)]
    return (*chosen, *heirs)


def _by_lot(able: Sequence[str], subject: str, writer: str) -> list[str]:
    lot = sorted(able, key=lambda code: seal.digest(seal.context("lot", subject.encode(), code.encode())))
    return sorted(lot, key=lambda code: code != writer)[:MOST_NAMED]
