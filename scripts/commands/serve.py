"""`isogloss serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isogloss.models.choices import Device
from isogloss.scripts.options import JsonOption


def serve(
    *,
    checkpoints: Annotated[Path, typer.Option(help="A checkpoint, or a folder of checkpoints.")],
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="0 takes a free one.", show_default="8000"),
    ] = None,
    device: Annotated[
        Device | None,
        typer.Option(help="Where maps and indexes run.", show_default="auto"),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes that answer on the port.", show_default="1"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Serve translations over HTTP until Ctrl-C.

    Other settings come from ISOGLOSS_ variables.
    """
    from isogloss.scripts.serving import (
        check_checkpoints,
        check_workers,
        listen,
        read_settings,
        run_server,
    )
    from isogloss.service.exposure import check_exposure
    from isogloss.service.keys import read_keys

    settings = read_settings(
        checkpoints=checkpoints, host=host, port=port, device=device, workers=workers
    )
    check_exposure(settings)
    if settings.keys is not None:
        read_keys(settings.keys)
    check_workers(settings)
    check_checkpoints(checkpoints)
    with listen(settings.host, settings.port) as listener:
        run_server(settings, listener, as_json=as_json)
