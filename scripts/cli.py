"""The command `isogloss`: joins the commands, each of which has a file in `scripts/commands`."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from isogloss.scripts.commands.distance import distance
from isogloss.scripts.commands.download import download
from isogloss.scripts.commands.evaluate import evaluate
from isogloss.scripts.commands.generate import generate
from isogloss.scripts.commands.index import index
from isogloss.scripts.commands.info import info
from isogloss.scripts.commands.key import key
from isogloss.scripts.commands.lexicon import lexicon
from isogloss.scripts.commands.map import map_
from isogloss.scripts.commands.plot import plot
from isogloss.scripts.commands.report import report
from isogloss.scripts.commands.serve import serve
from isogloss.scripts.commands.train import train
from isogloss.scripts.commands.train_hub import train_hub
from isogloss.scripts.commands.transfer_labels import transfer_labels
from isogloss.scripts.commands.translate import translate
from isogloss.scripts.exit_codes import errors_as_exit_codes


class Commands(TyperGroup):
    """Ends each command with the exit code that belongs to its error."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        with errors_as_exit_codes():
            return super().invoke(ctx)


app = typer.Typer(
    name="isogloss",
    cls=Commands,
    help="Translate words between languages from their embeddings alone.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (train, evaluate, translate, info, index, key, serve):
    app.command()(command)
app.command()(lexicon)
app.command()(distance)
app.command()(generate)
app.command()(train_hub)
app.command()(report)
app.command()(plot)
app.command()(transfer_labels)
app.command("map")(map_)
app.add_typer(download, name="download")


def main() -> None:
    """Entry point of the command `isogloss`."""
    app()


if __name__ == "__main__":
    main()
