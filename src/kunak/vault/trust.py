"""Who may hold shares: nobody becomes a holder by one person's word.

An admin admits members alone. Were that enough, an admin could admit an invented colleague and open with its
help what two must open. So whoever joins an office of two or more holds no share until a second member, not
the one who admitted them, vouches for the root key of their device: "I know this person".
"""

from kunak.vault import seal
from kunak.vault.epochs import Member
from kunak.vault.office import Office
from kunak.vault.roles import is_seal


def holders(office: Office) -> tuple[Member, ...]:
    """The members of today who may hold shares, as far as trust goes; their roles are another matter."""
    return tuple(member for member in office.epoch.document.members if is_vouched(office, member))


def trusted(office: Office) -> tuple[Member, ...]:
    """The members of today, but for a seal that nobody else has vouched for: it would be one person's key."""
    members = office.epoch.document.members
    return tuple(one for one in members if not is_seal(one) or is_vouched(office, one))


def is_vouched(office: Office, member: Member) -> bool:
    """Whether two stand behind a member: the admin who admitted them, and another one or the beginning."""
    return any(_root_is_vouched(office, member.code, root) for root in member.roots)


def vouchable(office: Office, member: Member, by: str) -> tuple[bytes, ...]:
    """The acts' marks by which a member may vouch for another; none where there is nothing to vouch for."""
    if member.code == by:
        return ()
    return tuple(
        _name(member.code, root)
        for root in member.roots
        if not _root_is_vouched(office, member.code, root) and _admitted(office, member.code, root)[0] != by
    )


def _root_is_vouched(office: Office, code: str, root: bytes) -> bool:
    signer, were_there = _admitted(office, code, root)
    if were_there < 2:
        return True
    return bool(office.log.vouched.get(_name(code, root), set()) - {signer, code})


def _admitted(office: Office, code: str, root: bytes) -> tuple[str, int]:
    """Who signed the epoch in which a root key first stood, and how many members there were before."""
    before = 0
    for epoch in office.lineage.leading:
        member = epoch.member(code)
        if member is not None and root in member.roots:
            return epoch.document.signer, before
        before = sum(not is_seal(one) for one in epoch.document.members)
    return "", 2


def _name(code: str, root: bytes) -> bytes:
    return seal.digest(seal.context("vouch", code.encode(), root))
