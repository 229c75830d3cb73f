"""The way of `isogloss train-hub` around the fit: one checkpoint per direction."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from pathlib import Path

from isogloss.models.checkpoint import check_destination, save_checkpoint
from isogloss.models.errors import OptionError
from isogloss.models.fitting.hub import FittedHub, HubOptions, fit_many
from isogloss.models.fitting.inputs import VectorInput
from isogloss.models.fitting.interruption import stops_on_interrupt
from isogloss.models.progress.observation import Observer, Progress
from isogloss.models.spaces.readers import ReadReport
from isogloss.models.verdict import Verdict
from isogloss.scripts.training import announce_stop


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRun:
    """What the user asked for: the files, where the checkpoints go, and how the hub is fitted."""

    files: Mapping[str, Path]
    output: Path
    directions: tuple[tuple[str, str], ...]
    options: HubOptions


@dataclass(frozen=True, slots=True)
class ServedDirection:
    """A checkpoint that was written.

    Attributes:
        pair: For instance ``fr-es``.
        checkpoint: Its folder.
        criterion: Held-out agreement of the composed map.
        verdict: Whether that is enough for an alignment.

    """

    pair: str
    checkpoint: Path
    criterion: float
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class HubOutcome:
    """What came of it.

    Attributes:
        reports: Language → what was read.
        directions: The checkpoints.
        fit_seconds: Time of the fits and of the hub.
        seconds: Time of the whole run.

    """

    reports: Mapping[str, ReadReport]
    directions: tuple[ServedDirection, ...]
    fit_seconds: float
    seconds: float


def choose_directions(
    languages: Sequence[str], asked: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Find the directions that are meant; all of them where none is named.

    Raises:
        OptionError: One is no pair of two of the languages.

    """
    possible = {f"{a}-{b}": (a, b) for a, b in permutations(languages, 2)}
    for pair in asked:
        if pair not in possible:
            known = ", ".join(possible) or "none"
            raise OptionError(f"--direction: expected one of {known}; found {pair!r}")
    return tuple(possible[pair] for pair in asked) or tuple(possible.values())


def train_hub(
    run: HubRun, *, observe: Observer, observe_reading: Callable[[str, int], None]
) -> HubOutcome:
    """Read all spaces, fit the hub, and save a checkpoint per direction, with its composed map.

    Raises:
        InputError: A file or an option cannot be used.
        CheckpointError: A folder cannot be written; asked before the fit too.
        NoAlignmentFoundError: A language was not aligned, and `force` does not ask to go on.
        TrainingInterruptedError: Ctrl-C.

    """
    begin = time.perf_counter()
    for source, target in run.directions:
        check_destination(run.output / f"{source}-{target}")
    fitted = fit_many(
        {name: VectorInput(source=path, language=name) for name, path in run.files.items()},
        run.options,
        observe=observe,
        observe_reading=observe_reading,
        guard=partial(stops_on_interrupt, go_on="of a hub nothing is kept", announce=announce_stop),
    )
    directions = []
    for number, (source, target) in enumerate(run.directions, start=1):
        directions.append(_save(fitted, source, target, run.output))
        total = len(run.directions)
        observe(Progress(stage="hub: checkpoints", step=number, total=total))
    return HubOutcome(
        reports=fitted.reports,
        directions=tuple(directions),
        fit_seconds=fitted.hub.seconds,
        seconds=time.perf_counter() - begin,
    )


def _save(fitted: FittedHub, source: str, target: str, output: Path) -> ServedDirection:
    translator = fitted.translator(source, target)
    folder = output / translator.pair
    save_checkpoint(translator, folder)
    criterion = translator.alignment.stages[-1].criterion
    return ServedDirection(translator.pair, folder, criterion, translator.verdict)
