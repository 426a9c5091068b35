"""A group of commands whose modules are imported when one is asked for, and no sooner."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class Gathered(click.Group):
    """``places`` says for each command where it is: a module of ``kunak.cli``, a dot, and its name there."""

    def __init__(self, *args: Any, places: Mapping[str, str], **attrs: Any) -> None:
        super().__init__(*args, **attrs)
        self.places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.places:
            return None
        module, _, name = self.places[cmd_name].partition(".")
        command = getattr(import_module(f"kunak.cli.{module}"), name)
        assert isinstance(command, click.Command)
        return command
