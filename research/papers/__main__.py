"""`python -m research.papers NAME`: joins the papers' experiments, each a file of this folder."""

from __future__ import annotations

import importlib
from typing import Any

import typer
from typer.core import TyperGroup

from isogloss.models.errors import OptionError
from isogloss.scripts.exit_codes import errors_as_exit_codes
from research.catalogue import EXPERIMENTS

_MODULES = {each.command: each.module for each in EXPERIMENTS if each.command is not None}
"""Name of the command → the module below `research` whose function `reproduce` it is.
A module is imported when its command is used: it brings POT and matplotlib along."""


class Experiments(TyperGroup):
    """Imports an experiment only when it is asked for; errors become exit codes."""

    def invoke(self, ctx: Any) -> Any:
        """Run the experiment that was named."""
        with errors_as_exit_codes():
            return super().invoke(ctx)

    def list_commands(self, ctx: Any) -> list[str]:
        """Name the experiments."""
        return list(_MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Find the command of an experiment."""
        if cmd_name not in _MODULES:
            return None
        try:
            module = importlib.import_module(f"research.{_MODULES[cmd_name]}")
        except ModuleNotFoundError as error:
            raise OptionError(
                f"{cmd_name}: expected the extra `research` to be installed, "
                f"found no module {error.name}"
            ) from error
        alone = typer.Typer(
            add_completion=False, context_settings={"help_option_names": ["-h", "--help"]}
        )
        alone.command(cmd_name)(module.reproduce)
        return typer.main.get_command(alone)


reproduce = typer.Typer(
    cls=Experiments,
    help="Repeat a paper's experiment: its figures beside ours, several seeds, JSON and pictures.",
    no_args_is_help=True,
)


@reproduce.callback()
def _group() -> None:
    """Repeat a paper's experiment: its figures beside ours, several seeds, JSON and pictures."""


if __name__ == "__main__":
    reproduce(prog_name="python -m research.papers")
