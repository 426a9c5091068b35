"""Every parser of outside bytes, given bytes of every kind: prints JSON.

    python tests/bench/bench_fuzz.py [EXAMPLES [SEED [WORDS OF A TARGET'S NAME]]]

Random bytes, whole things that were changed (bits turned, cut, spliced, lengths made huge) and things that promise
more than they hold. Only the four families of errors may come out. No example may take more than MOST_BYTES of
memory: the process is not given more than that beyond what it has. Exits with 1 if anything else came out.
"""

import gc
import json
import logging
import resource
import sys
import tracemalloc
import warnings
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "contracts"))
from fuzzing import BOMBS, FAMILIES, Target, all_targets, rebuilt

EXAMPLES = 210_000
MOST_BYTES = 256 << 20  # that one example may take
TRACED = 150  # examples of each target of which every allocation is counted
SLOW = 5.0  # seconds: worth a look, on a machine that does other things too


@st.composite
def changed(draw: st.DrawFn, whole: list[bytes]) -> bytes:
    """A whole thing, changed in one to four places."""
    content = bytearray(draw(st.sampled_from(whole)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        match draw(st.integers(0, 6)):
            case 0 if content:
                content[at] ^= 1 << draw(st.integers(0, 7))
            case 1 if content:
                content[at] = draw(st.integers(0, 255))
            case 2:
                del content[at:]
            case 3:
                content[at:at] = draw(st.binary(max_size=12))
            case 4:
                content[at : at + 5] = draw(st.sampled_from(BOMBS))[:5]
            case 5:
                del content[at : at + draw(st.integers(1, 40))]
            case _:
                content[at:at] = content[at : at + draw(st.integers(1, 200))]
    return bytes(content)


@st.composite
def exchanged(draw: st.DrawFn, whole: list[bytes]) -> bytes:
    """A whole thing in which one to three parts were exchanged for others of any kind."""
    content, chance = draw(st.sampled_from(whole)), Random(draw(st.integers(0, 1 << 40)))
    for _ in range(chance.randint(1, 3)):
        content = rebuilt(content, chance)
    return content


def any_bytes(whole: list[bytes]) -> st.SearchStrategy[bytes]:
    made = (changed(whole), exchanged(whole), exchanged(whole))
    return st.one_of(*made, st.binary(max_size=400), st.sampled_from(BOMBS))


def fuzz(target: Target, examples: int, number: int) -> dict[str, object]:
    """What came of one target."""
    came: Counter[str] = Counter()
    wrong: dict[str, str] = {}
    peak = slowest = 0.0
    count = 0

    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(any_bytes([bytes(one) for one in target.whole]))
    def one(content: bytes) -> None:
        nonlocal count, peak, slowest
        count += 1
        is_traced = count <= TRACED
        if is_traced:
            tracemalloc.start()
        began = monotonic()
        try:
            target.parse(content)
            came["taken"] += 1
        except FAMILIES as refused:
            came[refused.code] += 1
        except Exception as other:  # that is what is looked for
            came["WRONG"] += 1
            wrong.setdefault(f"{type(other).__name__}: {other}"[:200], content.hex()[:4000])
        slowest = max(slowest, monotonic() - began)
        if is_traced:
            peak = max(peak, tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

    with suppress(*FAMILIES):
        target.parse(bytes(target.whole[0]))  # whatever it starts or keeps, it has now
    _bounded()
    began = monotonic()
    one()
    gc.collect()
    return {
        "target": target.name,
        "examples": count,
        "came": dict(came.most_common()),
        "wrong": wrong,
        "peak_mib": round(peak / 2**20, 1),
        "slowest": round(slowest, 2),
        "seconds": round(monotonic() - began, 1),
    }


def _bounded() -> None:
    """Let no example take more memory than it may: what asks for more gets a MemoryError, which is wrong."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def main(examples: int, number: int, words: str) -> int:
    warnings.simplefilter("ignore")
    logging.disable()
    began = monotonic()
    results = []
    with TemporaryDirectory() as place:
        targets = [one for one in all_targets(Path(place)) if words in one.name]
        share = examples / sum(one.weight for one in targets)
        for target in targets:
            results.append(fuzz(target, max(int(share * target.weight), 1), number))
            print(json.dumps(results[-1]), file=sys.stderr, flush=True)
    said = {
        "examples": sum(int(str(one["examples"])) for one in results),
        "targets": len(results),
        "wrong": {one["target"]: one["wrong"] for one in results if one["wrong"]},
        "slow": {one["target"]: one["slowest"] for one in results if float(str(one["slowest"])) > SLOW},
        "most_traced_mib": max(float(str(one["peak_mib"])) for one in results),
        "process_peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "seconds": round(monotonic() - began, 1),
        "seed": number,
        "each": results,
    }
    print(json.dumps(said))
    return 1 if said["wrong"] else 0


if __name__ == "__main__":
    asked = sys.argv[1:]
    sys.exit(
        main(
            int(asked[0]) if asked else EXAMPLES,
            int(asked[1]) if len(asked) > 1 else 1,
            " ".join(asked[2:]),
        )
    )
