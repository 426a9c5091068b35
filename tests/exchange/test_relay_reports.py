"""Reports and replies: sealed, signed, of a few sizes, and the same when sent twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from relay_office import INTAKE_SEED, NIGHT

from kunak.errors import Damaged
from kunak.exchange import Reply, ReturnCode
from kunak.exchange.mailbox import SLOT_BYTES, SLOTS, MailboxKeys, ReplyTooLong, fill, open_slots, seal_reply
from kunak.exchange.report import (
    SIZES,
    ReportNotOwn,
    ReportTooLong,
    keep_sealed,
    open_report,
    rounded,
    seal_in_browser,
    seal_report,
    write_report,
)
from kunak.vault import curves, seal

INTAKE = curves.intake_public_bytes(INTAKE_SEED)
KEYS = MailboxKeys.of(ReturnCode(5), rounds=1)
OTHER = MailboxKeys.of(ReturnCode(6), rounds=1)


def report(**changes):
    return write_report("message", KEYS, at=NIGHT, language="en", **{"text": "hello", **changes})


def test_the_office_opens_what_was_sealed_for_it():
    sent = report(answers={"safe_now": ("yes",)})
    assert open_report(seal_report(sent, KEYS, INTAKE), INTAKE_SEED) == sent


@pytest.mark.parametrize("suite", curves.SUITES)
def test_what_a_browser_sealed_is_opened_and_said_to_be_so(suite):
    sent = report(answers={"safe_now": ("yes",)})
    kept = keep_sealed(seal_in_browser(sent, KEYS, INTAKE, suite), NIGHT, INTAKE)
    assert open_report(kept, INTAKE_SEED) == replace(sent, via="sealed")


def test_neither_the_hour_nor_the_way_is_for_the_sender_to_say():
    lied = replace(report(), via="worker", channel="in_person", received_at=NIGHT.replace(year=2001))
    opened = open_report(keep_sealed(seal_in_browser(lied, KEYS, INTAKE), NIGHT, INTAKE), INTAKE_SEED)
    assert (opened.via, opened.channel, opened.received_at) == ("sealed", "web", rounded(NIGHT))
    assert open_report(seal_report(replace(report(), via="sealed"), KEYS, INTAKE), INTAKE_SEED).via == (
        "relay-plaintext"
    )


def test_what_is_kept_looks_alike_whichever_way_it_came():
    for text in ("short", "я" * 2000):
        sent = report(text=text)
        sizes = {
            len(keep_sealed(seal_in_browser(sent, KEYS, INTAKE, s), NIGHT, INTAKE)) for s in curves.SUITES
        }
        assert sizes == {len(seal_report(sent, KEYS, INTAKE))}


def test_another_office_opens_nothing():
    for kept in (
        seal_report(report(), KEYS, INTAKE),
        keep_sealed(seal_in_browser(report(), KEYS, INTAKE), NIGHT, INTAKE),
    ):
        with pytest.raises(Damaged):
            open_report(kept, bytes(32))


def test_what_was_sealed_by_an_older_page_opens_after_the_keys_were_changed():
    older, newest = bytes(range(1, 33)), INTAKE_SEED
    kept = keep_sealed(seal_in_browser(report(), KEYS, curves.intake_public_bytes(older)), NIGHT, INTAKE)
    assert open_report(kept, newest, older).text == "hello"
    with pytest.raises(Damaged):
        open_report(kept, newest)


def sealed_oddly():
    good = seal_in_browser(report(), KEYS, INTAKE)
    return [b"", b"\x00" * 4097, good[:-1], good + b"\0", b"\x01" + good[1:], b"\x03" + good[1:], good * 4]


@pytest.mark.parametrize("sent", sealed_oddly(), ids=range(7))
def test_what_no_page_of_ours_sends_is_not_kept(sent):
    with pytest.raises(Damaged):
        keep_sealed(sent, NIGHT, INTAKE)


def test_junk_of_the_right_size_is_damaged_when_it_is_opened():
    kept = keep_sealed(curves.BY_X25519 + bytes(32 + 4096 + 16), NIGHT, INTAKE)
    with pytest.raises(Damaged):
        open_report(kept, INTAKE_SEED)


def test_a_report_without_an_id_of_its_form_is_not_read():
    with pytest.raises(Damaged):
        open_report(seal_report(replace(report(), id="../x"), KEYS, INTAKE), INTAKE_SEED)


@given(st.integers(0, 4096 + 1200), st.integers(1, 255))
@settings(max_examples=40)
def test_a_changed_report_is_damaged_and_never_another_one(place, flip):
    sealed = bytearray(seal_report(report(), KEYS, INTAKE))
    sealed[place] ^= flip
    with pytest.raises(Damaged):
        open_report(bytes(sealed), INTAKE_SEED)


def test_nobody_writes_into_a_mailbox_whose_code_they_do_not_have():
    forged = replace(write_report("delete", OTHER, at=NIGHT, language="en"), mailbox=KEYS.mailbox)
    with pytest.raises(ReportNotOwn):
        open_report(seal_report(forged, OTHER, INTAKE), INTAKE_SEED)
    forged = replace(forged, token_hash=KEYS.token_hash, sign_key=KEYS.sign_public)
    with pytest.raises(seal.NotSigned):
        open_report(seal_report(forged, OTHER, INTAKE), INTAKE_SEED)


@given(st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1)), st.integers(-12, 14))
@settings(max_examples=40)
def test_times_are_rounded_down_to_fifteen_minutes_in_utc(at, hours):
    exact = at.replace(tzinfo=timezone(timedelta(hours=hours)))
    coarse = rounded(exact)
    assert coarse.tzinfo == UTC
    assert (coarse.minute % 15, coarse.second, coarse.microsecond) == (0, 0, 0)
    assert timedelta(0) <= exact - coarse < timedelta(minutes=15)


def test_the_same_thing_sent_again_later_has_the_same_id():
    first, again = (
        report(),
        write_report("message", KEYS, at=NIGHT + timedelta(hours=3), language="ru", text="hello"),
    )
    assert first.id == again.id
    others = [
        report(text="hello!"),
        report(once="2"),
        write_report("message", OTHER, at=NIGHT, language="en"),
    ]
    assert len({first.id, *(other.id for other in others)}) == 4


@given(st.text(max_size=2000))
@settings(max_examples=40)
def test_sealed_reports_come_in_three_sizes(text):
    overhead = 1 + seal.X_WING_ENC_BYTES + seal.TAG_BYTES
    text = text.encode("utf-8", "ignore").decode()
    assert len(seal_report(report(text=text), KEYS, INTAKE)) - overhead - 128 in SIZES
    in_browser = len(seal_in_browser(report(text=text), KEYS, INTAKE))
    assert in_browser - 1 - 32 - 16 in SIZES


def test_a_report_that_is_too_long_is_refused():
    with pytest.raises(ReportTooLong):
        seal_report(report(text="я" * 9000), KEYS, INTAKE)


def test_replies_are_read_in_order_and_once():
    replies = [Reply(id=f"r{n}", at=rounded(NIGHT + timedelta(hours=n)), text=f"text {n}") for n in range(3)]
    slots = [
        seal_reply(reply, KEYS.mailbox, KEYS.reply_public, KEYS.secret)
        for reply in [*reversed(replies), replies[0]]
    ]
    assert open_slots(fill(slots, KEYS.mailbox, bytes(32)), KEYS) == replies


def test_a_reply_takes_the_key_and_the_secret_to_read():
    slot = seal_reply(Reply(id="r", at=NIGHT, text="for one"), KEYS.mailbox, KEYS.reply_public, KEYS.secret)
    assert len(open_slots([slot], KEYS)) == 1
    assert open_slots([slot], replace(KEYS, secret=OTHER.secret)) == []
    assert open_slots([slot], replace(KEYS, reply=OTHER.reply)) == []


def test_a_reply_opens_in_its_own_mailbox_alone():
    slot = seal_reply(Reply(id="r", at=NIGHT, text="for one"), KEYS.mailbox, KEYS.reply_public, KEYS.secret)
    moved = seal_reply(Reply(id="r", at=NIGHT, text="for one"), OTHER.mailbox, KEYS.reply_public, KEYS.secret)
    assert open_slots([slot], OTHER) == []
    assert open_slots([moved], KEYS) == []


def test_a_reply_that_does_not_fit_is_refused():
    with pytest.raises(ReplyTooLong):
        seal_reply(Reply(id="r", at=NIGHT, text="я" * 1500), KEYS.mailbox, KEYS.reply_public, KEYS.secret)
    assert (
        len(
            seal_reply(Reply(id="r", at=NIGHT, text="я" * 1400), KEYS.mailbox, KEYS.reply_public, KEYS.secret)
        )
        == SLOT_BYTES
    )


@pytest.mark.parametrize("count", [0, 1, 5, 8, 11])
def test_a_mailbox_always_yields_the_same_number_of_slots_of_one_size(count):
    kept = [
        seal_reply(
            Reply(id=f"r{n}", at=NIGHT, text="x" * n * 100), KEYS.mailbox, KEYS.reply_public, KEYS.secret
        )
        for n in range(count)
    ]
    slots = fill(kept, KEYS.mailbox, b"k" * 32)
    assert {len(slot) for slot in slots} == {SLOT_BYTES}
    assert len(slots) == SLOTS
    assert slots == fill(kept, KEYS.mailbox, b"k" * 32)
    assert len(open_slots(slots, KEYS)) == min(count, SLOTS)


def test_fillers_begin_as_replies_do_and_differ_by_mailbox():
    ours, theirs = fill([], KEYS.mailbox, bytes(32)), fill([], OTHER.mailbox, bytes(32))
    kept = seal_reply(Reply(id="r", at=NIGHT, text="for one"), KEYS.mailbox, KEYS.reply_public, KEYS.secret)
    for slot in (*ours, *theirs, kept):
        assert slot[:1] == curves.BY_P256
        ec.EllipticCurvePublicKey.from_encoded_point(
            ec.SECP256R1(), slot[1:66]
        )  # raises for what is no point
    assert len(set(ours) | set(theirs)) == 2 * SLOTS


def test_reports_and_replies_show_no_content_in_a_traceback():
    assert "hello" not in repr(report(answers={"text": ("hello",)}))
    assert "hello" not in repr(Reply(id="r", at=NIGHT, text="hello"))
