"""Sentences of the planner: English as they stand, and ready to be said in another language.

A ``Said`` is a plain string, the English sentence, wherever a string is wanted: in JSON, in a terminal, in a
comparison. It also remembers the sentence it was made of and what was filled in, so that a page can say the
same in its own language. tools/collect_sentences.py finds every ``said("…")`` and, by ``quotations``, every
sentence that an answer quotes from the data.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from kunak.evacuation.ways.world import World

Translate = Callable[[str], str]
Told = Callable[[object], object]

# Where the data hold sentences that an answer quotes.
QUOTED = (
    ("overrides", "reason"),
    ("id_rules", "notes"),
    ("id_rules", "document"),
    ("closures", "reason"),
    ("transit", "reason"),
    ("avoid", "reason"),
)


class Said(str):
    """An English sentence, its template and its facts. A fact may itself be Said, a number or a date."""

    __slots__ = ("facts", "template")

    template: str
    facts: Mapping[str, object]

    def __new__(cls, template: str, facts: Mapping[str, object]) -> "Said":
        made = super().__new__(cls, template.format(**facts) if facts else template)
        made.template, made.facts = template, facts
        return made

    def __getnewargs__(self) -> tuple[str, Mapping[str, object]]:  # type: ignore[override]
        return self.template, self.facts

    def within(self, translate: Translate, told: Told = lambda fact: fact) -> str:
        """The sentence in another language; ``told`` writes a fact that is no sentence, such as a date."""
        template = translate(self.template) if self.template else ""
        facts = {
            name: fact.within(translate, told) if isinstance(fact, Said) else told(fact)
            for name, fact in self.facts.items()
        }
        return template.format(**facts) if facts else template


class StateName(str):
    """The English name of a state as a fact of a sentence; a page writes it in its own language."""

    __slots__ = ("code",)

    code: str

    def __new__(cls, name: str, code: str) -> "StateName":
        made = super().__new__(cls, name)
        made.code = code
        return made

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.code


class LayerName(str):
    """A layer of the data as a fact: ``overrides``, ``passport index 2026-02-17``."""

    __slots__ = ()


def said(template: str, /, **facts: object) -> Said:
    """A sentence of the planner. The template is written out where this is called: a tool collects it."""
    return Said(template, facts)


def quoted(text: str) -> Said:
    """A sentence of the data, as it stands."""
    return Said(text, {})


def joined(parts: Iterable[str], between: str = " ") -> Said:
    """Several sentences in a row, each translated for itself."""
    facts = {f"p{number}": part for number, part in enumerate(parts)}
    return Said(between.join(f"{{{name}}}" for name in facts), facts)


def state_name(world: World, code: str) -> StateName:
    """A state as a fact."""
    return StateName(world.country(code), code)


def quotations(world: World) -> Iterator[str]:
    """Every sentence of the data that an answer may quote."""
    for table, column in QUOTED:
        yield from (row[column] for row in world.tables[table] if row[column])
    yield from (row["notes"] for row in world.crossing_rows if row["notes"])
