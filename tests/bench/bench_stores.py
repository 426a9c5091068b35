"""How long a commit takes, lasting on return: 200 commits of one blob of 400 bytes; prints JSON.

python tests/bench/bench_stores.py
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "contracts"))
import vault_office

from kunak.vault import Store
from kunak.vault.stores import Blob


def floor(folder: Path) -> list[float]:
    """What the disk itself takes: append 400 bytes, fsync."""
    took = []
    with open(folder / "floor", "ab", buffering=0) as file:
        for _ in range(200):
            began = time.perf_counter()
            file.write(os.urandom(400))
            os.fsync(file)
            took.append(time.perf_counter() - began)
    return took


def commits(store: Store) -> list[float]:
    store.commit([Blob("body", b"first", b"")])
    took = []
    for number in range(200):
        blob = Blob("body", b"%d" % number, os.urandom(400))
        began = time.perf_counter()
        store.commit([blob])
        took.append(time.perf_counter() - began)
    store.close()
    return took


def told(took: list[float]) -> dict[str, float]:
    of_hundred = statistics.quantiles(took, n=100)
    return {"median_ms": round(of_hundred[49] * 1000, 3), "p95_ms": round(of_hundred[94] * 1000, 3)}


def main() -> None:
    with TemporaryDirectory() as folder:
        found = {"append and fsync": told(floor(Path(folder)))}
        for name, make in vault_office.STORES.items():
            found[name] = told(commits(make(Path(folder))))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
