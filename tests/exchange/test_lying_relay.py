"""A relay that lies: drops, repeats, swaps, truncates, goes back. Each lie is noticed, by its name.

The relay is the real one; between it and the device stands a liar who opens each answer, changes it as a
clever thief of the relay would (lengths and random numbers fit), and closes it again.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relay_running import SPACE, Running, running
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kunak.errors import Damaged
from kunak.exchange.channel import Answer, Kept
from kunak.exchange.line import RelayAnswerDamaged
from kunak.exchange.remote import (
    RelayCut,
    RelayDropped,
    RelayRepeated,
    RelayRolledBack,
    RelaySwapped,
    RemoteStore,
)
from kunak.exchange.seen import CONTENT_NAMED, Seen
from kunak.vault import codec, seal
from kunak.vault.stores import Blob, StoreDamaged

pytestmark = pytest.mark.slow

Lie = Callable[[Answer], "Answer | bytes"]
ALL_KINDS = (RelayCut, RelayDropped, RelayRepeated, RelayRolledBack, RelaySwapped)


@dataclass
class Liar:
    """Changes what the relay answers. ``lie`` is told each answer, ``spelled`` its bytes."""

    app: ASGIApp = None  # type: ignore[assignment]
    lie: Lie | None = None
    spelled: Callable[[bytes], bytes] | None = None
    heard: list[bytes] = field(default_factory=list)

    def over(self, app: ASGIApp) -> ASGIApp:
        self.app = app
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts: list[Message] = []

        async def keep(message: Message) -> None:
            parts.append(message)

        await self.app(scope, receive, keep)
        body = b"".join(part.get("body", b"") for part in parts)
        if parts[0]["status"] == 200:
            self.heard.append(body)
            body = self._changed(body)
        headers = [pair for pair in parts[0]["headers"] if pair[0] != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({**parts[0], "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _changed(self, body: bytes) -> bytes:
        if self.lie is not None:
            told = self.lie(codec.unpack(body, Answer))
            return told if isinstance(told, bytes) else codec.pack(told)
        return self.spelled(body) if self.spelled is not None else body


@dataclass
class Scene:
    relay: Running
    liar: Liar

    def device(self, memory: bytes = b"") -> RemoteStore:
        return self.relay.remote(memory=memory, content_named=CONTENT_NAMED)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    liar = Liar()
    with running(tmp_path / "relay", wrap=liar.over) as relay:
        yield Scene(relay, liar)


def segment(number: int) -> Blob:
    return Blob("segment", seal.digest(b"%d" % number), b"sealed %d" % number)


def body(number: int) -> Blob:
    sealed = b"a sealed body %d" % number
    return Blob("body", seal.digest(sealed), sealed)


def without(blob: Blob) -> Lie:
    return lambda answer: answer._replace(blobs=tuple(b for b in answer.blobs if b.name != blob.name))


def test_an_honest_relay_is_believed_also_after_the_memory_was_put_away(scene: Scene) -> None:
    device, colleague = scene.device(), scene.device()
    device.commit([segment(1), body(1), segment(2)])
    colleague.commit([body(2), segment(3)], [("body", body(1).name)])
    device.expect_dropped("body", [body(1).name])
    for each in (device, scene.device(device.memory())):
        assert [name for _, name, _ in each.since("segment")] == [segment(i).name for i in (1, 2, 3)]
        assert [name for _, name, _ in each.since("segment", 2)] == [segment(3).name]
        assert list(each.fetch("body", [body(1).name, body(2).name])) == [(body(2).name, body(2).sealed)]


@pytest.mark.parametrize("ask", ["since", "since the one before", "fetch", "get"])
def test_a_relay_that_does_not_give_back_what_it_said_it_kept_has_dropped_it(scene: Scene, ask: str) -> None:
    device = scene.device()
    device.commit([segment(1), segment(2), segment(3)])
    scene.liar.lie = without(segment(2))
    with pytest.raises(RelayDropped):
        if ask.startswith("since"):
            list(device.since("segment", 1 if "before" in ask else 0))
        else:
            device.get("segment", segment(2).name)


def test_a_relay_that_drops_all_that_is_new_is_noticed_after_the_memory_was_put_away(scene: Scene) -> None:
    device = scene.device()
    device.commit([segment(1)])
    device.commit([segment(2)])
    again = scene.device(device.memory())
    scene.liar.lie = lambda answer: answer._replace(blobs=())
    with pytest.raises(RelayDropped):
        list(again.since("segment", 1))


def test_a_relay_that_says_it_kept_and_did_not_is_noticed_when_asked(scene: Scene) -> None:
    scene.liar.lie = lambda answer: answer._replace(heaps=(), blobs=())
    with pytest.raises(RelayDropped):
        scene.device().commit([segment(1)])


@pytest.mark.parametrize("ask", ["since", "fetch"])
def test_a_relay_that_lost_what_a_colleague_had_put_went_back(scene: Scene, ask: str) -> None:
    scene.device().commit([segment(1), segment(2)])
    device = scene.device()
    assert len(list(device.since("segment"))) == 2
    scene.liar.lie = without(segment(2))
    with pytest.raises(RelayRolledBack):
        if ask == "since":
            list(device.since("segment"))
        else:
            device.get("segment", segment(2).name)


def test_a_head_that_is_lower_than_before_is_a_relay_that_went_back(scene: Scene) -> None:
    device = scene.device()
    device.commit([segment(1), segment(2)])
    scene.liar.lie = lambda answer: answer._replace(head=1, blobs=())
    for ask in (lambda: list(device.since("segment", 2)), lambda: device.get("segment", b"never there")):
        with pytest.raises(RelayRolledBack):
            ask()


@pytest.mark.parametrize("since_then", [0, 1, 5])
def test_a_relay_restored_from_an_old_copy_is_noticed_whatever_was_written_since(
    tmp_path: Path, since_then: int
) -> None:
    """Also when colleagues who know nothing have filled it beyond where it had been."""
    folder, copy = tmp_path / "relay", tmp_path / "copy"
    with running(folder) as relay:
        relay.remote().commit([segment(1), body(1)])
    shutil.copytree(folder, copy)
    with running(folder) as relay:
        relay.remote().commit([segment(2), body(2)])
        device = relay.remote()
        *_, (cursor, _, _) = device.since("segment")
        memory = device.memory()
    with running(copy) as relay:
        newcomer = relay.remote()
        newcomer.commit([segment(10 + i) for i in range(since_then)])
        with pytest.raises(RelayRolledBack):
            list(relay.remote(memory=memory).since("segment", cursor))


def swapped(answer: Answer) -> Answer:
    """Two blobs have each other's bytes."""
    one, two = answer.blobs[0], answer.blobs[-1]
    other = (one._replace(sealed=two.sealed), two._replace(sealed=one.sealed))
    return answer._replace(blobs=other)


@pytest.mark.parametrize("of", [segment, body])
def test_other_bytes_under_a_name_that_was_seen_are_swapped(scene: Scene, of: Callable[[int], Blob]) -> None:
    device = scene.device()
    device.commit([of(1), of(2)])
    scene.liar.lie = swapped
    with pytest.raises(RelaySwapped):
        list(device.since(of(1).shelf))
    with pytest.raises(RelaySwapped):
        list(scene.device(device.memory()).fetch(of(1).shelf, [of(1).name, of(2).name]))


def test_bytes_that_do_not_belong_to_their_name_are_swapped_even_when_never_seen(scene: Scene) -> None:
    scene.device().commit([body(1), body(2)])
    scene.liar.lie = swapped
    with pytest.raises(RelaySwapped):
        list(scene.device().since("body"))
    with pytest.raises(RelaySwapped):
        list(scene.device().fetch("body", [body(1).name, body(2).name]))


def test_what_was_not_asked_for_is_swapped(scene: Scene) -> None:
    device = scene.device()
    device.commit([body(1)])
    extra = Kept(7, body(2).name, body(2).sealed)
    scene.liar.lie = lambda answer: answer._replace(blobs=(*answer.blobs, extra))
    with pytest.raises(RelaySwapped):
        device.get("body", body(1).name)


REPEATS: dict[str, Lie] = {
    "the same blob twice": lambda answer: answer._replace(blobs=(*answer.blobs, answer.blobs[-1])),
    "the same name at another place": lambda answer: answer._replace(
        blobs=(*answer.blobs, answer.blobs[0]._replace(cursor=9)), head=9
    ),
    "the same place for another": lambda answer: answer._replace(
        blobs=(*answer.blobs, Kept(answer.blobs[-1].cursor, b"another", b"x"))
    ),
    "another order": lambda answer: answer._replace(blobs=answer.blobs[::-1]),
}


@pytest.mark.parametrize("lie", REPEATS.values(), ids=REPEATS)
def test_the_same_thing_twice_is_repeated(scene: Scene, lie: Lie) -> None:
    scene.device().commit([segment(1), segment(2)])
    device = scene.device()
    scene.liar.lie = lie
    with pytest.raises(RelayRepeated):
        list(device.since("segment"))


def test_a_name_that_was_seen_at_another_place_is_repeated(scene: Scene) -> None:
    device = scene.device()
    device.commit([segment(1), segment(2)])
    again = Kept(3, segment(1).name, segment(1).sealed)
    scene.liar.lie = lambda answer: answer._replace(blobs=(again,), head=3)
    with pytest.raises(RelayRepeated):
        list(device.since("segment", 2))


def test_the_same_blob_twice_under_names_asked_for_is_repeated(scene: Scene) -> None:
    device = scene.device()
    device.commit([segment(1)])
    scene.liar.lie = REPEATS["the same blob twice"]
    with pytest.raises(RelayRepeated):
        device.get("segment", segment(1).name)


def test_an_old_answer_to_a_new_question_is_repeated(scene: Scene) -> None:
    device = scene.device()
    device.commit([segment(1)])
    list(device.since("segment"))
    old = scene.liar.heard[-1]
    scene.liar.spelled = lambda _: old
    with pytest.raises(RelayRepeated):
        list(device.since("segment"))


def test_a_known_place_that_holds_another_blob_is_a_relay_that_went_back(scene: Scene) -> None:
    device = scene.device()
    device.commit([segment(1), segment(2)])
    scene.liar.lie = lambda answer: answer._replace(
        blobs=(answer.blobs[0], Kept(2, segment(7).name, segment(7).sealed))
    )
    with pytest.raises(RelayRolledBack):
        list(device.since("segment"))


@pytest.mark.parametrize("place", [0, 1, 3, 20, -1])
def test_an_answer_that_ends_too_early_every_time_is_cut(scene: Scene, place: int) -> None:
    device = scene.device()
    device.commit([segment(1)])
    scene.liar.spelled = lambda body: body[:place]
    with pytest.raises(RelayCut):
        list(device.since("segment"))
    scene.liar.spelled = None
    assert len(list(device.since("segment"))) == 1


@pytest.mark.parametrize(
    "lie",
    [
        lambda answer: answer._replace(blobs=(), more=True),
        lambda answer: answer._replace(blobs=(Kept(0, b"n", b"s"),), covered=0),
        lambda answer: answer._replace(covered=99),
        lambda answer: b"\xc1 nonsense",
        lambda answer: b"\x91" * 5000,
    ],
)
def test_an_answer_that_leads_nowhere_is_cut(scene: Scene, lie: Lie) -> None:
    scene.liar.lie = lie
    with pytest.raises((RelayCut, RelayRepeated)):
        scene.device().get("segment", b"n")
        list(scene.device().since("segment"))


def test_an_answer_without_end_is_not_taken_in(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kunak.exchange.line.MOST_ANSWER", 10_000)
    scene.liar.spelled = lambda _: bytes(20_000)
    line = scene.device()._line
    with pytest.raises(RelayAnswerDamaged):
        line.ask(line.fresh("since")._replace(shelf=bytes(16)))


def test_a_commit_that_is_answered_with_places_that_cannot_be_is_cut(scene: Scene) -> None:
    scene.liar.lie = lambda answer: answer._replace(heaps=(answer.heaps[0]._replace(cursors=(99,)),))
    with pytest.raises(RelayCut):
        scene.device().commit([segment(1)])


def test_every_lie_is_a_damage_with_advice() -> None:
    for kind in ALL_KINDS:
        assert issubclass(kind, StoreDamaged) and issubclass(kind, Damaged)
        assert kind().advice()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_a_memory_that_was_changed_is_read_or_damaged(changed: bytes, beside: bool) -> None:
    seen = Seen(SPACE)
    seen.put("segment", [(b"a", b"1"), (b"b", b"2")], 2, (1, 2))
    saved = seen.saved()
    assert Seen(SPACE, saved).saved() == saved
    memory = saved[: len(changed) % len(saved)] + changed if beside else changed
    with suppress(Damaged):
        Seen(SPACE, memory).saved()
