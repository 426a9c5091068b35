"""A program: a supervised worker side that locks itself after a second. python idling.py FOLDER PORT"""

import sys
from pathlib import Path

from kunak.cli import up

IDLE_S = 1.0

if __name__ == "__main__":
    process = up.worker(Path(sys.argv[1]), int(sys.argv[2]), None, idle_minutes=IDLE_S / 60)
    with up.running(process):
        up.watch(process)
