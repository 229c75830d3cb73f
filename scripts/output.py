"""Results to standard output: as text for people, or as one JSON document for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console


def print_json(document: Mapping[str, object]) -> None:
    """Print one JSON document; a figure that is not finite becomes null."""
    typer.echo(json.dumps(_finite(document), ensure_ascii=False, indent=2, allow_nan=False))


def console() -> Console:
    """Make the console of results, without colours where standard output is not a terminal."""
    from rich.console import Console  # noqa: PLC0415 (not for JSON)

    return Console(highlight=False)


def notice(message: str) -> None:
    """Say on standard error what the user should know but did not ask for."""
    typer.echo(f"notice: {message}", err=True)


def _finite(value: object) -> object:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {str(key): _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case _:
            return value
