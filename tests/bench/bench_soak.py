"""A thousand random lives of an office on several devices: do all come to the same? Prints JSON.

    python tests/bench/bench_soak.py [COUNT [FIRST [STEPS]]]

One seed gives one schedule: to repeat schedule 17, with what happened in it, say ``bench_soak.py 1 17``. What may
happen and what must hold at the end, see tests/contracts/vault_schedule.py. Exits with 1 if anything did not hold.
"""

import json
import os
import sys
import traceback
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

sys.path.insert(0, str(Path(__file__).parents[1] / "contracts"))
from vault_schedule import Schedule, chance_from

COUNT, STEPS = 1000, 40


def one(seed: int, steps: int, told: list[str]) -> Schedule:
    """One schedule, looked at when it is over."""
    with TemporaryDirectory() as folder, chance_from(seed) as chance:
        schedule = Schedule(chance, Path(folder))
        told[:] = [""]
        schedule.told = told
        schedule.run(steps)
        schedule.check()
        schedule.opened = schedule.open_together()
        return schedule


def main(count: int, first: int, steps: int) -> int:
    began = monotonic()
    totals: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    failures = []
    for seed in range(first, first + count):
        told: list[str] = []
        try:
            schedule = one(seed, steps, told)
        except Exception as failure:
            last = traceback.extract_tb(failure.__traceback__)[-1]
            failures.append({"seed": seed, "what": repr(failure), "where": f"{last.name}:{last.lineno}"})
            if count == 1:
                print("\n".join(told), file=sys.stderr)
                traceback.print_exc()
            continue
        refused.update(schedule.refused)
        totals.update(
            steps=len(schedule.told),
            devices=len(schedule.own),
            removed=len(schedule.removed),
            notes=len(schedule.notes),
            opened_by_two=schedule.opened,
        )
    said = {"schedules": count, "first": first, **totals, "failures": failures, "refused": dict(refused)}
    print(json.dumps({**said, "seconds": round(monotonic() - began, 1)}))
    return 1 if failures else 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets of bytes have an order too
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.argv])
    asked = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*asked, *(COUNT, 0, STEPS)[len(asked) :]))
