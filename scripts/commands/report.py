"""`isogloss report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isogloss.scripts.options import Checkpoint, JsonOption
from isogloss.scripts.output import print_json


def report(
    checkpoint: Checkpoint,
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write. Else DIR.report.html."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the report of a fit, as one HTML file."""
    from isogloss.models.checkpoint import load_checkpoint
    from isogloss.scripts.report import check_report, default_report, write_report

    path = output or default_report(checkpoint)
    check_report(path)
    write_report(load_checkpoint(checkpoint), path)
    if as_json:
        print_json({"output": str(path)})
    else:
        typer.echo(str(path))
