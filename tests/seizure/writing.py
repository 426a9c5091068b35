"""What is written into the office of the thefts: pages full of canaries, who wrote each, and who may read it."""

import dataclasses
from collections.abc import Iterator, Mapping
from itertools import chain, cycle, islice
from typing import NamedTuple

from canaries import Canaries
from people import CARE, LEAVER, WHO, Office

from kunak.fold import Entry
from kunak.vault import Item
from kunak.vault.attachments import seal_parts
from kunak.vault.codec import encode_body
from kunak.vault.roles import COMPARTMENTS, MOST_NAMED
from kunak.workbench import utc_now

_ATTACHED = 100_000  # bytes: more than one part


@dataclasses.dataclass(frozen=True, kw_only=True)
class Unwritten(Entry):
    """A kind that no room of today knows: for every compartment, whether a room writes into it or not."""

    text: str
    attached: dict[str, object] | None = None


class Page(NamedTuple):
    """One entry: who writes it, and who is named to read it, where its compartment is read by name."""

    who: str
    entry: Entry
    readers: list[str] | None
    texts: tuple[str, ...]  # its canaries
    later: bool = False
    attached: bytes = b""

    @property
    def subject(self) -> str:
        return self.entry.subject

    def told(self, canaries: Canaries) -> Mapping[str, dict[str, object]]:
        """Each of its canaries and what is known of it."""
        known = {"readers": self.readers, "later": self.later}
        return {text: {"sort": canaries.sorts[text], **known} for text in self.texts}


def first_pages(canaries: Canaries, codes: Mapping[str, str]) -> list[Page]:
    """An entry of every kind, one more for each compartment; two of them with an attachment."""
    cases, writers, pages = cycle(_cases()), cycle(WHO), []
    of_the_leaver = cycle(one for one in _cases() if LEAVER in one)
    had = len(canaries.sorts)
    for entry in chain(
        canaries.every_kind(), _unwritten(canaries)
    ):  # one after another: its canaries are its own
        who = next(writers)
        entry = dataclasses.replace(entry, by=codes[who], subject=canaries.text("codes"), at=utc_now())
        if hasattr(entry, "dossiers"):  # names in hexadecimal, which pages look up
            entry = dataclasses.replace(entry, dossiers=())  # type: ignore[call-arg]
        texts = tuple(islice(canaries.sorts, had, None))
        had = len(canaries.sorts)
        by_name = COMPARTMENTS[entry.compartment].sort == "name"
        attached = entry.text.encode() * (_ATTACHED // 20) if _is_attached(entry) else b""
        # Of each compartment there is a file that whoever leaves could read, however few kinds it has.
        named = next(of_the_leaver if isinstance(entry, Unwritten) else cases) if by_name else None
        pages.append(Page(who, entry, named, texts, attached=attached))
    return pages


def later_pages(canaries: Canaries, codes: Mapping[str, str], before: list[Page]) -> list[Page]:
    """What the others write after somebody left, into the files that this one could read, and into all others."""
    pages = []
    for compartment in COMPARTMENTS:
        old = next(
            one
            for one in before
            if one.entry.compartment == compartment and (one.readers is None or LEAVER in one.readers)
        )
        staying = [who for who in old.readers or WHO if who != LEAVER]
        text = canaries.text(compartment)
        kind = _kind(compartment)
        ids = canaries.text(compartment)
        entry = kind(id=ids, at=utc_now(), by=codes[staying[0]], subject=old.subject, text=text)
        readers = None if old.readers is None else staying
        pages.append(Page(staying[0], entry, readers, (ids, text), later=True))
    return pages


def write(office: Office, pages: list[Page]) -> None:
    """Each page by its author, on that one's device."""
    for page in pages:
        entry, parts = page.entry, ()
        if page.attached:
            attachment, parts = seal_parts([page.attached])
            told = {"key": attachment.key.hex(), "parts": [name.hex() for name in attachment.parts]}
            entry = dataclasses.replace(entry, attached=told)  # type: ignore[call-arg]
        named = tuple(office.codes[who] for who in page.readers) if page.readers else None
        body = encode_body(entry, entry.kind())
        item = Item(entry.subject, entry.compartment, body, named, parts)
        office[page.who].write([item], entry.at)


def _cases() -> list[list[str]]:
    """Who works on each case: three of those who can, other three each time."""
    ring = [*CARE, *CARE]
    return [ring[place : place + MOST_NAMED] for place in range(len(CARE))]


def _unwritten(canaries: Canaries) -> Iterator[Entry]:
    for compartment in COMPARTMENTS:
        said = {name: canaries.text(compartment) for name in ("id", "by", "subject", "text")}
        yield _kind(compartment)(at=utc_now(), **said)


def _kind(compartment: str) -> type[Unwritten]:
    return type("Unwritten", (Unwritten,), {"room": "tomorrow", "compartment": compartment})


def _is_attached(entry: Entry) -> bool:
    return isinstance(entry, Unwritten) and entry.compartment in ("work", "originals")
