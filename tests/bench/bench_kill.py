"""Kill a writing program at each of many points, on every store that lasts, and look: prints JSON.

    python tests/bench/bench_kill.py [KIND…]

What a point is, see tests/seizure/killing.py. A broken promise ends it with a traceback.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "seizure"))
import killing

POINTS = {
    "sqlite": range(1, 501),
    "sqlite-bytes": range(1, 400_000, 797),
    "postgres": range(1, 501),
    "postgres-server": range(5, 305, 15),
    "bundle": range(1, 501),
}


def main(kinds: list[str]) -> None:
    for kind in kinds or POINTS:
        with TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)  # a server of its own, run by another user, lies below
            print(json.dumps(killing.kill_all(kind, Path(folder), list(POINTS[kind]))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
