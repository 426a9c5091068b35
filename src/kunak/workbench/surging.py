"""Turning the switch of surge: a coordinator's to do, since the whole office works by it."""

from kunak.errors import Locked
from kunak.fold import Entry
from kunak.intake import actions
from kunak.vault import roles
from kunak.vault.roles import COORDINATOR
from kunak.workbench.bench import Workbench


class ForCoordinators(Locked):
    """Only a coordinator switches surge on or off."""

    code = "for-coordinators"
    hint = "Ask a coordinator. Everybody may take a group of the rota."


def may_switch(bench: Workbench) -> bool:
    """Whether this hand may turn the switch."""
    return roles.may(bench.vault.me, (COORDINATOR,))


def switch_on(bench: Workbench, reason: str, rota_from: int) -> tuple[Entry, ...]:
    """Switch surge on; ``rota_from`` is an hour in UTC. Raises ForCoordinators, SurgeOnAlready, NoSuchHour."""
    _check(bench)
    return bench.act(actions.begin_surge, bench.requests, reason=reason, rota_from=rota_from)


def switch_off(bench: Workbench, reason: str) -> tuple[Entry, ...]:
    """Switch surge off. Raises ForCoordinators, SurgeOff."""
    _check(bench)
    return bench.act(actions.end_surge, bench.requests, reason=reason)


def _check(bench: Workbench) -> None:
    if not may_switch(bench):
        raise ForCoordinators
