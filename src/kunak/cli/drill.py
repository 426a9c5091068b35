"""``kunak drill``: the worst days, rehearsed: on an invented office, or on a copy of one's own, only read."""

import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from kunak.cli import up
from kunak.cli.desk import say, tell, translate
from kunak.exchange.link import Link
from kunak.vault import Vault, wipe
from kunak.vault.keys import DuressGiven
from kunak.vault.office import load_keystore
from kunak.web.opening import begin_again
from kunak.workbench import (
    STORE,
    Workbench,
    drills_loss,
    drills_places,
    open_store,
    utc_now,
    write_relay_keys,
)
from kunak.workbench.drills import N_, DrillFailed, Rehearsed, Step, rehearse
from kunak.workbench.drills_places import PostgresPlace
from kunak.workbench.drills_stage import COST, Stage
from kunak.workbench.drills_yours import YOURS
from kunak.workbench.succession import copy_of

INVENTED: dict[str, Callable[[Stage], Iterator[Step]]] = {
    "quorum": drills_loss.quorum,
    "device": drills_loss.device,
    "member": drills_loss.member,
    "relay": drills_places.relay,
    "database": drills_places.database,
}
TITLES = {
    "quorum": N_("Everybody is arrested: trustees and a copy of the store are left"),
    "device": N_("A device is lost"),
    "member": N_("A member is removed"),
    "relay": N_("The relay is lost"),
    "database": N_("The database where devices meet is restored from an old backup"),
}
_cost = COST  # of the passphrases of invented members; tests take a cheap one


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option("--only", type=click.Choice(tuple(TITLES)), multiple=True, help="Only this drill; repeatable.")
@click.option("--postgres", help="A PostgreSQL database to rehearse the backup with, as libpq spells it.")
@click.option("--passphrase", help="Your own, for the office in FOLDER. Asked for if not given.")
def drill(folder: Path | None, only: tuple[str, ...], postgres: str | None, passphrase: str | None) -> None:
    """Rehearse the worst days on an invented office; with FOLDER, on a copy of the office in it, only read."""
    names = [name for name in TITLES if name in only or not only]
    if folder is None:
        done = [_told(_invented(name, postgres)) for name in names]
    else:
        typed = passphrase or click.prompt(say("Your passphrase"), hide_input=True)
        done = [_told(one) for one in _yours(folder, typed, names)]
    failed = sum(one.failed for one in done)
    if failed:
        raise DrillFailed(count=failed)
    click.echo(say("All checks hold."))


def _invented(name: str, postgres: str | None) -> Rehearsed:
    with _aside() as aside:
        database = PostgresPlace(postgres) if name == "database" and postgres else None
        processes: list[RelayPlace] = []

        def begun(bench: Workbench) -> RelayPlace:
            processes.append(RelayPlace(aside / "relay", bench))
            return processes[0]

        stage = Stage(aside, begun if name == "relay" else database, cost=_cost)
        try:
            return rehearse(name, INVENTED[name](stage))
        finally:
            stage.close()
            for process in processes:
                process.close()
            if database is not None:
                database.close()
            elif name == "database":
                tell(N_("No PostgreSQL was named (--postgres): a file is put back from an old copy instead."))


def _yours(folder: Path, passphrase: str, names: list[str]) -> Iterator[Rehearsed]:
    """The drills on a copy of an office; a duress passphrase destroys here too. Raises NoOfficeHere, Locked."""
    open_store(folder).close()
    for name in names:
        with _aside() as aside:
            copy = copy_of(folder / STORE, aside)
            try:
                bench = Workbench(Vault.of(copy, load_keystore(copy).open(passphrase)), utc_now)
            except DuressGiven as given:
                begin_again(folder, open_store(folder), given).close()
                return
            yield rehearse(name, YOURS[name](bench, aside))
            bench.close()


class RelayPlace:
    """A real relay, a process of its own on this machine."""

    def __init__(self, folder: Path, bench: Workbench) -> None:
        self._folder, self._bench = folder, bench
        with socket.socket() as probe:
            probe.bind((up.LOOPBACK, 0))
            port = int(probe.getsockname()[1])
        self._process = up.relay(folder, port)
        self._link = Link(f"http://{up.LOOPBACK}:{port}")
        self._start()

    def round(self, bench: Workbench) -> int:
        """One round over HTTP."""
        return self._link.round(bench).sent

    def anew(self, bench: Workbench) -> None:
        """A round that forgets what was known of the relay before."""
        self._link.set_up_anew(bench.vault)
        self._link.round(bench)

    def lose(self) -> None:
        """The process is killed, its folder destroyed; another one begins with nothing but the public keys."""
        if self._process.running is not None:
            self._process.running.kill()
            self._process.running.wait()
        shutil.rmtree(self._folder)
        self._start()

    def taken(self) -> bytes:
        """All files of its folder."""
        return b"".join(path.read_bytes() for path in self._folder.rglob("*") if path.is_file())

    def close(self) -> None:
        """End it."""
        self._link.close()
        self._process.end()

    def _start(self) -> None:
        self._folder.mkdir()
        write_relay_keys(self._folder, self._bench.vault)
        self._process.start()
        deadline = time.monotonic() + up.PATIENCE_S
        while not self._process.answers():
            if self._process.ended() is not None or time.monotonic() > deadline:
                raise up.ProcessFailed(name=self._process.name)
            time.sleep(0.05)


@contextmanager
def _aside() -> Iterator[Path]:
    """A folder of its own, overwritten at the end, however it ends."""
    folder = Path(tempfile.mkdtemp(prefix="kunak-drill-"))
    try:
        yield folder
    finally:
        wipe.scrub(folder)
        with suppress(OSError):
            folder.rmdir()


def _told(done: Rehearsed) -> Rehearsed:
    click.echo(say(TITLES[done.name]))
    for check in done.checks:
        word = say("It holds") if check.holds else say("DOES NOT HOLD")
        click.echo(f"  {word}: {say(check.what, **check.facts)}")
    if done.trouble is not None:
        ended = f"{done.trouble.sentence(translate)} {done.trouble.advice(translate)}"
        click.echo("  " + say("DOES NOT HOLD: it came to no end. {problem}", problem=ended))
    for exposed in done.exposed:
        click.echo("  " + say("Exposed:") + " " + say(exposed.what, **exposed.facts))
    minutes, seconds = divmod(round(done.seconds), 60)
    click.echo("  " + say("It took {minutes} min {seconds} s.", minutes=minutes, seconds=seconds) + "\n")
    return done
