"""Whatever bytes come from outside, only the four families of errors come out, in bounded memory; as JSON.

    python tests/bench/bench_fuzz.py [--examples 200000] [--only NAME] [--seed 1]

Each target is one reader of bytes with whole samples of what it reads. Hypothesis draws small programs, which
flip, cut, insert, repeat, swap and splice a sample, put giant or wrong lengths and nests without end into it, or
replace one value of it, or of a frame or JSON within it, by another; or it draws random bytes. Targets named
``…/inside`` seal (and sign) the mutated plain bytes with the right keys, as a member, a device or a colleague could
who means harm.

Every example is run once under tracemalloc: ``peak_mib`` is the most that one took, ``rss_mib`` how much the
process grew in the target; no example is given more than MOST_BYTES beyond what the process has. ``slowest`` is the
longest that one took. Ends with 1 where anything but Refused, Locked, Unreachable or Damaged came out, or
where one took more than its limit.
"""

import argparse
import base64
import gc
import json
import resource
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "contracts")]
sys.path[:0] = [str(Path(__file__).parents[1] / "exchange")]

from fuzz_mutations import mutated  # noqa: E402
from fuzz_target import Target  # noqa: E402
from fuzz_targets import targets  # noqa: E402

from kunak.errors import Damaged, KunakError, Locked, Refused, Unreachable  # noqa: E402

FAMILIES = (Refused, Locked, Unreachable, Damaged)
MOST_MIB = 64
AT_ONCE = 2500  # examples of one run of hypothesis, which remembers all that it drew
MOST_BYTES = 256 << 20
SLOW = 5.0  # seconds: worth a look, on a machine that does other things too
_MIB = 1 << 20


class Failure(NamedTuple):
    """Something that came out and should not have."""

    error: str
    where: str
    input: str  # base64 of the smallest that was seen


class Tally:
    """What came out of one target."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.examples = 0
        self.out: Counter[str] = Counter()
        self.peak = 0
        self.slowest = 0.0
        self.failures: dict[tuple[str, str], bytes] = {}

    def one(self, drawn_: tuple[int, bytes, bytes]) -> None:
        """Run one example."""
        chance, program, junk = drawn_
        given_bytes = mutated(self.target.samples, program) if chance else junk
        self.examples += 1
        began = time.monotonic()
        tracemalloc.start(1)
        try:
            self.target.run(given_bytes)
            self.out["taken"] += 1
        except FAMILIES as refusal:
            self.out[next(one.__name__ for one in FAMILIES if isinstance(refusal, one))] += 1
        except Exception as wrong:  # what this bench is for
            self._failed(wrong, given_bytes)
        finally:
            self.peak = max(self.peak, tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            self.slowest = max(self.slowest, time.monotonic() - began)

    def _failed(self, wrong: Exception, given_bytes: bytes) -> None:
        trace = wrong.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
        self.out["failed"] += 1
        name = f"KunakError {wrong.code}" if isinstance(wrong, KunakError) else type(wrong).__name__
        known = self.failures.get((name, where))
        if known is None or len(given_bytes) < len(known):
            self.failures[name, where] = given_bytes

    def told(self, seconds: float, grew: float) -> dict[str, object]:
        """This target's part of the report."""
        return {
            "examples": self.examples,
            **dict(sorted(self.out.items())),
            "peak_mib": round(self.peak / _MIB, 2),
            "rss_mib": round(grew, 1),
            "slowest": round(self.slowest, 2),
            "seconds": round(seconds, 1),
            "failures": [
                Failure(name, where, base64.b64encode(one).decode())._asdict()
                for (name, where), one in self.failures.items()
            ],
        }


def drawn(samples: list[bytes]) -> st.SearchStrategy[bytes]:
    """Mutations of the samples, and one time in five random bytes."""
    return st.tuples(st.integers(0, 4), st.binary(min_size=1, max_size=36), st.binary(max_size=300))


def fuzz(target: Target, examples: int, number: int) -> Tally:
    """Run a target in batches, each with a seed and a fresh office of its own."""
    tally = Tally(target)
    for begin in range(0, examples, AT_ONCE):
        target.begin()
        bounded()
        run = settings(
            max_examples=min(AT_ONCE, examples - begin),
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        seed(number + begin)(run(given(drawn(target.samples))(tally.one)))()
    return tally


def bounded() -> None:
    """Let no example take more memory than it may: what asks for more gets a MemoryError, which is a failure."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def shares(all_targets: list[Target], examples: int) -> Iterator[tuple[Target, int]]:
    """How many of the examples each target gets: at least so many in all, by weight."""
    whole = sum(target.weight for target in all_targets)
    for target in all_targets:
        yield target, -(-examples * target.weight // whole)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--examples", type=int, default=200_000)
    asked.add_argument("--only", default="")
    asked.add_argument("--seed", type=int, default=1)
    given_ = asked.parse_args()
    shm = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=shm) as folder:
        chosen = [one for one in targets(Path(folder)) if given_.only in one.name]
        report, began = {}, time.perf_counter()
        for target, examples in shares(chosen, given_.examples):
            report[target.name] = measured(lambda t=target, n=examples: fuzz(t, n, given_.seed))  # type: ignore[misc]
    total = sum(int(str(one["examples"])) for one in report.values())
    failed = sum(len(one["failures"]) for one in report.values())  # type: ignore[arg-type]
    over = [name for name, one in report.items() if max(one["peak_mib"], one["rss_mib"]) > MOST_MIB]  # type: ignore[type-var]
    families = {
        family: sum(int(str(one.get(family, 0))) for one in report.values())
        for family in ("taken", *(one.__name__ for one in FAMILIES))
    }
    seconds = round(time.perf_counter() - began, 1)
    print(
        json.dumps(
            {
                "targets": report,
                "total": total,
                **families,
                "failures": failed,
                "over_limit": over,
                "slow": [name for name, one in report.items() if float(str(one["slowest"])) > SLOW],
                "seconds": seconds,
            },
            indent=1,
        )
    )
    return 1 if failed or over or total < given_.examples else 0


def measured(work: Callable[[], Tally]) -> dict[str, object]:
    """What a target's run told, with its time and how much the process grew by it."""
    gc.collect()
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    tally = work()
    grew = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    told = tally.told(time.perf_counter() - began, grew)
    print(
        tally.target.name, {key: told[key] for key in told if key != "failures"}, file=sys.stderr, flush=True
    )
    return told


if __name__ == "__main__":
    sys.exit(main())
