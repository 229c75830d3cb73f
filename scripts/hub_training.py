"""The whole way of `isogloss train-hub`: files in, one checkpoint per direction out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import permutations
from pathlib import Path

from isogloss.models.aligners import AlignerName, Recipe, create_aligner
from isogloss.models.aligners.aligner import Observer, Progress
from isogloss.models.aligners.hub import Hub, HubRecipe, fit_hub
from isogloss.models.checkpoint import check_destination, save_checkpoint, sha256_of_file
from isogloss.models.errors import OptionError
from isogloss.models.retrieval import Device, TrainingRecord, Translator, choose_device
from isogloss.models.spaces.readers import OnError, ReadReport, read_space
from isogloss.scripts.interruption import stops_on_interrupt
from isogloss.scripts.recipe_files import resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class HubOptions:
    """What the user asked for; the fields are the options of `isogloss train-hub`."""

    files: Mapping[str, Path]
    output: Path
    directions: tuple[tuple[str, str], ...]
    aligner: AlignerName
    recipe: Recipe
    hub: HubRecipe
    limit: int | None
    seed: int
    device: Device
    on_error: OnError
    force: bool


@dataclass(frozen=True, slots=True)
class ServedDirection:
    """A checkpoint that was written.

    Attributes:
        pair: For instance ``fr-es``.
        checkpoint: Its folder.
        criterion: Held-out agreement of the composed map.
        found: Whether that is enough for an alignment.

    """

    pair: str
    checkpoint: Path
    criterion: float
    found: bool


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
    options: HubOptions, *, observe: Observer, observe_reading: Callable[[str, int], None]
) -> HubOutcome:
    """Read all spaces, fit the hub, and save a checkpoint per direction, with its composed map.

    Raises:
        InputError: A file or an option cannot be used.
        CheckpointError: A folder cannot be written; asked before the fit too.
        NoAlignmentFoundError: A language was not aligned, and `force` does not ask to go on.
        TrainingInterruptedError: Ctrl-C.

    """
    begin = time.perf_counter()
    device = choose_device(options.device)
    for source, target in options.directions:
        check_destination(options.output / f"{source}-{target}")
    read = {
        language: read_space(
            path,
            language=language,
            limit=options.limit,
            on_error=options.on_error,
            observe=partial(observe_reading, path.name),
        )
        for language, path in options.files.items()
    }
    aligner = create_aligner(
        options.aligner, recipe=options.recipe, seed=options.seed, device=str(device)
    )
    with stops_on_interrupt(observe) as observe_or_stop:
        hub = fit_hub(
            {language: each.space for language, each in read.items()},
            aligner,
            options.hub,
            device=str(device),
            force=options.force,
            observe=observe_or_stop,
        )
    hashes = {language: sha256_of_file(path) for language, path in options.files.items()}
    directions = []
    for number, (source, target) in enumerate(options.directions, start=1):
        directions.append(_save(hub, source, target, options, hashes))
        total = len(options.directions)
        observe(Progress(stage="hub: checkpoints", step=number, total=total))
    return HubOutcome(
        reports={language: each.report for language, each in read.items()},
        directions=tuple(directions),
        fit_seconds=hub.seconds,
        seconds=time.perf_counter() - begin,
    )


def _save(
    hub: Hub, source: str, target: str, options: HubOptions, hashes: Mapping[str, str]
) -> ServedDirection:
    alignment = hub.alignment(source, target)
    criterion = alignment.stages[-1].criterion
    languages = list(options.files)
    details = TrainingRecord(
        aligner="hub",
        recipe={
            **resolved(options.recipe),
            "hub": {**asdict(options.hub), "languages": languages, "aligner": options.aligner},
        },
        seed=options.seed,
        input_hashes={"source": hashes[source], "target": hashes[target]},
        metrics={"criterion": criterion},
    )
    translator = Translator.build(
        alignment, hub.spokes[source].space, hub.spokes[target].space, details=details
    )
    if alignment.found:
        translator = translator.with_posterior(spelling=options.recipe.refinement.spelling)
    folder = options.output / translator.pair
    save_checkpoint(translator, folder)
    return ServedDirection(translator.pair, folder, criterion, alignment.found)
