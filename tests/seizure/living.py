"""An office that lives: its members' machines with worker sides, its relay, and invented people outside."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import postgres_server
from database import database
from machine import Machine, said_at, until
from outside import Outside
from people import ASKING, FOUNDER, LEAVER
from ports import free_port
from searching import Search

HERE = Path(__file__).parent


class Desk:
    """A browser in front of one machine's worker side."""

    def __init__(self, machine: Machine, port: int, passphrase: str) -> None:
        self.machine, self.port, self.passphrase = machine, port, passphrase
        origin = f"http://127.0.0.1:{port}"
        self.browser = httpx2.Client(
            base_url=origin,
            headers={"origin": origin},
            trust_env=False,
            verify=False,
            timeout=30,
            follow_redirects=True,
        )

    def get(self, path: str) -> httpx2.Response:
        """A page."""
        answer = self.browser.get(path)
        assert answer.status_code == 200, answer.text
        return answer

    def post(self, path: str, **fields: str) -> httpx2.Response:
        """A form."""
        return self.browser.post(path, data=fields)

    def unlock(self, passphrase: str = "") -> str:
        """The member's passphrase is typed, or another one; returns the first page."""
        answer = self.post("/unlock", passphrase=passphrase or self.passphrase)
        assert answer.url.path == "/", answer.text
        return answer.text

    def mistypes(self) -> None:
        """The member's passphrase with a letter too many."""
        assert self.post("/unlock", passphrase=f"{self.passphrase}x").url.path == "/unlock"

    def lock(self) -> None:
        """The desk is locked, and the machine is let to start the door again."""
        before = self.machine.process("kunak.web")
        self.post("/lock")
        until(lambda: before not in self.machine.processes(), "the process that had the keys has ended")
        until(lambda: said_at(self.port, "/unlock"), "the locked door answers")

    def is_left(self) -> None:
        """The browser is closed and the machine's programs end."""
        self.browser.close()
        self.machine.kill()


class Life(Outside):
    """A filled office on its members' machines, its relay, and what people wrote; with the search for it all."""

    def __init__(self, root: Path, dsn: str = "") -> None:
        super().__init__(free_port())
        self.root, self.dsn = root, dsn
        told = subprocess.run(
            [sys.executable, str(HERE / "filling.py"), str(root), *([dsn] if dsn else [])],
            check=True,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join((str(HERE), str(HERE.parent / "contracts")))},
        )
        self.told = json.loads(told.stdout)
        self.port = free_port()
        self._machines: dict[str, Machine] = {}
        self.desks: dict[str, Desk] = {}

    def of(self, who: str) -> Machine:
        """Somebody's machine."""
        return self._machines.setdefault(who, Machine(self.root / who))

    @property
    def machine(self) -> Machine:
        """The founder's, which runs the relay too."""
        return self.of(FOUNDER)

    def end(self) -> None:
        """All browsers are closed and all machines are switched off."""
        self.go()
        for machine in self._machines.values():
            machine.kill()

    # What is looked for

    def search(self) -> Search:
        """The search for everything that was put into this life until now. It names each thing by itself."""
        keys = {bytes.fromhex(key): (key, str(known["name"])) for key, known in self.told["keys"].items()}
        texts, theirs = self.secrets()
        marked = [*self.told["canaries"], *self.typed.sorts]
        return Search(dict(zip(marked, marked, strict=True)), texts, keys | theirs)

    def sort_of(self, seen: str, whose: str) -> str:
        """Which sort of thing it is that was seen, for somebody who stole from ``whose`` machine."""
        known = self.told["canaries"].get(seen) or self.told["keys"].get(seen)
        if known is None:
            return self.typed.sorts.get(seen, seen)
        if known.get("later") and whose == LEAVER:
            return "later"
        readers, owner = known.get("readers"), known.get("owner")
        if whose == ASKING and known.get("opened") and whose != owner and known["sort"] != "codes":
            return "opened"
        if whose and readers is not None and whose not in readers:
            return "others' files"
        if whose and owner is not None and whose != owner:
            return "others' keys"
        return str(known["sort"])

    # The office's machines

    def start(self) -> None:
        """`kunak up` on the founder's machine: the worker side and the relay."""
        ports = ("--port", str(self.port), "--relay-port", str(self.relay_port))
        self.machine.run("-m", "kunak", "up", str(self.machine.office), *ports, log="up")
        until(lambda: said_at(self.port, "/unlock"), "the worker side answers")
        until(lambda: said_at(self.relay_port), "the relay answers")

    def start_relay(self) -> None:
        """The relay alone, on the founder's machine; in a database if there is one."""
        where = ("--store", self.dsn) if self.dsn else ()
        ports = ("--port", str(self.relay_port), *where)
        self.machine.run("-m", "kunak.exchange.relay", str(self.machine.office), *ports, log="relay")
        until(lambda: said_at(self.relay_port), "the relay answers")

    def desk(self, who: str = FOUNDER) -> Desk:
        """A browser at somebody's desk, where the worker side runs already; not yet inside."""
        port = self.port if who == FOUNDER else free_port()
        desk = Desk(self.of(who), port, self.told["passphrases"][who.removesuffix("-afterwards")])
        self.browsers.append(desk.browser)
        return desk

    def desk_of(self, who: str, *options: str) -> Desk:
        """The worker side is started on somebody's machine."""
        desk = self.desks[who] = self.desk(who)
        ports = ("--port", str(desk.port), *options)
        desk.machine.run("-m", "kunak.web", str(desk.machine.office), *ports, log="web")
        until(lambda: said_at(desk.port, "/unlock"), "the worker side answers")
        return desk

    @property
    def to_the_relay(self) -> tuple[str, str]:
        """What a worker side is told to sync through the relay."""
        return "--relay", f"http://127.0.0.1:{self.relay_port}"

    def answer(self, desk: Desk) -> None:
        """Look at the queue, which collects; open the newest request; write back; look, which delivers."""
        codes: list[str] = []

        def have_come() -> bool:
            codes[:] = re.findall(r"/requests/(R-[0-9A-Z-]+)", desk.get("/").text)
            return bool(codes)

        until(have_come, "the request arrives")  # the page waits a moment for the relay, and not longer
        page = f"/requests/{codes[0]}"
        assert self.typed.texts[1] in desk.get(page).text
        answer = self.typed.text("replies")
        assert desk.post(f"{page}/replies", form="reply", text=answer).status_code == 200
        until(lambda: "✓" in desk.get(page).text, "the answer lies in the mailbox")


@contextmanager
def lived(root: Path) -> Iterator[Life]:
    """A life, on a PostgreSQL too where there is one; all machines are switched off at its end."""
    with ExitStack() as ends:
        try:
            dsn = ends.enter_context(database(postgres_server.server()))
        except postgres_server.NoServer:
            assert os.environ.get(postgres_server.REQUIRED) != "1", "PostgreSQL is required here"
            dsn = ""
        life = Life(root, dsn)
        ends.callback(life.end)
        yield life


def copied(folder: Path, to: Path) -> Path:
    """A backup of a folder, as a person makes one: files copied while the program runs."""
    shutil.copytree(folder, to)
    return to
