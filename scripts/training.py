"""The whole way of `isogloss train`: files in, checkpoint out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from isogloss.models.aligners import (
    ALIGNERS,
    AlignerName,
    DirectoryJournal,
    Recipe,
    create_aligner,
)
from isogloss.models.aligners.aligner import Alignment, Observer, Progress
from isogloss.models.aligners.criterion import FOUND_BOUND
from isogloss.models.checkpoint import check_destination, save_checkpoint, sha256_of_file
from isogloss.models.checkpoint.fit_history import history_from_json, history_to_json
from isogloss.models.errors import InputError, NoAlignmentFoundError, ResumeError
from isogloss.models.retrieval import Device, TrainingRecord, Translator, choose_device
from isogloss.models.retrieval.training_history import (
    HistoryRecorder,
    InputFile,
    ObservedStage,
    TrainingHistory,
)
from isogloss.models.spaces.grouped_lexicon import GroupedLexicon, read_grouped_lexicon
from isogloss.models.spaces.lexicon import Lexicon, read_lexicon
from isogloss.models.spaces.readers import OnError, ReadReport, ReadSpace, read_space
from isogloss.scripts.interruption import stops_on_interrupt
from isogloss.scripts.output import notice
from isogloss.scripts.recipe_files import resolved
from isogloss.scripts.report import check_report, write_report

_OBSERVED = "observed.json"


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

    """

    alignment: Alignment
    reports: tuple[ReadReport, ReadReport]
    output: Path | None
    seconds: float
    failure: NoAlignmentFoundError | None
    report: Path | None = None


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
    device = choose_device(options.device)
    check_destination(options.output)
    if options.report is not None:
        check_report(options.report)
    lexicon = _read_lexicon(options)
    source = _read(options.source, options, observe_reading)
    target = _read(options.target, options, observe_reading)
    hashes = _input_hashes(options)
    journal = _open_journal(options, hashes)
    aligner = create_aligner(
        options.aligner,
        recipe=options.recipe,
        lexicon=lexicon,
        seed=options.seed,
        device=str(device),
        journal=journal,
    )
    recorder = HistoryRecorder(_stages_so_far(journal.folder) if options.resume else ())
    failure = None
    try:
        with stops_on_interrupt(_observed_by(recorder, observe)) as observe_or_stop:
            alignment = aligner.fit(source.space, target.space, observe=observe_or_stop)
    except NoAlignmentFoundError as error:
        if not isinstance(error.alignment, Alignment):
            raise
        failure, alignment = error, error.alignment
    except BaseException:
        unfinished = history_to_json(TrainingHistory(stages=recorder.stages()))
        (journal.folder / _OBSERVED).write_bytes(unfinished)
        raise
    saved = failure is None or options.force
    report = options.report if saved or options.reports_failure else None
    if saved or report is not None:
        details = TrainingRecord(
            aligner=options.aligner,
            recipe=resolved(options.recipe),
            seed=options.seed,
            input_hashes=hashes,
            metrics=_metrics(alignment),
            history=TrainingHistory(
                inputs=_inputs(source.report, target.report, options.lexicon, lexicon),
                limit=options.limit,
                bound=None if ALIGNERS[options.aligner].supervised else FOUND_BOUND,
                stages=recorder.stages(),
            ),
        )
        translator = Translator.build(alignment, source.space, target.space, details=details)
        if alignment.found:
            translator = translator.with_posterior(spelling=options.recipe.refinement.spelling)
        if saved:
            _save(translator, options, observe)
        if report is not None:
            write_report(translator, report)
    journal.discard()
    return TrainingOutcome(
        alignment=alignment,
        reports=(source.report, target.report),
        output=options.output if saved else None,
        seconds=time.perf_counter() - begin,
        failure=failure,
        report=report,
    )


def _save(translator: Translator, options: TrainingOptions, observe: Observer) -> None:
    if options.precompute:
        translator = translator.with_table(
            observe=lambda done, of: observe(Progress(stage="neighbours", step=done, total=of))
        )
    save_checkpoint(translator, options.output)


def _observed_by(*observers: Observer) -> Observer:
    def observe(progress: Progress) -> None:
        for each in observers:
            each(progress)

    return observe


def _stages_so_far(folder: Path) -> tuple[ObservedStage, ...]:
    """Give what was observed of an interrupted run; nothing where it was killed outright."""
    file = folder / _OBSERVED
    if not file.exists():
        return ()
    try:
        return history_from_json(file.read_bytes()).stages
    except InputError as error:
        raise ResumeError(f"{file}: damaged; start without --resume") from error


def _inputs(
    source: ReadReport,
    target: ReadReport,
    path: Path | None,
    lexicon: Lexicon | GroupedLexicon | None,
) -> tuple[InputFile, ...]:
    vectors = tuple(
        InputFile(
            role=role,
            name=report.path.name,
            format=report.format,
            words=report.kept,
            dimension=report.dimension,
            zero_vectors=report.zero_vectors,
            skipped=dict(report.skipped),
        )
        for role, report in (("source", source), ("target", target))
    )
    if path is None or lexicon is None:
        return vectors
    taught = InputFile(
        role="lexicon", name=path.name, format=None, words=len(lexicon), dimension=None
    )
    return (*vectors, taught)


def state_folder(output: Path) -> Path:
    """Where the resumable state of a run is kept until it ends.

    The name begins with a dot, so that a server on the folder above takes it for no checkpoint.
    """
    output = output.resolve()
    return output.with_name(f".{output.name}.state")


def _read_lexicon(options: TrainingOptions) -> Lexicon | GroupedLexicon | None:
    if options.lexicon is None:
        return None
    if ALIGNERS[options.aligner].takes_groups:
        return read_grouped_lexicon(options.lexicon)
    return read_lexicon(options.lexicon)


def _read(
    file: VectorFile, options: TrainingOptions, observe: Callable[[str, int], None]
) -> ReadSpace:
    return read_space(
        file.path,
        language=file.language,
        limit=options.limit,
        on_error=options.on_error,
        words=file.words,
        observe=partial(observe, file.path.name),
    )


def _input_hashes(options: TrainingOptions) -> dict[str, str]:
    files = {
        "source": options.source.path,
        "source-words": options.source.words,
        "target": options.target.path,
        "target-words": options.target.words,
        "lexicon": options.lexicon,
    }
    return {role: sha256_of_file(path) for role, path in files.items() if path is not None}


def _open_journal(options: TrainingOptions, hashes: Mapping[str, str]) -> DirectoryJournal:
    folder = state_folder(options.output)
    # Opening would empty it; so it must be a state and not, by a bad chance, somebody's work.
    if folder.exists() and any(folder.iterdir()) and not (folder / "fingerprint.json").is_file():
        raise InputError(f"{folder}: is needed for the state of the run, but holds something else")
    if folder.exists() and not options.resume:
        notice(
            f"{folder} holds the state of an unfinished run; it is overwritten (--resume goes on)"
        )
    if options.resume and not folder.exists():
        notice(f"{folder} does not exist: nothing to resume, the run starts from the beginning")
    fingerprint = {
        "aligner": options.aligner,
        "recipe": json.dumps(resolved(options.recipe), sort_keys=True),
        "seed": str(options.seed),
        "limit": str(options.limit),
        "on-error": options.on_error,
        **{f"sha256 of {role}": digest for role, digest in hashes.items()},
    }
    return DirectoryJournal.open(folder, fingerprint=fingerprint, resume=options.resume)


def _metrics(alignment: Alignment) -> dict[str, float]:
    """Give the criterion of the map, where the aligner measures one."""
    return {"criterion": alignment.stages[-1].criterion} if alignment.stages else {}
