"""What a fit remembers, so that an interrupted one can go on.

A fit is a sequence of named units of work. The result of a finished unit is recorded; a fit that is
resumed recalls it instead of computing it again. Everything random is seeded per unit, so a resumed
fit ends in the same result as an uninterrupted one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from isogloss.models.errors import FileError, ResumeError

_FINGERPRINT = "fingerprint.json"


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Name the folder where its disk is full or read-only."""
    try:
        yield
    # safetensors has no other error for it.
    except (OSError, SafetensorError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or error
        raise FileError(folder, f"the state of the run cannot be written: {why}") from error


@runtime_checkable
class Journal(Protocol):
    """Where the units of a fit are recorded."""

    def recall(self, unit: str) -> Mapping[str, Tensor] | None:
        """Give what was recorded for a unit; None where nothing was."""

    def record(self, unit: str, tensors: Mapping[str, Tensor]) -> None:
        """Record a unit, in place of what was recorded for it before."""


@dataclass(frozen=True, slots=True)
class NoJournal:
    """Remembers nothing."""

    def recall(self, unit: str) -> Mapping[str, Tensor] | None:
        """Recall nothing."""
        return None

    def record(self, unit: str, tensors: Mapping[str, Tensor]) -> None:
        """Record nothing."""


@dataclass(frozen=True, slots=True)
class DirectoryJournal:
    """Keeps every unit in a safetensors file of its own.

    Attributes:
        folder: Where the files lie.

    """

    folder: Path

    @classmethod
    def open(
        cls, folder: Path, *, fingerprint: Mapping[str, str], resume: bool
    ) -> DirectoryJournal:
        """Open a folder for a run.

        Args:
            folder: Made where it is missing; emptied first unless ``resume``.
            fingerprint: All that the result depends on: inputs, recipe, seed, aligner.
            resume: Go on with what is there.

        Raises:
            ResumeError: What is there belongs to another run; names the fields that differ.
            FileError: The folder cannot be written.

        """
        recorded = folder / _FINGERPRINT
        if resume and recorded.exists():
            found = _read_fingerprint(recorded)
            differing = sorted(
                name for name in {*fingerprint, *found} if fingerprint.get(name) != found.get(name)
            )
            if differing:
                raise ResumeError(
                    f"{folder} was left by a run that differs in: {', '.join(differing)}"
                )
            return cls(folder)
        shutil.rmtree(folder, ignore_errors=True)
        with _writing(folder):
            folder.mkdir(parents=True)
            recorded.write_text(json.dumps(dict(fingerprint), indent=2, sort_keys=True), "utf-8")
        return cls(folder)

    def recall(self, unit: str) -> Mapping[str, Tensor] | None:
        """Give what was recorded for a unit; None where nothing was.

        Raises:
            ResumeError: The file is damaged.

        """
        path = self._path(unit)
        if not path.exists():
            return None
        try:
            return load_file(path)
        except SafetensorError as error:
            raise ResumeError(f"{path}: damaged; start without --resume") from error

    def record(self, unit: str, tensors: Mapping[str, Tensor]) -> None:
        """Record a unit; a reader sees the old file or the new one, never half of it."""
        path = self._path(unit)
        unfinished = path.with_suffix(".unfinished")
        whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        with _writing(self.folder):
            save_file(whole, unfinished)
            unfinished.replace(path)

    def discard(self) -> None:
        """Delete everything, once the run is done."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, unit: str) -> Path:
        return self.folder / f"{unit}.safetensors"


def _read_fingerprint(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ResumeError(f"{path}: damaged; start without --resume") from error
    if not isinstance(found, dict):
        raise ResumeError(f"{path}: damaged; start without --resume")
    return found
