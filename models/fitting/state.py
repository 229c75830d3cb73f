"""The folder in which an interrupted fit keeps what it has done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from isogloss.models.checkpoint.fit_history import history_from_json, history_to_json
from isogloss.models.errors import InputError, ResumeError
from isogloss.models.progress.journal import DirectoryJournal
from isogloss.models.retrieval.training_history import ObservedStage, TrainingHistory

_OBSERVED = "observed.json"
_FINGERPRINT = "fingerprint.json"


def state_folder(output: Path) -> Path:
    """Where the state of a run is kept that is to end in the checkpoint ``output``.

    The name begins with a dot, so that a server on the folder above takes it for no checkpoint.
    """
    output = output.resolve()
    return output.with_name(f".{output.name}.state")


def open_state(
    folder: Path, fingerprint: Mapping[str, object], *, resume: bool
) -> DirectoryJournal:
    """Open the folder of a run; what another run left there is removed unless ``resume``.

    Args:
        folder: Made where it is missing.
        fingerprint: All that the result depends on.
        resume: Go on with what is there.

    Raises:
        InputError: The folder holds something else than the state of a run.
        ResumeError: What is there belongs to another run; names the fields that differ.

    """
    # Opening would empty it; so it must be a state and not, by a bad chance, somebody's work.
    if folder.exists() and (
        not folder.is_dir() or (any(folder.iterdir()) and not (folder / _FINGERPRINT).is_file())
    ):
        raise InputError(f"{folder}: is needed for the state of the run, but holds something else")
    fields = {
        name: value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        for name, value in fingerprint.items()
    }
    return DirectoryJournal.open(folder, fingerprint=fields, resume=resume)


def keep_stages(journal: DirectoryJournal, stages: tuple[ObservedStage, ...]) -> None:
    """Keep what was observed of a run that did not end."""
    unfinished = history_to_json(TrainingHistory(stages=stages))
    (journal.folder / _OBSERVED).write_bytes(unfinished)


def stages_so_far(journal: DirectoryJournal) -> tuple[ObservedStage, ...]:
    """Give what was observed of an interrupted run; nothing where it was killed outright.

    Raises:
        ResumeError: The file is damaged.

    """
    file = journal.folder / _OBSERVED
    if not file.exists():
        return ()
    try:
        return history_from_json(file.read_bytes()).stages
    except InputError as error:
        raise ResumeError(f"{file}: damaged; start anew, without the state") from error
