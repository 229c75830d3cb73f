"""The folder in which a translator is kept; the only code that knows its format."""

from isogloss.models.checkpoint.folder import check_destination, find_checkpoints, locate_checkpoint
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
