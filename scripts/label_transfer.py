"""The whole way of `isogloss transfer-labels`: files in, a table of labels out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from isogloss.models.aligners import Recipe, SelfLearningAligner
from isogloss.models.checkpoint import load_checkpoint
from isogloss.models.errors import FileError, OptionError
from isogloss.models.label_transfer.labels import read_labels
from isogloss.models.label_transfer.transfer import LabelTransferRecipe
from isogloss.models.label_transfer.word_labels import WordLabels, transfer_word_labels
from isogloss.models.maps.alignment import Alignment
from isogloss.models.progress.observation import Observer
from isogloss.models.retrieval import Device, choose_device
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.readers import read_space
from isogloss.models.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTransferOptions:
    """What the user asked for; the fields are the options of `isogloss transfer-labels`."""

    source: Path
    labels: Path
    target: Path
    output: Path
    checkpoint: Path | None
    same_space: bool
    steps: int
    limit: int | None
    seed: int
    device: Device


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelTransferOutcome:
    """What came of it.

    Attributes:
        labels: The labels of the target words.
        given: Words in the file of labels.
        verdict: On the alignment; None where there was none to find.

    """

    labels: WordLabels
    given: int
    verdict: Verdict | None


def transfer(
    options: LabelTransferOptions,
    *,
    observe: Observer,
    observe_reading: Callable[[str, int], None],
) -> LabelTransferOutcome:
    """Read, align, carry the labels over, write.

    Raises:
        InputError: A file or an option cannot be used.
        CheckpointError: The checkpoint cannot be loaded.
        NoAlignmentFoundError: The spaces could not be brought together.
        DivergenceError: A loss is NaN or exploded.

    """
    if options.same_space and options.checkpoint is not None:
        raise OptionError("--same-space: the spaces need no --checkpoint then")
    labels = read_labels(options.labels)
    source, target = (
        read_space(
            path, language=role, limit=options.limit, observe=partial(observe_reading, path.name)
        ).space
        for path, role in ((options.source, "source"), (options.target, "target"))
    )
    alignment = _alignment(options, source, target, observe)
    recipe = LabelTransferRecipe()
    found = transfer_word_labels(
        source,
        labels,
        target,
        alignment,
        replace(recipe, plan=replace(recipe.plan, steps=options.steps)),
        seed=options.seed,
        observe=observe,
    )
    _write(options.output, found)
    verdict = None if alignment is None else alignment.verdict
    return LabelTransferOutcome(labels=found, given=len(labels), verdict=verdict)


def _alignment(
    options: LabelTransferOptions,
    source: EmbeddingSpace,
    target: EmbeddingSpace,
    observe: Observer,
) -> Alignment | None:
    if options.same_space:
        return None
    if options.checkpoint is not None:
        return load_checkpoint(options.checkpoint).alignment
    device = str(choose_device(options.device))
    aligner = SelfLearningAligner(recipe=Recipe(), seed=options.seed, device=device)
    return aligner.fit(source, target, observe=observe)


def _write(path: Path, found: WordLabels) -> None:
    lines = ["\t".join(("word", "label", *found.names))]
    for word, label, row in zip(
        found.words, found.best(), found.probabilities.tolist(), strict=True
    ):
        lines.append("\t".join((word, label, *(f"{value:.4f}" for value in row))))
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise FileError(path, f"cannot be written: {error.strerror}") from error
