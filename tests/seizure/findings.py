"""What the thefts yielded: the sorts of things seen, kept in found.json, and how they differ from what was kept."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from living import Life
from memory import NotPermitted
from searching import SPELLINGS, TRACE, Search, Sighting, spellings
from theft import NotHere, Theft
from thefts import THEFTS

FOUND = Path(__file__).parent / "found.json"
SORTS = {  # what the search looks for, in the order and in the words of docs/threats.md
    "letters": "what people write to the office",
    "replies": "what the office answers",
    "return codes": "return codes and their mailboxes' keys",
    "codes": "codes of requests, cases and journeys",
    "index": "the index",
    "work": "work files of their cases",
    "contact": "contact plans of their cases",
    "chat": "chats of their cases",
    "warning": "who must be warned",
    "others' files": "files of others' cases",
    "opened": "the one identity that two opened",
    "identity": "identities",
    "place": "places and journeys",
    "evidence": "evidence",
    "originals": "originals",
    "staff": "staff matters",
    "readings": "who read what",
    "numbers": "numbers",
    "member codes": "members' codes",
    "passphrases": "that member's passphrase",
    "member keys": "that member's keys",
    "others' keys": "other members' keys",
    "halves": "that member's halves of keys that take two",
    "office keys": "the office's keys",
    "later": "what was written after a member was removed",
    "cards": "trustees' cards",
    "a trace": "part of a canary",
}


class Finding(NamedTuple):
    """What one theft yielded."""

    theft: Theft
    sightings: Sequence[Sighting]
    sorts: frozenset[str]
    blind: str  # what the search did not see although it is there; empty if it sees
    refused: str = ""  # why it could not be carried out here


def carried_out(life: Life, thefts: Sequence[Theft], *, all_of_them: bool = True) -> Iterator[Finding]:
    """Live through a story; what each theft of it yields."""
    for theft in (theft for theft in thefts if all_of_them or not theft.rarely):
        try:
            taken = list(theft.carry_out(life))
        except (NotHere, NotPermitted) as reason:
            yield Finding(theft, (), frozenset(), "", str(reason))
            continue
        search = life.search()
        seen = search.of(taken)
        sightings = tuple(one._replace(sort=life.sort_of(one.sort, theft.whose)) for one in seen)
        sorts = frozenset(sighting.sort for sighting in sightings)
        sorts = sorts - {TRACE} or sorts  # half a canary tells nothing beside whole ones
        if sorts & theft.wavering:
            sorts |= theft.wavering
        yield Finding(theft, sightings, sorts, _blind(search, taken, theft.known, life))


def _blind(search: Search, taken: Sequence[tuple[str, bytes]], known: bytes, life: Life) -> str:
    """What the search would have missed in these very bytes, had it been there."""
    if not any(known in found for _, found in taken):
        return f"what lies there for certain ({known!r})"
    where, found = max(taken, key=lambda piece: len(piece[1]) if len(piece[1]) < 1 << 22 else 0)
    texts = [*life.typed.texts[:2], *list(life.told["canaries"])[:2]]
    planted = b"\xff".join(spell(text) for text in texts for spell in SPELLINGS.values())
    middle = len(found) // 2
    sightings = list(search.of([(where, found[:middle] + planted + found[middle:])]))
    for text in texts:
        seen = {sighting.spelling for sighting in sightings if sighting.shown == text}
        if len(seen) < len(spellings(text)):
            return f"a planted canary: seen only as {sorted(seen)}"
    return ""


def told(findings: Iterable[Finding]) -> dict[str, list[str] | None]:
    """What is kept: the sorts that each theft yields, or None where it could not be carried out."""
    return {
        each.theft.key: None if each.refused else [sort for sort in SORTS if sort in each.sorts]
        for each in findings
    }


def kept() -> Mapping[str, list[str] | None]:
    """What was found when somebody last looked and the page was written."""
    found: dict[str, list[str] | None] = json.loads(FOUND.read_text())
    return found


def differences(findings: Iterable[Finding]) -> list[str]:
    """A sentence for each theft that does not yield what is kept."""
    before, sentences = kept(), []
    for each in findings:
        known = before.get(each.theft.key)
        if each.refused or known is None:
            continue
        news = each.sorts - set(known)
        gone = set(known) - each.sorts - each.theft.wavering
        examples = [s for s in each.sightings if s.sort in news][:3]
        sentences += [f"{each.theft.key} yields {sort}, which the page does not say" for sort in sorted(news)]
        sentences += [f"{each.theft.key} yields {sort} no more" for sort in sorted(gone)]
        sentences += [f"  {s.sort} in {s.where}, as {s.spelling}: {s.shown}" for s in examples]
        sentences += [f"{each.theft.key} is searched blindly: {each.blind}"] if each.blind else []
    return sentences


def keep(findings: Sequence[Finding], *, anew: bool = False) -> None:
    """Keep what was found; where a theft could not be carried out here, what was found elsewhere.

    What is left over by chance stays on the page once it was seen, unless what was known is forgotten (``anew``).
    """
    before = kept() if FOUND.exists() else {}
    wavering = {each.theft.key: each.theft.wavering for each in findings}
    new: dict[str, list[str] | None] = {}
    for key, sorts in told(findings).items():
        known = before.get(key) or []
        stays = frozenset() if anew else wavering[key] & set(known)
        new[key] = known if sorts is None else [sort for sort in SORTS if sort in stays or sort in sorts]
        if sorts is None and before.get(key) is None:
            new[key] = None
    found = {theft.key: new.get(theft.key, before.get(theft.key)) for theft in THEFTS}
    FOUND.write_text(json.dumps(found, indent=1) + "\n")
