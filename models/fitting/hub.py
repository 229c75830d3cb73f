"""The whole way from several spaces to a hub, and out of it to a translator for any direction."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field

from isogloss.models.aligners import AlignerName, Recipe, create_aligner
from isogloss.models.aligners.hub import Hub, HubRecipe, fit_hub
from isogloss.models.aligners.registry import find_aligner
from isogloss.models.choices import Device, OnError
from isogloss.models.errors import OptionError
from isogloss.models.fitting.inputs import ObserveReading, VectorInput, read_input
from isogloss.models.fitting.pair import Guard
from isogloss.models.fitting.recipe_files import resolved
from isogloss.models.progress.observation import Observer, ignore_progress
from isogloss.models.retrieval import TrainingRecord, Translator, choose_device
from isogloss.models.spaces.readers import ReadReport


@dataclass(frozen=True, slots=True, kw_only=True)
class HubOptions:
    """How a hub is fitted.

    Attributes:
        aligner: Fits each language to the first.
        recipe: Its settings.
        hub: How the hub is made of that.
        limit: Most frequent words of each language that are read; None: all.
        seed: Of everything random.
        device: Where to compute.
        on_error: What becomes of a bad word.
        force: Whether to go on with the best map where none was found.

    """

    aligner: AlignerName = "self-learning"
    recipe: Recipe = field(default_factory=Recipe)
    hub: HubRecipe = field(default_factory=HubRecipe)
    limit: int | None = None
    seed: int = 0
    device: Device = "auto"
    on_error: OnError = "fail"
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedHub:
    """Several languages in one space.

    Attributes:
        hub: Their maps into it.
        options: How it was fitted.
        reports: Language → what was read.
        hashes: Language → sha256 of its vectors.
        seconds: Time of it all, the reading too.

    """

    hub: Hub
    options: HubOptions
    reports: Mapping[str, ReadReport]
    hashes: Mapping[str, str]
    seconds: float

    @property
    def languages(self) -> tuple[str, ...]:
        """Their codes, the one first to which the others were aligned."""
        return tuple(self.hub.spokes)

    def translator(self, source: str, target: str) -> Translator:
        """Build the translator of a direction, with its composed map.

        Raises:
            OptionError: A language is not in the hub, or both are the same.

        """
        options = self.options
        alignment = self.hub.alignment(source, target)
        details = TrainingRecord(
            aligner="hub",
            recipe={
                **resolved(options.recipe),
                "hub": {
                    **asdict(options.hub),
                    "languages": list(self.languages),
                    "aligner": options.aligner,
                },
            },
            seed=options.seed,
            input_hashes={"source": self.hashes[source], "target": self.hashes[target]},
            metrics={"criterion": alignment.stages[-1].criterion},
        )
        spokes = self.hub.spokes
        translator = Translator.build(
            alignment, spokes[source].space, spokes[target].space, details=details
        )
        if not alignment.found:
            return translator
        return translator.with_posterior(spelling=options.recipe.refinement.spelling)


def fit_many(
    inputs: Mapping[str, VectorInput],
    options: HubOptions,
    *,
    observe: Observer = ignore_progress,
    observe_reading: ObserveReading = lambda name, count: None,
    guard: Guard = nullcontext,
) -> FittedHub:
    """Read several spaces and fit a hub of them.

    Args:
        inputs: Language → its vectors; the others are aligned to the first.
        options: How.
        observe: Is told of every step of the fit.
        observe_reading: Is told how many words are read.
        guard: Is asked for the observer while the fit runs.

    Raises:
        InputError: A file, an object or an option cannot be used.
        NoAlignmentFoundError: A language was not aligned, and ``force`` does not ask to go on.
        TrainingInterruptedError: The observer ended the fit.

    """
    begin = time.perf_counter()
    if find_aligner(options.aligner).supervised:
        raise OptionError(f"aligner: a hub learns without a dictionary; found {options.aligner}")
    if len(inputs) < 2:
        raise OptionError(f"a hub needs at least two languages, found {len(inputs)}")
    device = choose_device(options.device)
    read = {
        language: read_input(
            given, limit=options.limit, on_error=options.on_error, observe=observe_reading
        )
        for language, given in inputs.items()
    }
    aligner = create_aligner(
        options.aligner, recipe=options.recipe, seed=options.seed, device=device
    )
    with guard(observe) as observe_or_stop:
        hub = fit_hub(
            {language: each.space for language, each in read.items()},
            aligner,
            options.hub,
            device=device,
            force=options.force,
            observe=observe_or_stop,
        )
    return FittedHub(
        hub=hub,
        options=options,
        reports={language: each.report for language, each in read.items()},
        hashes={language: each.hashes[""] for language, each in read.items()},
        seconds=time.perf_counter() - begin,
    )
