"""``python -m kunak`` is the ``kunak`` command."""

from kunak.cli import main

main(prog_name="kunak")
