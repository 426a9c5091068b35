"""What the answer says beside its plans: why there is none, what else is lawful, what is not replayed."""

from collections.abc import Sequence

from kunak.evacuation.ways import risk
from kunak.evacuation.ways.answer import Refusal
from kunak.evacuation.ways.atlas import Atlas
from kunak.evacuation.ways.places import Place, distance
from kunak.evacuation.ways.profile import Profile
from kunak.evacuation.ways.rules import Rulebook
from kunak.evacuation.ways.search import INF, MAX_LEGS, Edge, Way
from kunak.evacuation.ways.words import LayerName, Said, quoted, said, state_name
from kunak.evacuation.ways.world import World

NO_PAPERS = said(
    "No papers: no official border lets a person through without any, so no way is offered. Replacing them"
    " comes first; ask which office can do it without alerting those who search."
)
THROUGH_REACH = said(
    "No way avoids the states that hand over to the persecutor: these ways pass through them."
)


def minutes_left(profile: Profile) -> int:
    """Minutes from the start of the day of planning to the end of the latest day."""
    if profile.latest is None:
        return INF
    return max(0, (profile.latest - profile.as_of).days + 1) * 24 * 60


def occupied(world: World, profile: Profile, origin: Place) -> Refusal | None:
    """The refusal of a start where the state named does not rule: its roads and borders are not those of the
    data, and a line drawn from here would cross a front."""
    for row in Rulebook(world, profile).closed_airports.values():
        if row["status"] == "occupied" and row.get("km"):
            centre = world.known(row["iata"])
            if centre and centre.country == origin.country and distance(centre, origin) <= float(row["km"]):
                why = said("No way is planned from here: {reason}.", reason=quoted(row["reason"]))
                return Refusal("*", why, f"closure-{row['iata']}")
    return None


def refusals_without_way(
    atlas: Atlas, profile: Profile, start: Sequence[Edge], ways: Sequence[Way]
) -> tuple[Refusal, ...]:
    """Lawful states that nothing in the data leads to; and, if there is no plan, why not."""
    if profile.papers == "none":
        return (Refusal("*", NO_PAPERS, "papers"),)
    cut_off = sorted(atlas.aims.states - atlas.reachable)
    no_way = said("lawful, but no way in the data leads there")
    out = [Refusal(s, no_way, "no-way") for s in cut_off]
    if not ways and atlas.aims.states - set(cut_off):
        out.append(Refusal("*", _why_none(atlas, profile, start), "limits"))
    return tuple(out)


def _why_none(atlas: Atlas, profile: Profile, start: Sequence[Edge]) -> Said:
    """The first limit that leaves nothing, from the lower bounds."""
    bounds = atlas.network.lower_bounds()
    cost = min((e.cost + bounds[1][e.to] for e in start), default=INF)
    minutes = min((e.minutes + bounds[0][e.to] for e in start), default=INF)
    if cost >= INF:
        return said("No chain of lawful steps in the data leads from here to any state that would do.")
    if profile.cash_eur is not None and cost > profile.cash_eur:
        cash = profile.cash_eur
        return said(
            "The cash at hand is {cash} EUR; no way costs less than {cost} EUR.", cash=cash, cost=cost
        )
    if minutes > minutes_left(profile):
        hours = minutes / 60
        return said(
            "No way is shorter than {hours:.0f} hours: it does not arrive by the latest day.", hours=hours
        )
    return said("No way fits all limits at once within {legs} legs.", legs=MAX_LEGS)


def notes(atlas: Atlas, profile: Profile, ways: Sequence[Way], through: bool) -> tuple[Said, ...]:
    """Sentences about the answer as a whole."""
    out = [THROUGH_REACH] if through and ways else []
    out.extend(_waiting(atlas, profile))
    out.extend(_already_there(atlas))
    out.extend(_issuer(atlas, profile, ways))
    out.extend(_also_lawful(atlas, ways))
    out.extend(_replayed(atlas, profile))
    return tuple(out)


def _waiting(atlas: Atlas, profile: Profile) -> list[Said]:
    """What staying adds: a listing grows likelier with every day within reach."""
    if atlas.reach.home not in atlas.reach.core or profile.lists == "clear":
        return []
    week, month = (risk.waiting(days, lists=profile.lists) for days in (7, 30))
    return [
        said(
            "Waiting within reach is a risk of its own: {week:.2f} for 7 days, {month:.2f} for 30.",
            week=week,
            month=month,
        )
    ]


def _already_there(atlas: Atlas) -> list[Said]:
    home, world = atlas.reach.home, atlas.world
    good = world.countries[home].tier in ("A", "B") and home not in atlas.reach.core | atlas.reach.sharing
    if not good or not atlas.lawful(home):
        return []
    here = state_name(world, home)
    return [said("The person is already in {state}, outside the reach: moving on is a choice.", state=here)]


def _issuer(atlas: Atlas, profile: Profile, ways: Sequence[Way]) -> list[Said]:
    """Where a Schengen visa of one state leads to another: who decides a claim for protection."""
    issuers = [v for v in profile.visas if v in atlas.book.schengen]
    ends = {atlas.spot(w.nodes[-1]).state for w in ways} & atlas.book.schengen
    if not issuers or not ends - set(issuers):
        return []
    return [
        said(
            "The visa of {states} opens the whole area, but the state that issued it is as a rule"
            " responsible for a claim for protection: ask a lawyer before choosing another.",
            states=", ".join(issuers),
        )
    ]


def _also_lawful(atlas: Atlas, ways: Sequence[Way]) -> list[Said]:
    ends = {atlas.spot(w.nodes[-1]).state for w in ways}
    others = sorted(atlas.reachable - ends) if ways else []
    if not others:
        return []
    named = ", ".join(others)
    return [
        said(
            "Also lawful, but no way there is better in any respect: {states}. Ask for one by its code.",
            states=named,
        )
    ]


def _replayed(atlas: Atlas, profile: Profile) -> list[Said]:
    newest = max(d for layer, d in atlas.world.layers.items() if layer.startswith("passport index"))
    if profile.as_of.isoformat() >= newest:
        return []
    year = 2018 if profile.as_of.year <= 2019 else 2026
    index = atlas.world.requirement(profile.passports[0], "TR", profile.as_of).layer
    return [
        said(
            "Replayed for {day}: entry by the {index}; crossings and attributes of {year}; overrides and"
            " closures by their own dates. Not replayed: flights (always June 2014), tiers, prices, hours.",
            day=profile.as_of,
            index=LayerName(index),
            year=year,
        )
    ]
