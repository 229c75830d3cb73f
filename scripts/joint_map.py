"""The whole way of `isogloss map`: two vocabularies in, the places of their words out."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from isogloss.models.aligners.judging import judge_map
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.checkpoint import load_checkpoint
from isogloss.models.errors import InputError, OptionError
from isogloss.models.evaluation import closer_than_the_match
from isogloss.models.neighbours.csls import csls
from isogloss.models.optimal_transport.joint_embedding import (
    MapOptions,
    VocabularyMap,
    map_vocabularies,
)
from isogloss.models.probability.posterior_fit import AGREEMENT_WORDS
from isogloss.models.retrieval import Device, choose_device
from isogloss.models.spaces import EmbeddingSpace, Normalizer, read_lexicon, read_space
from isogloss.models.verdict import Verdict

WORDS_FOR_THE_MEAN = 20_000
"""Words of a file whose mean is taken off; the map itself shows fewer."""

_TEMPERATURE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vocabulary:
    """Words of one language and their normalised vectors, the most frequent first.

    Attributes:
        language: Its code.
        words: Those on the map.
        vectors: Theirs, of shape [words, dimension].
        frequent: Those of more words, by which it is told whether an alignment was found: a few
            hundred words are too few to fix a map of as many dimensions, however well they lie.

    """

    language: str
    words: tuple[str, ...]
    vectors: np.ndarray
    frequent: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointMap:
    """Two vocabularies on one map, ready to be drawn.

    Attributes:
        source: The source words.
        target: The target words.
        result: Their places.
        agreement: Whether the start found an alignment: held-out agreement, 0 to 1. That of the
            checkpoint where the start is a fitted map; NaN where it does not know it.
        verdict: Whether the two languages lie on each other for a reason.
        from_checkpoint: Whether the start is a fitted map.
        seconds: Time of reading and embedding.

    """

    source: Vocabulary
    target: Vocabulary
    result: VocabularyMap
    agreement: float
    verdict: Verdict
    from_checkpoint: bool
    seconds: float

    @property
    def found(self) -> bool:
        """Whether the two languages lie on each other for a reason."""
        return self.verdict.found

    @property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates of the source and of the target words."""
        embedding = self.result.embedding
        return embedding.source_places.cpu().numpy(), embedding.target_places.cpu().numpy()


def map_files(
    source: tuple[Path, str],
    target: tuple[Path, str],
    *,
    words: int,
    options: MapOptions,
    device: Device,
    observe: Callable[[int, int], None] = lambda done, of: None,
) -> JointMap:
    """Map two files of word vectors, without any correspondence.

    Args:
        source: File and language code.
        target: File and language code.
        words: Most frequent words of each to show.
        options: How to draw.
        device: Where to compute.
        observe: Is told the number of steps done, and of how many at most.

    """
    begin = time.perf_counter()
    vocabularies = [_normalised(path, language, words) for path, language in (source, target)]
    return _joint_map(
        (vocabularies[0], vocabularies[1]),
        options,
        device,
        fitted=None,
        begin=begin,
        observe=observe,
    )


def map_checkpoint(
    folder: Path,
    *,
    words: int,
    options: MapOptions,
    device: Device,
    observe: Callable[[int, int], None] = lambda done, of: None,
) -> JointMap:
    """Map the words of a checkpoint, starting from its alignment.

    Source words stand where the checkpoint's map sends them; a softmax over CSLS couples them to
    the target words.
    """
    begin = time.perf_counter()
    translator = load_checkpoint(folder)
    source = translator.source.most_frequent(words)
    mapped, target = translator.align(source.vectors), translator.retriever.target[:words]
    sides = (
        Vocabulary(language=source.language, words=source.words, vectors=mapped, frequent=mapped),
        Vocabulary(
            language=translator.target_language,
            words=translator.target_words[:words],
            vectors=np.asarray(target),
            frequent=np.asarray(target),
        ),
    )
    stages = translator.alignment.stages
    agreement = stages[-1].criterion if stages else math.nan
    x, y = (torch.from_numpy(np.array(side.vectors)) for side in sides)
    # Per target word: the start asks for each of them where it comes from.
    coupling = torch.softmax(csls(x @ y.T) / _TEMPERATURE, dim=0)
    return _joint_map(
        sides,
        options,
        device,
        fitted=_Fitted(coupling, agreement, translator.verdict),
        begin=begin,
        observe=observe,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Fitted:
    """What a checkpoint knows of its map."""

    coupling: torch.Tensor
    agreement: float
    verdict: Verdict


def share_closer(joint: JointMap, lexicon: Path) -> tuple[float, int]:
    """Measure how far apart listed translations lie: FOSCTTM, and over how many pairs.

    Each source word counts with its first translation on the map.

    Raises:
        InputError: Fewer than 2 pairs of the lexicon are on the map.

    """
    rows = {word: row for row, word in enumerate(joint.source.words)}
    columns = {word: row for row, word in enumerate(joint.target.words)}
    pairs: dict[int, int] = {}
    for word, translations in read_lexicon(lexicon).entries.items():
        shown = [item for item in translations if item in columns]
        # A target word may stand for one source word only, or it would be its own rival.
        if word in rows and shown and columns[shown[0]] not in pairs.values():
            pairs[rows[word]] = columns[shown[0]]
    if len(pairs) < 2:
        raise InputError(f"{lexicon}: expected at least 2 pairs on the map, found {len(pairs)}")
    source, target = joint.places
    chosen = source[list(pairs)], target[list(pairs.values())]
    return float(closer_than_the_match(*chosen).mean()), len(pairs)


def _normalised(path: Path, language: str, words: int) -> Vocabulary:
    space: EmbeddingSpace = read_space(
        path, language=language, limit=max(words, WORDS_FOR_THE_MEAN)
    ).space
    frequent = Normalizer.of(space)(space.vectors)
    return Vocabulary(
        language=language,
        words=space.words[:words],
        vectors=frequent[:words],
        frequent=frequent[:AGREEMENT_WORDS],
    )


def _joint_map(
    sides: tuple[Vocabulary, Vocabulary],
    options: MapOptions,
    device: Device,
    *,
    fitted: _Fitted | None,
    begin: float,
    observe: Callable[[int, int], None],
) -> JointMap:
    source, target = sides
    for side in (source, target):
        if len(side.words) < 3:
            raise OptionError(f"map: expected 3 words of {side.language}, found {len(side.words)}")
    result = map_vocabularies(
        source.vectors,
        target.vectors,
        options=options,
        coupling=None if fitted is None else fitted.coupling,
        device=str(choose_device(device)),
        observe=observe,
    )
    if fitted is None:
        verdict = _verdict(source, target, result.coupling)
        agreement = math.nan if verdict.agreement is None else verdict.agreement
    else:
        verdict, agreement = fitted.verdict, fitted.agreement
    return JointMap(
        source=source,
        target=target,
        result=result,
        agreement=agreement,
        verdict=verdict,
        from_checkpoint=fitted is not None,
        seconds=time.perf_counter() - begin,
    )


def _verdict(source: Vocabulary, target: Vocabulary, coupling: torch.Tensor) -> Verdict:
    """Judge, by frequent words, the orthogonal map that the coupling gives."""
    x, y = (torch.from_numpy(np.array(side.vectors)) for side in (source, target))
    plan = coupling.to("cpu", x.dtype)
    images = plan @ y / plan.sum(dim=1, keepdim=True).clamp_min(torch.finfo(x.dtype).tiny)
    weight = orthogonal_map(x, images)
    x, y = (torch.from_numpy(np.array(side.frequent)) for side in (source, target))
    return judge_map(x, y, x @ weight.T)
