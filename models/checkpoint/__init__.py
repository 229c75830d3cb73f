"""The folder in which a translator is kept; the only code that knows its format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.models.lazy_names import lazy_names

if TYPE_CHECKING:
    from isogloss.models.checkpoint.folder import (
        check_destination,
        find_checkpoints,
        locate_checkpoint,
    )
    from isogloss.models.checkpoint.hashes import sha256_of_file
    from isogloss.models.checkpoint.loading import load_checkpoint
    from isogloss.models.checkpoint.manifest import FORMAT_VERSION, Manifest, read_manifest
    from isogloss.models.checkpoint.saving import save_checkpoint

__all__ = [
    "FORMAT_VERSION",
    "Manifest",
    "check_destination",
    "find_checkpoints",
    "load_checkpoint",
    "locate_checkpoint",
    "read_manifest",
    "save_checkpoint",
    "sha256_of_file",
]

__getattr__ = lazy_names(
    __name__,
    {
        ".folder": ("check_destination", "find_checkpoints", "locate_checkpoint"),
        ".hashes": ("sha256_of_file",),
        ".loading": ("load_checkpoint",),
        ".manifest": ("FORMAT_VERSION", "Manifest", "read_manifest"),
        ".saving": ("save_checkpoint",),
    },
)
