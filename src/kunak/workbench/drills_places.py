"""Drills of the place where devices meet: the relay is lost, a database is restored from an old backup."""

import secrets
from collections.abc import Iterator
from typing import Any

from kunak.errors import Damaged
from kunak.vault.stores.postgres import DatabaseNotReached, PostgresMissing, PostgresStore
from kunak.vault.sync import StoreRolledBack
from kunak.workbench.bench import Workbench
from kunak.workbench.drills import N_, Check, Exposed, Step, refused
from kunak.workbench.drills_stage import CRANE, HERON, OTTER, Stage, StorePlace

try:
    import psycopg
    from psycopg.conninfo import make_conninfo
except ImportError:  # the extra is not installed: PostgresMissing is raised when a database is asked for
    psycopg = None  # type: ignore[assignment]


class PostgresPlace(StorePlace):
    """A schema of its own in a real database, of which everything goes with the rehearsal."""

    def __init__(self, dsn: str) -> None:
        """Raises PostgresMissing, DatabaseNotReached."""
        if psycopg is None:
            raise PostgresMissing
        self._dsn, self._schema = dsn, f"kunak_drill_{secrets.token_hex(6)}"
        own = make_conninfo(dsn, options=f"-csearch_path={self._schema}")
        super().__init__(PostgresStore(own, secrets.token_hex(16)))
        self._made = False

    def round(self, bench: Workbench) -> int:
        self._make()
        return super().round(bench)

    def lose(self) -> None:
        """All rows are gone."""
        self._do("TRUNCATE {s}.stream, {s}.blob")

    def taken(self) -> bytes:
        rows = self._do("SELECT id, sealed FROM {s}.blob")
        return b"".join(bytes(part) for row in rows for part in row)

    def back_up(self) -> None:
        """The rows of now, set aside in the database itself: what a dump would hold."""
        self._do("CREATE TABLE {s}.old_stream AS TABLE {s}.stream")
        self._do("CREATE TABLE {s}.old_blob AS TABLE {s}.blob")

    def put_back(self) -> None:
        self.lose()
        self._do("INSERT INTO {s}.stream SELECT * FROM {s}.old_stream")
        self._do("INSERT INTO {s}.blob SELECT * FROM {s}.old_blob")

    def close(self) -> None:
        """Leave nothing of the rehearsal there."""
        self.store.close()
        if self._made:
            self._do("DROP SCHEMA {s} CASCADE")

    def _make(self) -> None:
        if not self._made:
            self._made = True
            self._do("CREATE SCHEMA {s}")

    def _do(self, statement: str) -> list[tuple[Any, ...]]:
        try:
            with psycopg.connect(self._dsn, autocommit=True) as connection:
                done = connection.execute(statement.format(s=self._schema).encode())
                return done.fetchall() if done.description else []
        except psycopg.Error:
            raise DatabaseNotReached from None


def relay(stage: Stage) -> Iterator[Step]:
    """The relay is seized or burns down; a new one is filled from what the devices hold."""
    stage.write(HERON, "C-1")
    stage.write(CRANE, "C-2", ("index", "evidence"))
    stage.settle()
    before = {device: stage.reads(device) for device in stage.benches}
    taken = stage.place.taken()
    yield Check(
        N_("In what lay there, no word of a case and no member's code is found."), not stage.tells(taken)
    )
    stage.place.lose()
    for device in stage.benches:
        missed = refused(Damaged, _rounds(stage, device))
        yield Check(
            N_("That everything is gone from there is noticed by {device}."), missed, {"device": device}
        )
    stage.write(OTTER, "C-3", ("index",))
    stage.place.anew(stage[OTTER])
    stage.place.anew(stage[CRANE])
    stage.place.anew(stage[HERON])
    stage.settle()
    after = {device: stage.reads(device) for device in stage.benches}
    lost = any(before[device] - after[device] for device in stage.benches)
    yield Check(N_("Filled anew from the devices, it lacks nothing of what was there."), not lost)
    shared = all(stage.body("C-3", "index") in read for read in after.values())
    yield Check(N_("What was written meanwhile reaches everybody."), shared)
    yield Exposed(
        N_("Of a relay that was taken: {size} bytes, all sealed; how much is written, and on which days."),
        {"size": len(taken)},
    )


def database(stage: Stage) -> Iterator[Step]:
    """The database where devices meet is restored from an old backup: what came after it is gone there."""
    place = stage.database
    stage.write(HERON, "C-1")
    stage.settle()
    place.back_up()
    stage.write(OTTER, "C-2")
    stage.settle()
    stage.write(CRANE, "C-3", ("index",))
    stage.sync(CRANE)
    before = {device: stage.reads(device) for device in stage.benches}
    place.put_back()
    for device in stage.benches:
        missed = refused(StoreRolledBack, _rounds(stage, device))
        yield Check(N_("The old backup is noticed by {device}."), missed, {"device": device})
    for device in stage.benches:
        place.anew(stage[device])
    stage.settle()
    after = {device: stage.reads(device) for device in stage.benches}
    lost = any(before[device] - after[device] for device in stage.benches)
    yield Check(N_("Synced anew by each device, it lacks nothing of what came after the backup."), not lost)
    shared = all(stage.body("C-3", "index") in read for read in after.values())
    yield Check(N_("What only one device had seen reaches everybody."), shared)
    tells = stage.tells(place.taken())
    yield Check(
        N_("In the rows of the database, no word of a case and no member's code is found."), not tells
    )
    yield Exposed(N_("Of a backup that was taken: the same as of the database, sealed rows."))


def _rounds(stage: Stage, device: str) -> Iterator[int]:
    yield stage.sync(device)
