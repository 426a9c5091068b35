"""Thefts of members' own devices: unlocked in each role, while two open something together, left alone, given
up, emptied before a border."""

import re
import time

from idling import IDLE_S
from living import HERE, Desk, Life
from machine import MOMENT_S, said_at, until
from people import AFTERWARDS, ASKING, HELD, LEAVER, RELEASING
from searching import Taken
from theft import Theft

from kunak.vault.roles import COORDINATOR, DOCUMENTER, NUMBERS, ROLES

SELDOM = DOCUMENTER, COORDINATOR, NUMBERS  # no other theft goes on from these
PACKING = """
import sys
from pathlib import Path
from kunak.vault import travel
from kunak.workbench import open_store

folder = Path(sys.argv[1])
store = open_store(folder)
travel.require_shared(store)
travel.pack(store, folder)
print("packed")
"""


def _unlocked_as(role: str) -> object:
    def unlocked(life: Life) -> Taken:
        if not said_at(life.relay_port):
            life.start_relay()
        together = role in (ASKING, RELEASING)
        desk = life.desk_of(role, *(life.to_the_relay if together else ()))
        desk.unlock()
        desk.get("/")
        taken = [*desk.machine.memory("kunak.web"), *desk.machine.files()]
        if not together:
            desk.is_left()
        return taken

    return unlocked


def _opened(life: Life) -> Taken:
    asking, releasing = life.desks[ASKING], life.desks[RELEASING]
    thing = f"{life.told['papers']} identity"
    asking.post("/together", form="ask", thing=thing, purpose="papers_for_travel")
    opening = _seen(r"/together/([0-9a-f]+)/release", asking, releasing)
    assert releasing.post(f"/together/{opening}/release").status_code == 200
    assert _seen(r'href="/together/([0-9a-f]+)"', releasing, asking) == opening
    shown = asking.get(f"/together/{opening}").text
    assert any(text in shown for text, known in life.told["canaries"].items() if known["sort"] == "identity")
    return asking.machine.memory("kunak.web")


def _seen(link: str, told: Desk, hears: Desk) -> str:
    """Both listen to the relay until what the one told is seen by the other."""
    found: list[str] = []

    def is_there() -> bool:
        for desk in (told, hears):
            desk.unlock()  # whoever has just unlocked listens at once
            found[:] = re.findall(link, desk.get("/together").text)
        return bool(found)

    until(is_there, "the other one sees it")
    return found[0]


def _while_releasing(life: Life) -> Taken:
    return life.desks[RELEASING].machine.memory("kunak.web")


def _opening_over(life: Life) -> Taken:
    desk = life.desks[ASKING]
    (opening,) = re.findall(r"/together/([0-9a-f]+)/close", desk.get("/together").text)
    assert desk.post(f"/together/{opening}/close").status_code == 200
    assert desk.browser.get(f"/together/{opening}").status_code != 200
    for page in ("/", "/cases", "/journeys", "/together") * 5:
        desk.get(page)
    time.sleep(MOMENT_S)
    return desk.machine.memory("kunak.web")


def _opening_locked(life: Life) -> Taken:
    desk = life.desks[ASKING]
    desk.post("/lock")
    until(lambda: not desk.machine.processes(), "the process that had the keys has ended")
    taken = desk.machine.files()
    for one in (ASKING, RELEASING):
        life.desks[one].is_left()
    return taken


def _removed(life: Life) -> Taken:
    taken = []
    for who in (LEAVER, AFTERWARDS):
        desk = life.desk_of(who)
        desk.browser.post("/unlock", data={"passphrase": life.told["passphrases"][LEAVER]})
        desk.browser.get("/")
        taken += [*desk.machine.memory("kunak.web"), *desk.machine.files()]
        desk.is_left()
    return taken


def _idle(life: Life) -> Taken:
    desk = life.desk("coordinator")
    machine = desk.machine
    machine.run(str(HERE / "idling.py"), str(machine.office), str(desk.port), log="idle")
    until(lambda: said_at(desk.port, "/unlock"), "the worker side answers")
    before = machine.process("kunak.web")
    desk.unlock()
    until(lambda: before not in machine.processes(), f"it locks itself after {IDLE_S} s")
    until(lambda: said_at(desk.port, "/unlock"), "the locked door answers")
    taken = [*machine.memory(), *machine.files()]
    desk.is_left()
    return taken


def _duress(life: Life) -> Taken:
    desk = life.desk_of("movement")
    desk.unlock(life.told["duress"])
    until(lambda: not list(desk.machine.office.glob(".gone-*")), "what was there is overwritten")
    desk.get("/")
    taken = [*desk.machine.memory("kunak.web"), *desk.machine.files()]
    desk.is_left()
    return taken


def _panic(life: Life) -> Taken:
    desk = life.desk("case-worker-2")
    machine = desk.machine
    machine.run("-m", "kunak", "up", str(machine.office), "--port", str(desk.port), log="up")
    until(lambda: said_at(desk.port, "/unlock"), "the worker side answers")
    desk.unlock()
    desk.get("/cases")
    desk.post("/panic")
    until(lambda: not machine.processes(), "all has ended")
    assert not machine.office.exists() or not list(machine.office.iterdir())
    return machine.files()


def _travel(life: Life) -> Taken:
    machine = life.of("duty-2")
    assert machine.run("-c", PACKING, str(machine.office), log="travel").wait(20) == 0
    return machine.files()


OF_DEVICES = (
    *(
        Theft(
            f"laptop-unlocked-{role}",
            f"the laptop of a member whose role is {role}, unlocked and open",
            "the memory of the worker process, every file",
            "what that role may read, and of files that are read by name those of their own cases",
            _unlocked_as(role),
            b"kunak.web",
            whose=role,
            rarely=role in SELDOM,
        )
        for role in ROLES
    ),
    Theft(
        "opening",
        "a case worker's laptop, while an identity is open that a lawyer released to them",
        "the memory of the worker process",
        "the one identity that was opened; what it takes to open it again until the half hour is over",
        _opened,
        b"kunak.web",
        whose=ASKING,
    ),
    Theft(
        "opening-releasing",
        "the laptop of the lawyer who released it",
        "the memory of the worker process",
        "that something was opened, by whom and for what: the log of openings is in the index",
        _while_releasing,
        b"kunak.web",
        whose=RELEASING,
    ),
    Theft(
        "opening-over",
        "the case worker's laptop, after the opening was closed and twenty pages later, not locked since",
        "the memory of the worker process",
        "that it was opened, by whom and for what. Where memory is not written over (below) what was opened is "
        "there still: **lock after an opening**, that ends the process",
        _opening_over,
        b"kunak.web",
        whose=ASKING,
    ),
    Theft(
        "opening-locked",
        "the same, locked",
        "every file; no process is left",
        "the same as switched off",
        _opening_locked,
        b"SQLite format 3",
        whose=ASKING,
    ),
    Theft(
        "laptop-removed",
        "the laptop of a member who was removed, with their passphrase; and the same after it fetched "
        "everything from where the others meet",
        "the memory of the worker process, every file",
        f"what this member (roles: {', '.join(HELD[LEAVER])}) could read before they were removed, for ever; that "
        "others write what it cannot open; nothing that was written later",
        _removed,
        b"SQLite format 3",
        whose=LEAVER,
    ),
    Theft(
        "laptop-idle",
        "a worker's laptop, left alone until it locked itself",
        "the memory of every process that is left; every file",
        "the same as locked",
        _idle,
        b"kunak.web",
        whose="coordinator",
    ),
    Theft(
        "laptop-duress",
        "a laptop that was opened with the duress passphrase",
        "the memory of the worker process, every file",
        "an empty office. **Not deniable**: that it is empty, the dates of its files and what colleagues know "
        "tell that it was wiped",
        _duress,
        b"kunak.web",
        whose="movement",
    ),
    Theft(
        "laptop-panic",
        "a laptop after the panic key",
        "every file that is left; no process is left",
        "that Kunak was here: the program, the browser's history; what a flash disk keeps of overwritten blocks",
        _panic,
        b"keys were destroyed",
        whose="case-worker-2",
    ),
    Theft(
        "laptop-travel",
        "a laptop packed for a border",
        "every file that is left",
        "the same as after the panic key",
        _travel,
        b"packed",
        whose="duty-2",
    ),
)
