"""`isogloss key`."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from isogloss.scripts.options import JsonOption
from isogloss.scripts.output import notice, print_json
from isogloss.service.keys import Key, Role, digest_of, make_key


def _check_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name):
        raise typer.BadParameter(f"expected up to 64 letters, digits and ._-, found {name!r}")
    return name


def key(
    name: Annotated[
        str, typer.Argument(callback=_check_name, help="Who gets the key; stands in the logs.")
    ],
    *,
    role: Annotated[Role, typer.Option(help="What the key may do.")] = "read",
    rate: Annotated[
        float | None,
        typer.Option(
            min=0, help="Requests a second; 0 any number.", show_default="that of the server"
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make an API key for the service.

    And the line for its key file, which holds the hash of the key alone.
    """
    secret = make_key()
    line = Key(name, role, digest_of(secret), rate).line()
    if as_json:
        print_json({"key": secret, "line": line})
        return
    typer.echo(f"key   {secret}")
    typer.echo(f"line  {line}")
    notice("the key is shown this once; only its hash can be kept")
