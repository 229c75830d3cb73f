"""The command `isogloss`: joins the commands, each of which has a file in `scripts/commands`.

A command is imported when it is called, so that none waits for what another one needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from isogloss.scripts.exit_codes import errors_as_exit_codes
from isogloss.scripts.listing import COMMANDS, ListedCommand

_SETTINGS = {"help_option_names": ["-h", "--help"]}


class DeferredCommand(TyperCommand):
    """Stands for a command in the list, and gives way to it when it is called."""

    def __init__(self, listed: ListedCommand) -> None:
        super().__init__(listed.name, help=listed.line, rich_help_panel=listed.group)
        self.listed = listed

    def load(self) -> Any:
        """Import the command itself: a `Command` or a `Group` of Click."""
        module, name = self.listed.home
        found = getattr(import_module(module), name)
        if not isinstance(found, typer.Typer):
            only = typer.Typer(
                add_completion=False, pretty_exceptions_enable=False, context_settings=_SETTINGS
            )
            only.command(self.listed.name)(found)
            found = only
        return typer.main.get_command(found)

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **more: Any) -> Any:
        """Begin a call of the command itself."""
        return self.load().make_context(info_name, args, *rest, **more)


class Commands(TyperGroup):
    """Ends each command with the exit code that belongs to its error."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for listed in COMMANDS:
            self.add_command(DeferredCommand(listed))

    def list_commands(self, ctx: Any) -> list[str]:
        """Name the commands, in the order of the help."""
        return list(self.commands)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        with errors_as_exit_codes():
            return super().invoke(ctx)


app = typer.Typer(
    name="isogloss",
    cls=Commands,
    help="Translate words between languages from their embeddings alone.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings=_SETTINGS,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 (costs 20 ms)

        typer.echo(f"isogloss {version('isogloss')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Translate words between languages from their embeddings alone."""


def loaded_group() -> Any:
    """Import every command: the `Group` of Click that holds them all."""
    group: Any = typer.main.get_command(app)
    group.commands = {name: command.load() for name, command in group.commands.items()}
    return group


def main() -> None:
    """Entry point of the command `isogloss`."""
    app(prog_name="isogloss")


if __name__ == "__main__":
    main()
