"""The command line: one module per group of commands, gathered here. docs/cli.md is the manual."""

import sys
from typing import Any

import click

from kunak import __version__
from kunak.cli import (
    bench_intake,
    bundle,
    demo,
    drill,
    intake_file,
    joining,
    keeping,
    kit,
    members,
    office,
    panic,
    paper,
    passphrase,
    signboard,
    succession,
    surge,
    syncing,
    together,
    travel,
    ways,
)
from kunak.cli.desk import translate
from kunak.errors import KunakError
from kunak.vault import forbid_core_dumps


class _Kunak(click.Group):
    """A group whose errors are one sentence and a hint on stderr, with the exit code of their family."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KunakError as problem:
            told = (problem.sentence(translate), problem.advice(translate))
            click.echo(" ".join(filter(None, told)), err=True)
            sys.exit(problem.exit_code)


@click.group(cls=_Kunak, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kunak")
def main() -> None:
    """A workbench for human-rights defenders when a state turns on a group of people."""
    forbid_core_dumps()  # most commands are told a passphrase, or hold keys


for command in (
    office.init,
    office.member,
    office.up_command,
    office.relay,
    *joining.commands,
    *members.commands,
    syncing.sync,
    bundle.bundle,
    together.together,
    *keeping.commands,
    surge.surge,
    passphrase.passphrase,
    kit.kit,
    paper.paper,
    intake_file.intake_file,
    succession.succession,
    drill.drill,
    *signboard.commands,
    panic.panic,
    travel.travel,
    demo.command,
    *ways.ways_commands,
    bench_intake.bench,
):
    main.add_command(command)
