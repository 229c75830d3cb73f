"""Where a report is written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from isogloss.models.errors import OptionError

if TYPE_CHECKING:
    from isogloss.models.retrieval import Translator


def default_report(checkpoint: Path) -> Path:
    """Name the report of a checkpoint: `NAME.report.html` beside its folder.

    Not in the folder, which holds what the manifest names and nothing else.
    """
    checkpoint = Path(os.path.realpath(checkpoint))
    return checkpoint.with_name(f"{checkpoint.name}.report.html")


def check_report(path: Path) -> None:
    """Refuse a place where no report can be written; to be asked before a long fit.

    Raises:
        OptionError: The path is a folder.

    """
    if path.is_dir():
        raise OptionError(f"{path}: expected the name of a report, found a folder")


def write_report(translator: Translator, path: Path) -> None:
    """Write the report of the run that made a translator; an older one is replaced as a whole.

    The folder is made where it is missing.
    """
    from isogloss.scripts.report.content import gather  # noqa: PLC0415 (needs matplotlib)
    from isogloss.scripts.report.page import render  # noqa: PLC0415

    page = render(gather(translator)).encode("utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_bytes(page)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
