"""Several devices of one office that are apart: each acts on what it knows, and hears the others later."""

from datetime import datetime

from casework_office import T0

from kunak import casework, evacuation, intake


class Device:
    """One member's device: the state it folded from what it has heard, and all that, by id."""

    def __init__(self, member: str) -> None:
        self.member = member
        self.heard = {}
        self.requests, self.cases, self.journeys = intake.EMPTY, casework.EMPTY, evacuation.EMPTY

    def do(self, action, *, at: datetime, **given):
        """Run an action of any room on what this device knows; hear what it decides."""
        module = action.__module__
        states = {"intake": self.requests, "casework": self.cases, "evacuation": self.journeys}
        state = states[module.split(".")[1]]
        count = sum(entry.id.startswith(self.member) for entry in self.heard.values())
        given = {"by": self.member, "at": at, "id": f"{self.member}-{count:03}", **given}
        written = action(state, **given)
        self.hear(written)
        return written

    def hear(self, entries) -> None:
        entries = tuple(entries)
        self.heard.update({entry.id: entry for entry in entries})
        self.requests = intake.fold(self.requests, entries)
        self.cases = casework.fold(self.cases, entries)
        self.journeys = evacuation.fold(self.journeys, entries)

    @property
    def knows(self):
        return self.requests, self.cases, self.journeys

    def request(self, code: str = "R-1") -> intake.Request:
        return self.requests.get(code)

    def case(self, code: str = "C-1") -> casework.Case:
        return self.cases.get(code)

    def journey(self, code: str = "J-1") -> evacuation.Journey:
        return self.journeys.get(code)


def meet(*devices: Device) -> None:
    """Everybody hears everybody, in different orders."""
    everything = [entry for device in devices for entry in device.heard.values()]
    for n, device in enumerate(devices):
        device.hear(everything[n:] + everything[:n])
        device.hear(reversed(everything))


def two_devices_with_a_case() -> tuple[Device, Device]:
    """Anna's and boris's devices, which both know one request and its case."""
    anna, boris = Device("anna"), Device("boris")
    answers = intake.form.parse({"safe_now": ["yes"]})
    anna.do(intake.actions.receive_request, at=T0, subject="R-1", answers=answers, received_at=T0)
    anna.do(
        casework.actions.record_triage,
        at=T0,
        subject="R-1",
        triggers=(),
        factors={"time_window": 2, "threat": 2, "reach": 2, "exposure": 2},
        requests=anna.requests,
    )
    anna.do(
        casework.actions.open_case,
        at=T0,
        subject="C-1",
        request="R-1",
        workers=["anna"],
        requests=anna.requests,
    )
    meet(anna, boris)
    return anna, boris
