"""The whole way from two spaces to a translator."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from isogloss.models.aligners import AlignerName, Recipe, create_aligner
from isogloss.models.aligners.registry import find_aligner
from isogloss.models.choices import Device, OnError
from isogloss.models.errors import InputError, NoAlignmentFoundError
from isogloss.models.fitting.inputs import (
    ObserveReading,
    ReadInput,
    TaughtLexicon,
    VectorInput,
    input_files,
    read_input,
    read_taught,
)
from isogloss.models.fitting.recipe_files import resolved
from isogloss.models.fitting.state import keep_stages, open_state, stages_so_far
from isogloss.models.maps.alignment import Alignment
from isogloss.models.progress.journal import DirectoryJournal, Journal, NoJournal
from isogloss.models.progress.observation import Observer, Progress, ignore_progress
from isogloss.models.retrieval import TrainingRecord, Translator, choose_device
from isogloss.models.retrieval.training_history import HistoryRecorder, TrainingHistory
from isogloss.models.spaces.lexicon_fit import LexiconFit, lexicon_fit
from isogloss.models.spaces.readers import ReadReport

Guard = Callable[[Observer], AbstractContextManager[Observer]]
"""Gives the observer of a fit, which may end it; for instance at the step after a Ctrl-C."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairOptions:
    """How a pair is fitted.

    Attributes:
        aligner: Which one.
        recipe: Its settings.
        lexicon: What :func:`isogloss.models.fitting.inputs.read_taught` takes, or None.
        limit: Most frequent words of each side that are read; None: all.
        seed: Of everything random.
        device: Where to compute.
        on_error: What becomes of a bad word.
        state: Folder in which an interrupted fit keeps what it has done; None: it keeps nothing.
        resume: Whether to go on with what is there.
        keeps_failure: Whether a translator is wanted of a map that was not found too.

    """

    aligner: AlignerName = "neural-gw"
    recipe: Recipe = field(default_factory=Recipe)
    lexicon: object = None
    limit: int | None = None
    seed: int = 0
    device: Device = "auto"
    on_error: OnError = "fail"
    state: Path | None = None
    resume: bool = False
    keeps_failure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairOutcome:
    """What came of a fit.

    Attributes:
        alignment: The map with its stages.
        translator: What answers by it; None where it was not found and is not wanted.
        reports: What was read of the source and of the target.
        failure: Why it counts as not found; None where it was.
        seconds: Time of it all.
        lexicon: How the lexicon fits the vocabularies; None without one.

    """

    alignment: Alignment
    translator: Translator | None
    reports: tuple[ReadReport, ReadReport]
    failure: NoAlignmentFoundError | None
    seconds: float
    lexicon: LexiconFit | None
    _journal: Journal

    def discard_state(self) -> None:
        """Delete what was kept to go on with, once the result is safe."""
        if isinstance(self._journal, DirectoryJournal):
            self._journal.discard()


def fit_pair(
    source: VectorInput,
    target: VectorInput,
    options: PairOptions,
    *,
    observe: Observer = ignore_progress,
    observe_reading: ObserveReading = lambda name, count: None,
    guard: Guard = nullcontext,
) -> PairOutcome:
    """Read two spaces, fit the map between them, and build the translator.

    A fit that found nothing is an outcome and not an error here: its figures are to be shown.

    Args:
        source: Vectors to translate from.
        target: Vectors to translate to.
        options: How.
        observe: Is told of every step of the fit.
        observe_reading: Is told how many words are read.
        guard: Is asked for the observer while the fit runs.

    Raises:
        InputError: A file, an object or an option cannot be used.
        DivergenceError: The loss became NaN or exploded; the last good state was saved.
        TrainingInterruptedError: The observer ended the fit; the state was saved.
        ResumeError: The saved state belongs to another run.

    """
    begin = time.perf_counter()
    registered = find_aligner(options.aligner)
    registered.check_lexicon(given=options.lexicon is not None)
    device = choose_device(options.device)
    taught = (
        None
        if options.lexicon is None
        else read_taught(options.lexicon, groups=registered.takes_groups)
    )
    read = [
        read_input(given, limit=options.limit, on_error=options.on_error, observe=observe_reading)
        for given in (source, target)
    ]
    hashes = _hashes(read[0], read[1], taught)
    missing = _missing_folders(options.state)
    journal = _open_journal(options, hashes)
    aligner = create_aligner(
        options.aligner,
        recipe=options.recipe,
        lexicon=None if taught is None else taught.lexicon,
        seed=options.seed,
        device=device,
        journal=journal,
    )
    recorder = HistoryRecorder(
        stages_so_far(journal) if options.resume and isinstance(journal, DirectoryJournal) else ()
    )
    failure = None
    try:
        with guard(_observed_by(recorder, observe)) as observe_or_stop:
            alignment = aligner.fit(read[0].space, read[1].space, observe=observe_or_stop)
    except NoAlignmentFoundError as error:
        if not isinstance(error.alignment, Alignment):
            raise
        failure, alignment = error, error.alignment
    except InputError:
        # Nothing of it could be of use to a run with other files.
        if isinstance(journal, DirectoryJournal) and not options.resume:
            journal.discard()
            for folder in missing:
                with suppress(OSError):  # somebody else may use it by now
                    folder.rmdir()
        raise
    except BaseException:
        if isinstance(journal, DirectoryJournal):
            keep_stages(journal, recorder.stages())
        raise
    translator = None
    if failure is None or options.keeps_failure:
        details = TrainingRecord(
            aligner=options.aligner,
            recipe=resolved(options.recipe),
            seed=options.seed,
            input_hashes=hashes,
            metrics=_metrics(alignment),
            history=TrainingHistory(
                inputs=input_files(read[0].report, read[1].report, taught),
                limit=options.limit,
                bound=alignment.verdict.bound,
                stages=recorder.stages(),
            ),
        )
        translator = Translator.build(alignment, read[0].space, read[1].space, details=details)
        if alignment.found:
            translator = translator.with_posterior(spelling=options.recipe.refinement.spelling)
    return PairOutcome(
        alignment=alignment,
        translator=translator,
        reports=(read[0].report, read[1].report),
        failure=failure,
        seconds=time.perf_counter() - begin,
        lexicon=None
        if taught is None
        else lexicon_fit(taught.lexicon, read[0].space, read[1].space),
        _journal=journal,
    )


def _observed_by(*observers: Observer) -> Observer:
    def observe(progress: Progress) -> None:
        for each in observers:
            each(progress)

    return observe


def _hashes(source: ReadInput, target: ReadInput, taught: TaughtLexicon | None) -> dict[str, str]:
    hashes = {
        f"{role}{part}": digest
        for role, read in (("source", source), ("target", target))
        for part, digest in read.hashes.items()
    }
    return hashes if taught is None else {**hashes, "lexicon": taught.sha256}


def _missing_folders(state: Path | None) -> list[Path]:
    """Folders above the state that a run makes for itself, the innermost first."""
    return [] if state is None else [each for each in state.parents if not each.exists()]


def _open_journal(options: PairOptions, hashes: dict[str, str]) -> Journal:
    if options.state is None:
        return NoJournal()
    fingerprint = {
        "aligner": options.aligner,
        "recipe": resolved(options.recipe),
        "seed": options.seed,
        "limit": str(options.limit),
        "on-error": options.on_error,
        **{f"sha256 of {role}": digest for role, digest in hashes.items()},
    }
    return open_state(options.state, fingerprint, resume=options.resume)


def _metrics(alignment: Alignment) -> dict[str, float]:
    """Give the agreement of the map, where the aligner measures one."""
    return {"criterion": alignment.stages[-1].criterion} if alignment.stages else {}
