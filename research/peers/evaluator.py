"""One evaluator for all: aligned vectors of any program, asked like a translator of our own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from isogloss.models.evaluation import WordRanks, word_ranks
from isogloss.models.maps.alignment import Alignment
from isogloss.models.maps.networks import LinearTransport
from isogloss.models.retrieval import TrainingRecord, Translator
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon
from isogloss.models.spaces.normalizer import Normalizer
from isogloss.models.spaces.readers import read_space
from research.peers.programs import Aligned, Task


def evaluate_aligned(aligned: Aligned, task: Task, lexicon: Lexicon) -> WordRanks:
    """Rank translations by CSLS among the whole target vocabulary.

    Raises:
        InputError: The program wrote no vectors, or not those of the words that it was given.

    """
    source, target = read_aligned(aligned, task)
    return word_ranks(translator_of(source, target, centred=aligned.centred), lexicon)


def read_aligned(aligned: Aligned, task: Task) -> tuple[EmbeddingSpace, EmbeddingSpace]:
    """Read both sides as a program wrote them."""
    return (
        _read(aligned.source, task.source, task.source_language),
        _read(aligned.target, task.target, task.target_language),
    )


def translator_of(
    source: EmbeddingSpace, target: EmbeddingSpace, *, centred: bool = False
) -> Translator:
    """Make a translator of two sides that lie in one space already.

    Args:
        source: Vectors of the source words.
        target: Vectors of the target words in the same space.
        centred: Whether the target's vectors are still to be put on their mean.

    """
    none = Normalizer(np.zeros(source.dimension, np.float32))
    alignment = Alignment(
        source_normalizer=none,
        transport=LinearTransport(torch.eye(source.dimension)),
        target_normalizer=Normalizer.fit(target.vectors) if centred else none,
    )
    return Translator.build(alignment, source, target, details=_NO_DETAILS)


_NO_DETAILS = TrainingRecord(aligner="another program", recipe={}, seed=0)


def _read(written: Path, given: Path, language: str) -> EmbeddingSpace:
    if written.suffix != ".pt":
        return read_space(written, language=language).space
    # Vectors alone, in the order of the words of the input; the words are pickled beside them.
    vectors = torch.load(written, weights_only=True)
    words = read_space(given, language=language).space.words
    return EmbeddingSpace(language, words, vectors.float().numpy())
