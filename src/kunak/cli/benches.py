"""``kunak bench``: what must be fast, measured on this machine."""

import click

from kunak.cli.gathering import Gathered

BENCHES = {
    "ways": "bench_ways.bench_ways",
    "vault": "bench_vault.bench_vault",
    "intake": "bench_intake.bench_intake",
}


@click.group(cls=Gathered, places=BENCHES)
def bench() -> None:
    """Measure what must be fast."""
