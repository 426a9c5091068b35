"""How the office shows that it is itself: the line of today, and the signed list of its addresses."""

from datetime import date, timedelta

from starlette.responses import Response

from kunak.data.words import LANGUAGES
from kunak.errors import Damaged
from kunak.exchange import addresses, challenge
from kunak.exchange.addresses import AddressesUnfit, AddressList
from kunak.signboard import actions, queries
from kunak.signboard.entries import SigningKeyKept
from kunak.vault import seal
from kunak.vault.roles import may_hold
from kunak.web.forms import N_
from kunak.web.visit import Visit, page, post
from kunak.workbench import signing

GOOD_FOR = timedelta(days=90)
AHEAD = 7  # days whose line stands on the page, to be said by voice


def show(visit: Visit) -> Response:
    """Today's line, the list as it is signed, and what can be done with both."""
    bench, today = visit.bench, visit.now.date()
    secret = queries.secret(bench.signboard)
    newest = queries.newest_list(bench.signboard)
    known = _read(newest.signed) if newest else None
    coordinates = may_hold(bench.vault.me, SigningKeyKept.compartment)
    key = queries.signing_key(bench.signboard) if coordinates else None
    return visit.render(
        "addresses.html",
        lines=_lines(secret, today),
        known=known,
        told=addresses.told,
        old=known is not None and today > known.valid_until,
        is_shown=newest is not None and queries.shown_list(bench.signboard) == newest.signed,
        shown=bool(queries.shown_list(bench.signboard)),
        apart=len(queries.board(bench.signboard).lists) > 1,
        coordinates=coordinates,
        key=key,
        public="" if key is None else addresses.told(seal.ed25519_public_bytes(bytes.fromhex(key.seed))),
        before=_before(known, today),
    )


def make(visit: Visit) -> Response:
    """Make the list anew and sign it. Nothing is shown by that."""
    form, bench = visit.posted(), visit.bench
    ours = form.lines("ours", limit=actions.MOST_LIST, most=addresses.MOST_ADDRESSES)
    retired = form.lines("retired", limit=actions.MOST_LIST, most=addresses.MOST_ADDRESSES)
    until = form.day("until", required=True)
    name = form.text("known_as", limit=120)
    if not ours:
        form.fault("ours", N_("Write something here."))
    form.check()
    if until is None:
        raise AddressesUnfit
    made = addresses.make(ours, retired=retired, made_on=visit.now.date(), valid_until=until)
    key = signing.signing_key(bench, name if queries.signing_key(bench.signboard) is None else "")
    signed = addresses.sign(made, name=key.known_as, seed=bytes.fromhex(key.seed))
    signing.keep(bench, addresses.spell(signed))
    return visit.go("/addresses", said="list-signed")


def take(visit: Visit) -> Response:
    """Take the signatures that a partner has added to the same list."""
    form, bench = visit.posted(), visit.bench
    text = form.text("signed", limit=2 * actions.MOST_LIST, required=True)
    form.check()
    newest = queries.newest_list(bench.signboard)
    if newest is None:
        raise actions.NoListToShow
    joined = addresses.joined(addresses.read(newest.signed), addresses.read(text))
    if joined is None:
        form.fault("signed", N_("This is another list than the one below: nothing was taken."))
        form.check()
    else:
        signing.keep(bench, addresses.spell(joined))
    return visit.go("/addresses", said="signatures-taken")


def publish(visit: Visit) -> Response:
    """Have the relay show it, or nothing."""
    form = visit.posted()
    what = form.one_of("what", ("show", "hide"))
    form.check()
    (signing.show if what == "show" else signing.hide)(visit.bench)
    visit.office.stir()
    return visit.go("/addresses", said="list-shown" if what == "show" else "list-hidden")


def text(visit: Visit) -> Response:
    """The list word for word, to be sent to a partner."""
    newest = queries.newest_list(visit.bench.signboard)
    if newest is None:
        return visit.go("/addresses")
    return Response(newest.signed, media_type="text/plain")


def new_secret(visit: Visit) -> Response:
    """A new secret for the line of the day, in place of the one before."""
    made = challenge.new_secret().hex()
    visit.bench.act(actions.keep_secret, visit.bench.signboard, secret=made, made_here=True)
    visit.office.stir()
    return visit.go("/addresses/words")


def take_secret(visit: Visit) -> Response:
    """A partner's secret, so that both show the same line."""
    form = visit.posted()
    words = form.text("words", limit=300, required=True)
    form.check()
    secret = challenge.read(words).hex()
    visit.bench.act(actions.keep_secret, visit.bench.signboard, secret=secret, made_here=False)
    visit.office.stir()
    return visit.go("/addresses", said="secret-taken")


def words(visit: Visit) -> Response:
    """The secret in words, to be given to a partner in person; and the lines of this month on paper."""
    secret = queries.secret(visit.bench.signboard)
    if secret is None:
        return visit.go("/addresses")
    spelled = {code: " ".join(challenge.spell(secret, code)) for code in LANGUAGES}
    month = list(challenge.month(secret, visit.now.date()))
    return visit.render("challenge_words.html", spelled=spelled, month=month)


def _lines(secret: bytes | None, today: date) -> list[tuple[date, dict[str, str]]]:
    if secret is None:
        return []
    days = (today + timedelta(days=ahead) for ahead in range(AHEAD))
    return [(day, challenge.lines(secret, day)) for day in days]


def _before(known: AddressList | None, today: date) -> dict[str, object]:
    """The list as the form shows it, to be changed and signed anew."""
    until = (today + GOOD_FOR).isoformat()
    if known is None:
        return {"until": until}
    return {"ours": "\n".join(known.addresses), "retired": "\n".join(known.retired), "until": until}


def _read(signed: str) -> AddressList | None:
    """A list that a colleague's program kept; None for what is none."""
    try:
        return addresses.read(signed)
    except Damaged:
        return None


ROUTES = [
    page("/addresses", "addresses", show, listens=True),
    post("/addresses", "addresses-make", make, back=show),
    post("/addresses/signatures", "addresses-take", take, back=show),
    post("/addresses/shown", "addresses-publish", publish, back=show),
    page("/addresses/list", "addresses-text", text),
    post("/addresses/secret", "challenge-new", new_secret, back=show),
    post("/addresses/secret/partner", "challenge-take", take_secret, back=show),
    page("/addresses/words", "challenge-words", words),
]
