"""The file of what was observed during the fit."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from isogloss.models.checkpoint import contents
from isogloss.models.checkpoint.manifest import HistoryEntry, Manifest
from isogloss.models.errors import CheckpointContentError, InputError
from isogloss.models.retrieval.training_history import TrainingHistory

_ADAPTER = TypeAdapter(TrainingHistory)


def write_history(folder: Path, history: TrainingHistory | None) -> HistoryEntry | None:
    """Write what was observed during the fit, where it was kept."""
    if history is None:
        return None
    (folder / contents.HISTORY).write_bytes(history_to_json(history))
    return HistoryEntry(file=contents.HISTORY)


def read_history(folder: Path, manifest: Manifest) -> TrainingHistory | None:
    """Read what was observed during the fit, where it was kept.

    Raises:
        CheckpointContentError: The file holds something else.

    """
    if manifest.history is None:
        return None
    file = folder / manifest.history.file
    try:
        return history_from_json(file.read_bytes())
    except InputError as error:
        raise CheckpointContentError(f"{file}: {error}") from error


def history_to_json(history: TrainingHistory) -> bytes:
    """Write a history as JSON."""
    return _ADAPTER.dump_json(history) + b"\n"


def history_from_json(data: bytes) -> TrainingHistory:
    """Read a history that was written as JSON.

    Raises:
        InputError: It is no history; names the field.

    """
    try:
        return _ADAPTER.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{place or 'history'}: {first['msg']}") from error
