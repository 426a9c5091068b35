"""What is printed or said aloud: recovery kits, trustees' cards, joining codes.

    recovery kit     opens one member's keys when the passphrase or the device is gone
    trustee's card   one share of the office's seal (``kunak.vault.shares``), for a holder outside
    joining code     a short secret, used once, that a newcomer hears or reads when joining

How they are spelled: ``kunak.vault.spelling``. A page carries no name; what stands in its corner is a short
code that the caller chooses, or nothing.
"""

import secrets
from collections.abc import Callable
from typing import NamedTuple

from kunak.vault import seal
from kunak.vault.printing import STYLE_SOURCE, Sheet, page, qr_svg
from kunak.vault.shares import MOST_SHARES, Share
from kunak.vault.spelling import (
    BYTES,
    Kind,
    PaperNotRight,
    Spelled,
    qr_payload,
    read,
    read_as,
    read_qr_payload,
    spell,
    spell_digits,
)

__all__ = [
    "STYLE_SOURCE",
    "Kind",
    "RecoveryKit",
    "Spelled",
    "TrusteeCard",
    "kit_page",
    "new_joining_code",
    "qr_payload",
    "qr_svg",
    "read",
    "read_as",
    "read_qr_payload",
    "spell",
    "spell_digits",
]

Say = Callable[[str], str]
OFFICE_BYTES = 16
SET_BYTES = 8


class RecoveryKit(NamedTuple):
    """A member's printed key (32 random bytes) and the first 16 bytes by which its office is known."""

    secret: bytes
    office: bytes

    def __repr__(self) -> str:  # a traceback must never show it
        return "RecoveryKit(…)"

    @classmethod
    def new(cls, office: bytes) -> "RecoveryKit":
        """A fresh kit for an office, known by the first 16 bytes of its id or of a digest of it."""
        return cls(secrets.token_bytes(seal.KEY_BYTES), office[:OFFICE_BYTES])

    @classmethod
    def read(cls, typed: str, language: str | None = None) -> "RecoveryKit":
        """From its words, digits or QR code. Raises what ``spelling.read_as`` raises."""
        held = read_as(Kind.RECOVERY, typed, language)
        return cls(held[: seal.KEY_BYTES], held[seal.KEY_BYTES :])

    def held(self) -> Spelled:
        """What its paper spells: the secret, then the office."""
        return Spelled(Kind.RECOVERY, self.secret + self.office)


class TrusteeCard(NamedTuple):
    """One share of a secret of 32 bytes: the id (8 bytes) of its set, how many it takes, and the share."""

    set_id: bytes
    threshold: int
    share: Share

    @classmethod
    def read(cls, typed: str, language: str | None = None) -> "TrusteeCard":
        """From its words, digits or QR code. Raises what ``spelling.read_as`` raises."""
        held = read_as(Kind.TRUSTEE, typed, language)
        set_id, (threshold, x), y = held[:SET_BYTES], held[SET_BYTES : SET_BYTES + 2], held[SET_BYTES + 2 :]
        if not (threshold >= 2 and 1 <= x <= MOST_SHARES):
            raise PaperNotRight()
        return cls(set_id, threshold, Share(x, y))

    def held(self) -> Spelled:
        """What its paper spells: set, threshold, place, value."""
        return Spelled(Kind.TRUSTEE, self.set_id + bytes([self.threshold, self.share.x]) + self.share.y)


def new_joining_code() -> bytes:
    """A one-time secret of 64 random bits, spelled as seven words.

    Short, so that it can be read aloud: whatever is derived from it must be stretched (Argon2id), end within
    a day, and work once.
    """
    return secrets.token_bytes(BYTES[Kind.JOINING])


def kit_page(paper: RecoveryKit | TrusteeCard, *, language: str, say: Say, corner: str = "") -> str:
    """One printable page (A4, no script, nothing from outside) for a kit or a card.

    ``language`` of the words and the page, ``say`` its catalogue's gettext, ``corner`` a short code to tell
    papers apart by; nothing else on the page tells whose it is.
    """
    held = paper.held()
    texts = _of_kit(say) if isinstance(paper, RecoveryKit) else _of_card(say, paper)
    return page(
        Sheet(
            language=language,
            title=texts.title,
            corner=corner,
            lead=texts.lead,
            facts=texts.facts,
            parts=texts.parts,
            headings=(say("To scan"), say("In words"), say("In digits, to read aloud in any language")),
            payload=qr_payload(*held),
            words=spell(*held, language),
            digits=spell_digits(*held),
        )
    )


class _Texts(NamedTuple):
    title: str
    lead: str
    facts: tuple[str, ...]
    parts: tuple[tuple[str, str], ...]


def _of_kit(say: Say) -> _Texts:
    opens = say("With a copy of the office's store (a device, a backup): all that this member could read.")
    opens_not = say(
        "Without such a copy, nothing. With it, nothing that this member could not read, and nothing that "
        "takes two members."
    )
    use = say(
        "Where the passphrase is asked for, choose the recovery kit. Then scan the picture, or type the "
        "words, or the digits: one of the three is enough. Capital letters, spaces and hyphens do not "
        "matter."
    )
    lost = say(
        "Make a new one at once, which puts this one out of use, and tell your coordinator. A copy of the "
        "store that was made earlier still opens with this sheet: say whether somebody may have one."
    )
    return _Texts(
        title=say("Recovery kit"),
        lead=say(
            "This sheet opens one member's keys when the passphrase is forgotten or the device is gone."
        ),
        facts=(),
        parts=(
            (say("What it opens"), opens),
            (say("What it does not open"), opens_not),
            (say("How to keep it"), _keeping(say)),
            (say("How to use it"), use),
            (say("When it is lost, or somebody saw it"), lost),
        ),
    )


def _of_card(say: Say, card: TrusteeCard) -> _Texts:
    lead = say(
        "This card is one of several. Together they open the sealed keys of an organisation that can no "
        "longer act itself."
    )
    opens = say(
        "With enough of the other cards and the organisation's sealed file: the keys in that file, and what "
        "they open."
    )
    opens_not = say(
        "Alone, nothing. It holds no name, no case and no list, and does not tell who holds the others."
    )
    use = say(
        "Only when the holders have met, or know each other's voices on the telephone, and agree that the "
        "organisation cannot act itself. Give it to nobody who asks for it in a message, whatever name "
        "stands under it."
    )
    forced = say("Give it up: alone it opens nothing. Tell the organisation as soon as you safely can.")
    lost = say("Tell the organisation. It makes new cards, which do not fit with the old ones.")
    return _Texts(
        title=say("A trustee's card"),
        lead=lead,
        facts=(
            say("Number of this card: {number}").format(number=card.share.x),
            say("Cards that are needed together: {count}").format(count=card.threshold),
        ),
        parts=(
            (say("What it opens"), opens),
            (say("What it does not open"), opens_not),
            (say("How to keep it"), _keeping(say)),
            (say("When to use it"), use),
            (say("When somebody forces you to give it up"), forced),
            (say("When it is lost, or somebody saw it"), lost),
        ),
    )


def _keeping(say: Say) -> str:
    return say(
        "On paper only: no photograph, no scan, no copy on a computer or in a cloud. Away from computers and "
        "telephones, where a search of your home or your bag does not reach. Write no name on it, neither "
        "yours nor the organisation's."
    )
