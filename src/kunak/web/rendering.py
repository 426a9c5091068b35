"""Templates and how things are written in them: words of closed lists, local hours, time left."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from kunak.evacuation.ways.telling import recognised
from kunak.language import OFFERED, catalogue
from kunak.web import words
from kunak.web.forms import N_
from kunak.web.retelling import retold

HERE = Path(__file__).parent


@cache
def environment(language: str) -> Environment:
    """The templates, speaking one language."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    speech = catalogue(language)
    env.install_gettext_translations(speech, newstyle=True)  # type: ignore[attr-defined]
    env.filters.update(
        word=_word, words=_words, layer=_layer, when=_when, day=_day, left=_left, localinput=_localinput
    )
    env.filters.update(said=_said, rule=_rule, recognised=recognised, hour=_hour, span=_span)
    return env


@pass_context
def _word(context: Context, code: str, table: str) -> str:
    """A closed-list code in words; a code from a newer program appears as it is."""
    message = words.tables().get(table, {}).get(code)
    return catalogue(context["language"]).gettext(message) if message else code


@pass_context
def _words(context: Context, codes: tuple[str, ...], table: str) -> str:
    return ", ".join(_word(context, code, table) for code in codes)


@pass_context
def _layer(context: Context, layer: str) -> str:
    """A layer of the planner's data in words; one that names its day has the day in words too."""
    name, _, day = layer.rpartition(" ")
    try:
        dated = date.fromisoformat(day)
    except ValueError:
        return _word(context, layer, "layer")
    return f"{_word(context, name, 'layer')} {_day(context, dated)}"


@pass_context
def _said(context: Context, fact: object) -> object:
    """What the planner says (a sentence, a state) in the page's language; plain text as it is."""
    return retold(fact, context["language"], lambda layer: _layer(context, layer))


@pass_context
def _rule(context: Context, rule: str) -> str:
    """What speaks in a refusal: a rule by its id, a layer or a limit in words."""
    known = rule in words.tables()["rule"]
    return _word(context, rule, "rule") if known else _layer(context, rule)


@pass_context
def _when(context: Context, moment: datetime | None) -> str:
    """A local day and hour, e.g. "9 Apr, 18:30"."""
    if moment is None:
        return "–"
    local = moment.astimezone(context["zone"])
    return format_datetime(local, "d MMM, HH:mm", tzinfo=local.tzinfo, locale=context["language"])


@pass_context
def _hour(context: Context, moment: datetime) -> str:
    """A local hour, e.g. "18:30"."""
    return moment.astimezone(context["zone"]).strftime("%H:%M")


@pass_context
def _day(context: Context, moment: date | None) -> str:
    return format_date(moment, "d MMM y", locale=context["language"]) if moment else "–"


@pass_context
def _localinput(context: Context, moment: datetime | None) -> str:
    """For the value of a datetime-local field."""
    return moment.astimezone(context["zone"]).strftime("%Y-%m-%dT%H:%M") if moment else ""


@pass_context
def _left(context: Context, due: datetime) -> str:
    """How long until ``due``: "in 12 min", or "5 min late"."""
    gap: timedelta = due - context["now"]
    span = _span(context, abs(gap))
    return _say(context, N_("%(span)s late") if gap < timedelta(0) else N_("in %(span)s"), span=span)


@pass_context
def _span(context: Context, gap: timedelta) -> str:
    """How long, e.g. "12 min"."""
    minutes = int(gap.total_seconds() // 60)
    if minutes < 120:
        unit, count = N_("%(count)s min"), minutes
    elif minutes < 48 * 60:
        unit, count = N_("%(count)s h"), minutes // 60
    else:
        unit, count = N_("%(count)s d"), minutes // (24 * 60)
    return _say(context, unit, count=count)


def _say(context: Context, message: str, **facts: object) -> str:
    """A message in the page's language. Not through the template's ``_``, which wants a running template."""
    return catalogue(context["language"]).gettext(message) % facts


def render(
    name: str, language: str, now: datetime, zone: tzinfo | None, context: Mapping[str, object]
) -> str:
    """A page as text."""
    given = {
        **context,
        "language": language,
        "languages": OFFERED,
        "said": words.tables()["said"],
        "say": catalogue(language).gettext,
        "now": now,
        "zone": zone,
    }
    return environment(language).get_template(name).render(given)
