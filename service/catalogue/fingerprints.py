"""Tells whether the folder of a checkpoint has changed, without reading its files."""

from __future__ import annotations

import os
from pathlib import Path

from isogloss.models.checkpoint import locate_checkpoint
from isogloss.models.errors import CheckpointNotFoundError

Fingerprint = tuple[tuple[str, int, int, int, int], ...]
"""Name, device, inode, size and time of change of the folder and of each of its files."""


def fingerprint_of(path: Path) -> Fingerprint:
    """Look at a checkpoint; nothing where there is none at the moment.

    A folder that is replaced as a whole has another inode, and so do its files.
    """
    try:
        folder = locate_checkpoint(path)
        seen = [_entry("", folder.stat())]
        with os.scandir(folder) as entries:
            seen += sorted(_entry(entry.name, entry.stat()) for entry in entries)
    except (CheckpointNotFoundError, OSError):
        return ()
    return tuple(seen)


def _entry(name: str, status: os.stat_result) -> tuple[str, int, int, int, int]:
    # A folder's size is no property of a checkpoint, and its time changes with what is beside it.
    size, changed = (status.st_size, status.st_mtime_ns) if name else (0, 0)
    return (name, status.st_dev, status.st_ino, size, changed)
