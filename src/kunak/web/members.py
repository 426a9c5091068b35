"""Who belongs: the list that all see, and how an admin lets somebody in.

A newcomer asks on a machine of their own and gives the file of the ask to an admin, over anything; the admin
gives a file back. What makes it safe is the code that the admin said to them in person.
"""

from contextlib import suppress
from datetime import UTC, datetime
from typing import ClassVar, NamedTuple

from markupsafe import Markup
from starlette.responses import Response

from kunak.errors import Refused, Unreachable
from kunak.vault import joining, membership, roles, seal, trust
from kunak.vault.codec import pack, unpack
from kunak.vault.epochs import Device, Member
from kunak.vault.joining import Invitation
from kunak.vault.paper import qr_svg
from kunak.web.visit import NoSuchPage, Visit, page, post
from kunak.web.words import options
from kunak.workbench import joining as newcomers
from kunak.workbench.founding import device_mark, fit_code
from kunak.workbench.rounds import heard_of, two_histories

_ADMITTED = b"web/admitted"


class NoFileChosen(Refused):
    """No file was chosen."""

    code: ClassVar[str] = "no-file-chosen"
    hint: ClassVar[str] = "Choose the file that you were given, then press the button again."


class Shown(NamedTuple):
    """A member as the list shows them."""

    member: Member
    vouched: bool
    may_vouch: bool
    devices: tuple[tuple[str, datetime | None, bool], ...]  # (mark, last heard, is this one)


class _Admitted(NamedTuple):
    """The answer for whoever was let in last: it may be fetched again until the next one comes."""

    member: str
    answer: bytes


def show(visit: Visit) -> Response:
    """Everybody, and for an admin the ways in."""
    vault = visit.bench.vault
    invitations = joining.open_invitations(vault, visit.now) if vault.me.admin else ()
    people = [one for one in vault.office.epoch.document.members if not roles.is_seal(one)]
    return visit.render(
        "members.html",
        me=vault.me,
        people=[shown(visit, one) for one in people],
        split=two_histories(visit.bench),
        has_seal=len(people) < len(vault.office.epoch.document.members),
        admins=[one.code for one in people if one.admin],
        invitations=[(one, mark_of(one.code), until_of(one)) for one in invitations],
        roles=options(visit.say, "role", roles.ROLES),
        members=[(one.code, one.code) for one in people],
    )


def shown(visit: Visit, member: Member) -> Shown:
    """One member with their devices."""
    vault = visit.bench.vault
    heard = [one for one in heard_of(visit.bench) if one.member == member.code]
    return Shown(
        member,
        trust.is_vouched(vault.office, member),
        bool(trust.vouchable(vault.office, member, vault.member)),
        tuple((device_mark(one.device), one.at, one.is_this) for one in heard),
    )


def invite(visit: Visit) -> Response:
    """A code for a newcomer."""
    form = visit.posted()
    code = form.text("member", limit=20, required=True)
    held = form.some_of("roles", roles.ROLES, required=True)
    form.check()
    fit_code(code)
    if visit.bench.vault.office.epoch.member(code) is not None:
        raise membership.MemberExists
    made = joining.invite(visit.bench.vault, code, held, visit.now, admin=form.yes("admin"))
    _expect(visit, made)
    return visit.go(f"/members/codes/{mark_of(made.code)}")


def invite_device(visit: Visit) -> Response:
    """A code for another device of somebody who belongs: besides their devices, or in place of them."""
    form, vault = visit.posted(), visit.bench.vault
    member = form.one_of("of", vault.members)
    replacing = form.one_of("how", ("besides", "instead")) == "instead"
    form.check()
    made = joining.invite(vault, member, roles.FOUNDER_ROLES, visit.now, replacing=replacing)
    _expect(visit, made)
    return visit.go(f"/members/codes/{mark_of(made.code)}")


def show_code(visit: Visit) -> Response:
    """A joining code: words to say, digits, and a QR code to show."""
    membership.require_admin(visit.bench.vault)
    invitation = _invitation(visit)
    spelled = newcomers.spelled(invitation.code, visit.language)
    return visit.render(
        "joining_code.html",
        invitation=invitation,
        until=until_of(invitation),
        words=spelled.words,
        digits=spelled.digits,
        qr=Markup(qr_svg(spelled.payload)),  # noqa: S704 - drawn here, of digits and letters
    )


def admit(visit: Visit) -> Response:
    """Open an ask with the codes that are out, and let in who made it."""
    asked = visit.files.get("ask", b"")
    if not asked:
        raise NoFileChosen
    vault = visit.bench.vault
    member, answer = joining.answer(vault, asked, visit.now, newcomers.COST)
    vault.keep(_ADMITTED, pack(_Admitted(member, answer)))
    visit.office.stir()
    return visit.go("/members/admitted")


def admit_from_relay(visit: Visit) -> Response:
    """Let in who asked at the relay with a code that is out; the answer is left there for them."""
    link = visit.office.link
    admitted = link.admit(visit.bench) if link is not None else ()
    visit.office.stir()
    return visit.go("/members", said="let-in" if admitted else "nobody-asked")


def show_admitted(visit: Visit) -> Response:
    """Who was let in, and what they need now."""
    vault = visit.bench.vault
    admitted = _admitted(visit)
    known = vault.office.epoch.member(admitted.member) if admitted else None
    alone = known is not None and not trust.is_vouched(vault.office, known)
    return visit.render("admitted.html", member=admitted.member if admitted else "", needs_vouch=alone)


def fetch_answer(visit: Visit) -> Response:
    """The file to give back."""
    admitted = _admitted(visit)
    if admitted is None:
        raise NoSuchPage
    named = {"content-disposition": 'attachment; filename="answer.bin"'}
    return Response(admitted.answer, media_type="application/octet-stream", headers=named)


def key_mark(member: Member) -> str:
    """A short name of a member's root key: two screens that show the same one mean the same person."""
    digest = seal.digest(seal.context("web/key-mark", *member.roots))
    return " ".join(digest[at : at + 2].hex() for at in range(0, 10, 2))


def find_member(visit: Visit, code: str) -> Member:
    """A member of today. Raises NoSuchMember."""
    found = visit.bench.vault.office.epoch.member(code)
    if found is None or roles.is_seal(found):
        raise membership.NoSuchMember
    return found


def find_device(visit: Visit, mark: str) -> Device:
    """A device by its mark. Raises NoSuchMember."""
    devices = visit.bench.vault.office.epoch.document.devices
    found = next((one for one in devices if device_mark(one.id) == mark), None)
    if found is None:
        raise membership.NoSuchMember
    return found


def mark_of(code: bytes) -> str:
    """What a code is called in an address: nothing of it can be found from that."""
    return seal.digest(seal.context("web/joining-code", code)).hex()[:12]


def until_of(invitation: Invitation) -> datetime:
    """When a code ends."""
    return datetime.fromtimestamp(invitation.until / 1000, UTC)


def _expect(visit: Visit, invitation: Invitation) -> None:
    """Have the relay keep a place for the newcomer. Where it cannot be reached, files do."""
    if visit.office.link is not None:
        with suppress(Unreachable):
            visit.office.link.expect(visit.bench.vault, invitation)


def _invitation(visit: Visit) -> Invitation:
    known = joining.open_invitations(visit.bench.vault, visit.now)
    found = next((one for one in known if mark_of(one.code) == visit.code), None)
    if found is None:
        raise NoSuchPage
    return found


def _admitted(visit: Visit) -> _Admitted | None:
    kept = visit.bench.vault.kept(_ADMITTED)
    return None if kept is None else unpack(kept, _Admitted)


ROUTES = [
    page("/members", "members", show, listens=True),
    post("/members/invite", "member-invite", invite, back=show),
    post("/members/devices", "device-invite", invite_device, back=show),
    post("/members/admit", "member-admit", admit, back=show),
    post("/members/relay", "member-from-relay", admit_from_relay, back=show),
    page("/members/codes/{code}", "joining-code", show_code),
    page("/members/admitted", "member-admitted", show_admitted),
    page("/members/answer", "member-answer", fetch_answer),
]
