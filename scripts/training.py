"""The way of `isogloss train` around the fit: where the result goes, and what the user is told."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from isogloss.models.aligners import AlignerName, Recipe
from isogloss.models.aligners.registry import ALIGNERS
from isogloss.models.checkpoint import check_destination, save_checkpoint
from isogloss.models.choices import Device, OnError
from isogloss.models.errors import NoAlignmentFoundError
from isogloss.models.fitting.inputs import VectorInput
from isogloss.models.fitting.interruption import stops_on_interrupt
from isogloss.models.fitting.pair import PairOptions, fit_pair
from isogloss.models.fitting.state import state_folder
from isogloss.models.maps.alignment import Alignment
from isogloss.models.progress.observation import Observer, Progress
from isogloss.models.retrieval import Translator
from isogloss.models.spaces.lexicon_fit import LexiconFit
from isogloss.models.spaces.readers import ReadReport
from isogloss.scripts.output import notice
from isogloss.scripts.report import check_report, write_report


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorFile:
    """A file of word vectors.

    Attributes:
        path: The file.
        language: Code of its language.
        words: The list of words, for an array file that holds none; None for the others.

    """

    path: Path
    language: str
    words: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """What the user asked for; the fields are the options of `isogloss train`.

    ``report`` is where the report goes, None where none is wanted. A run that saves nothing writes
    one only if ``reports_failure``: the report beside an older checkpoint is that checkpoint's.
    """

    source: VectorFile
    target: VectorFile
    output: Path
    aligner: AlignerName
    recipe: Recipe
    lexicon: Path | None
    limit: int | None
    seed: int
    device: Device
    on_error: OnError
    resume: bool
    force: bool
    precompute: bool = False
    report: Path | None = None
    reports_failure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingOutcome:
    """What came of it.

    Attributes:
        alignment: The map with its stages.
        reports: What was read from the source and the target file.
        output: The checkpoint, or None where nothing was saved.
        seconds: Time of the whole run.
        failure: Why there is no checkpoint, or why it is one that was forced.
        report: The report, or None where none was written.
        translator: What was saved or reported; None where neither was.
        lexicon: How the lexicon fits the vocabularies; None without one.

    """

    alignment: Alignment
    reports: tuple[ReadReport, ReadReport]
    output: Path | None
    seconds: float
    failure: NoAlignmentFoundError | None
    report: Path | None = None
    translator: Translator | None = None
    lexicon: LexiconFit | None = None


def train(
    options: TrainingOptions, *, observe: Observer, observe_reading: Callable[[str, int], None]
) -> TrainingOutcome:
    """Read, fit, save.

    A fit that found nothing is an outcome and not an error here: its figures are to be shown. It is
    saved only where `force` asks for it.

    Raises:
        InputError: A file or an option cannot be used.
        CheckpointError: The output cannot be written; asked before the fit too.
        DivergenceError: The loss became NaN or exploded; the last good state was saved.
        TrainingInterruptedError: Ctrl-C; the state was saved.
        ResumeError: The saved state belongs to another run.

    """
    begin = time.perf_counter()
    ALIGNERS[options.aligner].check_lexicon(given=options.lexicon is not None)
    check_destination(options.output)
    if options.report is not None:
        check_report(options.report)
    state = state_folder(options.output)
    _say_what_becomes_of(state, resume=options.resume)
    outcome = fit_pair(
        _input(options.source),
        _input(options.target),
        PairOptions(
            aligner=options.aligner,
            recipe=options.recipe,
            lexicon=options.lexicon,
            limit=options.limit,
            seed=options.seed,
            device=options.device,
            on_error=options.on_error,
            state=state,
            resume=options.resume,
            keeps_failure=options.force or (options.report is not None and options.reports_failure),
        ),
        observe=observe,
        observe_reading=observe_reading,
        guard=partial(
            stops_on_interrupt,
            go_on="the state is saved, the same command with --resume goes on",
            announce=announce_stop,
        ),
    )
    saved = outcome.failure is None or options.force
    report = options.report if saved or options.reports_failure else None
    if outcome.translator is not None:
        if saved:
            _save(outcome.translator, options, observe)
        if report is not None:
            write_report(outcome.translator, report)
    outcome.discard_state()
    return TrainingOutcome(
        alignment=outcome.alignment,
        reports=outcome.reports,
        output=options.output if saved else None,
        seconds=time.perf_counter() - begin,
        failure=outcome.failure,
        report=report,
        translator=outcome.translator,
        lexicon=outcome.lexicon,
    )


def _input(file: VectorFile) -> VectorInput:
    return VectorInput(source=file.path, language=file.language, words=file.words)


def announce_stop() -> None:
    """Say that the fit ends at its next step."""
    # Not through Python's streams: the signal may have come while one of them was writing.
    os.write(2, b"\nnotice: stopping at the next step; Ctrl-C again stops at once\n")


def _say_what_becomes_of(state: Path, *, resume: bool) -> None:
    if state.exists() and not resume:
        notice(
            f"{state} holds the state of an unfinished run; it is overwritten (--resume goes on)"
        )
    if resume and not state.exists():
        notice(f"{state} does not exist: nothing to resume, the run starts from the beginning")


def _save(translator: Translator, options: TrainingOptions, observe: Observer) -> None:
    if options.precompute:
        translator = translator.with_table(
            observe=lambda done, of: observe(Progress(stage="neighbours", step=done, total=of))
        )
    save_checkpoint(translator, options.output)
