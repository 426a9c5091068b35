"""The command line: one module per group of commands, gathered here. docs/cli.md is the manual.

Only the module of the command that was asked for is imported: ``kunak panic`` is not to wait for the planner
of ways, nor for what only the benches need.
"""

import sys
from typing import Any

import click

from kunak import __version__
from kunak.cli.gathering import Gathered
from kunak.errors import KunakError
from kunak.vault import forbid_core_dumps

# The command, and where it is: a module of this folder, and its name there.
COMMANDS = {
    "init": "office.init",
    "member": "office.member",
    "up": "office.up_command",
    "relay": "office.relay",
    "invite": "joining.invite",
    "renew": "joining.renew",
    "join": "joining.join",
    "admit": "joining.admit",
    "members": "members.members",
    "vouch": "members.vouch",
    "roles": "members.change_roles",
    "remove": "members.remove",
    "sync": "syncing.sync",
    "bundle": "bundle.bundle",
    "together": "together.together",
    "shred": "keeping.shred",
    "shredded": "keeping.shredded",
    "sweep": "keeping.sweep",
    "chat-time": "keeping.chat_time",
    "surge": "surge.surge",
    "passphrase": "passphrase.passphrase",
    "kit": "kit.kit",
    "paper": "paper.paper",
    "intake-file": "intake_file.intake_file",
    "succession": "succession.succession",
    "drill": "drill.drill",
    "challenge": "signboard.challenge_group",
    "address": "signboard.address",
    "verify-address": "signboard.verify_address",
    "panic": "panic.panic",
    "travel": "travel.travel",
    "demo": "demo.command",
    "ways": "ways.ways",
    "bench": "benches.bench",
}


class _Kunak(Gathered):
    """A group whose errors are one sentence and a hint on stderr, with the exit code of their family."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KunakError as problem:
            from kunak.cli.desk import translate  # noqa: PLC0415 (not sooner: the workbench comes with it)

            told = (problem.sentence(translate), problem.advice(translate))
            click.echo(" ".join(filter(None, told)), err=True)
            sys.exit(problem.exit_code)


@click.group(cls=_Kunak, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kunak")
def main() -> None:
    """A workbench for human-rights defenders when a state turns on a group of people."""
    forbid_core_dumps()  # most commands are told a passphrase, or hold keys
