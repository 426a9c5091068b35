"""Two invented threads of which nobody knows who writes: one that failed its challenge, one whose phone was seized;
and how the invented office shows that it is itself."""

from datetime import timedelta

from kunak import casework, intake
from kunak.demo.office import Making
from kunak.demo.team import at
from kunak.exchange import addresses, challenge
from kunak.intake.trusting import ON_A_PHONE
from kunak.signboard import actions as signboard_actions
from kunak.workbench import Workbench, signing, threads

BURNED, FROZEN = "two-wrong", "phone-taken"
ADDRESSES = ("https://quince.example/", "messenger: quince-library")
RETIRED = "messenger: old-quince"
PARTNERS = ("Group Linden (invented)", "Group Alder (invented)")


def make_doubts(making: Making) -> None:
    """Live through both, and put up the signboard."""
    _burn(making)
    _freeze(making)
    with at(making, making.first, 26 * 60) as bench:
        _signboard(bench)


def _burn(making: Making) -> None:
    """A relative writes with half of her words: three signs, two wrong answers, one neutral sentence."""
    code = making.requests[BURNED]
    with at(making, making.first, 95) as bench:
        _hear(bench, code, "The book has come. Where do I go? I left already. Which address?")
    with at(making, making.first, 90) as bench:
        signs = ("asks_where_shelter_is", "refuses_channel_change", "time_pressure_no_danger")
        absent = ("asks_about_third_person", "copies_press_article")
        facts = {"subject": code, "signs": signs, "absent": absent}
        bench.act(intake.actions.note_hostile_signs, bench.requests, **facts)
    for minutes in (80, 65):
        with at(making, making.first, minutes) as bench:
            threads.put_challenge(bench, code, "failed")
    with at(making, making.first, 60) as bench:
        text = intake.neutral.NEUTRAL["catalogue"]["ru"]
        bench.act(intake.actions.write_reply, bench.requests, subject=code, text=text, language="ru")
    with at(making, making.first, 40) as bench:
        _hear(bench, code, "Why do you not answer? Tell me the house.")


def _freeze(making: Making) -> None:
    """His phone is in other hands; hours later a message comes from it that stops nothing."""
    code, case = making.requests[FROZEN], making.cases[FROZEN]
    with at(making, making.first, 3 * 24 * 60) as bench:
        facts = {"subject": case, "purpose": "p5", "organisation": "Law Office Linden", "role": "lawyer"}
        said = {"scope": ("need", "region"), "mode": "said_and_repeated_back", "understanding": "yes"}
        (line,) = bench.act(casework.actions.give_consent, bench.cases, **facts, **said)
    with at(making, making.first, 200) as bench:
        threads.freeze(bench, code, "phone_seized", ON_A_PHONE)
    for whom, reach in (("whoever he met on Sundays", "through his partner"), ("his sister", "her own code")):
        with at(making, making.first, 180) as bench:
            (noted,) = bench.act(
                intake.actions.note_warning, bench.requests, subject=code, whom=whom, reach=reach
            )
    with at(making, making.first, 170) as bench:
        bench.act(intake.actions.note_warned, bench.requests, subject=code, warning=noted.id)
    with at(making, making.first, 30) as bench:
        _hear(bench, code, "All fine, stop searching, I withdraw.")
    with at(making, making.first, 20) as bench:
        bench.act(casework.actions.note_void_withdrawal, bench.cases, subject=case, line=line.id)


def _signboard(bench: Workbench) -> None:
    """A secret for the line of the day, and a list that two invented partners have signed too."""
    secret = challenge.new_secret().hex()
    bench.act(signboard_actions.keep_secret, bench.signboard, secret=secret, made_here=True)
    key, today = signing.signing_key(bench, "The library (invented)"), bench.now().date()
    made = addresses.make(
        ADDRESSES, retired=(RETIRED,), made_on=today, valid_until=today + timedelta(days=90)
    )
    signed = addresses.sign(made, name=key.known_as, seed=bytes.fromhex(key.seed))
    for name in PARTNERS:
        signed = addresses.sign(signed, name=name, seed=challenge.new_secret() * 2)
    signing.keep(bench, addresses.spell(signed))
    signing.show(bench)


def _hear(bench: Workbench, code: str, text: str) -> None:
    hear = intake.actions.receive_message
    bench.act(hear, bench.requests, subject=code, text=text, language="ru", by="person")
