"""One member: vouching for them, their roles, and removing them or a device of theirs in one action.

Before a removal the page lists what the device could read; the list is kept on this machine afterwards,
because somebody will have to go through it when the device was taken (``/members/removed``).
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import ClassVar, NamedTuple

from starlette.responses import Response

from kunak.errors import Refused
from kunak.vault import membership, roles
from kunak.vault.codec import pack, unpack
from kunak.vault.hand import NotYoursToOpen
from kunak.vault.membership import CouldRead, Removal
from kunak.web.members import find_device, find_member, key_mark, shown
from kunak.web.visit import Visit, page, post
from kunak.web.words import options
from kunak.workbench import write_relay_keys
from kunak.workbench.founding import device_mark

_REMOVED = b"web/removed"
_MOST_KEPT = 20
# In this order: where somebody is, how to reach them, what they said and what is known; the index is no person.
_FIRST = (
    "place", "warning", "contact", "chat", "work", "evidence", "identity", "originals", "staff", "readings",
    "numbers", "index",
)  # fmt: skip


class OwnDevice(Refused):
    """This is the device you sit at: it cannot remove itself."""

    code: ClassVar[str] = "own-device"
    hint: ClassVar[str] = (
        "Ask another admin. To make it unreadable now, destroy the keys at the foot of the page."
    )


class Removed(NamedTuple):
    """A removal that was made here, and what it exposed."""

    member: str
    devices: tuple[str, ...]  # their marks
    at: str  # ISO 8601
    could_read: tuple[CouldRead, ...]
    unnamed: int


class Exposed(NamedTuple):
    """What somebody held of one code: compartments they could open, and those of which they held a share."""

    subject: str
    opens: tuple[str, ...]
    shares: tuple[str, ...]

    @property
    def is_index(self) -> bool:
        """Whether it is the index alone, which holds no personal data."""
        return set(self.opens) <= {"index"} and not self.shares


class _RemovedList(NamedTuple):
    removed: tuple[Removed, ...]


def show(visit: Visit) -> Response:
    """One member."""
    member = find_member(visit, visit.code)
    vault = visit.bench.vault
    return visit.render(
        "member.html",
        me=vault.me,
        one=shown(visit, member),
        key_mark=key_mark(member),
        admins=[
            one.code for one in vault.office.epoch.document.members if one.admin and not roles.is_seal(one)
        ],
        roles=options(visit.say, "role", roles.ROLES),
    )


def vouch(visit: Visit) -> Response:
    """Say that one knows the person."""
    membership.vouch(visit.bench.vault, visit.code, visit.now)
    visit.office.stir()
    return visit.go(f"/members/{visit.code}", said="vouched")


def change_roles(visit: Visit) -> Response:
    """Other roles: what they lose they can still read as far as it was written before."""
    form = visit.posted()
    held = form.some_of("roles", roles.ROLES, required=True)
    form.check()
    vault = visit.bench.vault
    membership.change_member(vault, visit.code, visit.now, roles_held=held, admin=form.yes("admin"))
    _keys_changed(visit)
    return visit.go(f"/members/{visit.code}", said="roles-changed")


def show_removing(visit: Visit) -> Response:
    """What a member's devices could read, before they are removed."""
    member = find_member(visit, visit.code)
    devices = visit.bench.vault.office.epoch.devices_of((member.code,))
    return _confirm(visit, member.code, [device.id for device in devices], f"/members/{member.code}/remove")


def remove(visit: Visit) -> Response:
    """Remove a member with all devices."""
    member = find_member(visit, visit.code).code
    if member == visit.bench.member:
        raise OwnDevice
    removal = membership.remove_member(visit.bench.vault, member, visit.now)
    return _removed(visit, member, removal)


def show_removing_device(visit: Visit) -> Response:
    """What one device could read, before it is removed."""
    device = find_device(visit, visit.code)
    return _confirm(visit, device.member, [device.id], f"/devices/{visit.code}/remove")


def remove_device(visit: Visit) -> Response:
    """Remove one device."""
    device = find_device(visit, visit.code)
    if device.id == visit.bench.vault.identity.device:
        raise OwnDevice
    removal = membership.remove_device(visit.bench.vault, device.id, visit.now)
    return _removed(visit, device.member, removal)


def show_removed(visit: Visit) -> Response:
    """What was removed from here, and what it could read."""
    found = [(one, datetime.fromisoformat(one.at), by_code(one.could_read)) for one in _kept(visit)]
    return visit.render("removed.html", removed=found)


def by_code(could_read: Sequence[CouldRead]) -> list[Exposed]:
    """The list of what could be read, one row for each code; where danger is nearest comes first."""
    held: dict[str, list[CouldRead]] = {}
    for one in sorted(could_read, key=lambda one: _FIRST.index(one.compartment)):
        held.setdefault(one.subject, []).append(one)
    return [
        Exposed(
            subject,
            tuple(one.compartment for one in of_it if not one.share),
            tuple(one.compartment for one in of_it if one.share),
        )
        for subject, of_it in held.items()
    ]


def _confirm(visit: Visit, member: str, devices: Sequence[bytes], action: str) -> Response:
    vault = visit.bench.vault
    membership.require_admin(vault)
    held = membership.could_read(vault, devices)
    return visit.render(
        "remove.html",
        member=member,
        marks=[device_mark(device) for device in devices],
        whole=len(devices) == len(vault.office.epoch.devices_of((member,))),
        is_me=vault.identity.device in devices,
        exposed=by_code(held.could_read),
        unnamed=held.unnamed,
        action=action,
    )


def _removed(visit: Visit, member: str, removal: Removal) -> Response:
    marks = tuple(device_mark(device) for device in removal.devices)
    made = Removed(member, marks, visit.now.isoformat(), removal.could_read, removal.unnamed)
    _keep(visit, (made, *_kept(visit)))
    _keys_changed(visit)
    return visit.go("/members/removed", said="removed")


def _keys_changed(visit: Visit) -> None:
    """The office has new secrets: what its relay is given is written anew, and a round starts at once."""
    with suppress(NotYoursToOpen):  # an admin who opens no letters: a colleague's machine writes them
        write_relay_keys(visit.office.settings.directory, visit.bench.vault)
    visit.office.stir()


def _kept(visit: Visit) -> tuple[Removed, ...]:
    kept = visit.bench.vault.kept(_REMOVED)
    return () if kept is None else unpack(kept, _RemovedList).removed


def _keep(visit: Visit, removed: Sequence[Removed]) -> None:
    visit.bench.vault.keep(_REMOVED, pack(_RemovedList(tuple(removed)[:_MOST_KEPT])))


ROUTES = [
    page("/members/removed", "members-removed", show_removed),
    page("/members/{code}", "member", show),
    post("/members/{code}/vouch", "member-vouch", vouch, back=show),
    post("/members/{code}/roles", "member-roles", change_roles, back=show),
    page("/members/{code}/remove", "member-removing", show_removing),
    post("/members/{code}/remove", "member-remove", remove, back=show_removing),
    page("/devices/{code}/remove", "device-removing", show_removing_device),
    post("/devices/{code}/remove", "device-remove", remove_device, back=show_removing_device),
]
