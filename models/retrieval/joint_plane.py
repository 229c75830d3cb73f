"""Both spaces of a translator in one plane, before and after the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from isogloss.models.errors import OptionError
from isogloss.models.retrieval.translator import Translator

_FEWEST_PAIRS = 3


@dataclass(frozen=True, slots=True, eq=False)
class JointPlane:
    """Places of the most frequent words of both languages under one linear projection.

    The target words stand in the same places before and after.

    Attributes:
        before: Source words as their file has them, of shape [n, 2].
        after: Images of the source words, of shape [n, 2].
        target: Target words, of shape [k, 2].
        share: Share of the variance that the plane shows: of images and target words, or of those
            of the pairs that chose it.

    """

    before: Float[np.ndarray, "n 2"]
    after: Float[np.ndarray, "n 2"]
    target: Float[np.ndarray, "k 2"]
    share: float


def project_to_plane(
    translator: Translator, *, words: int, pairs: Sequence[tuple[int, int]] = ()
) -> JointPlane:
    """Project both spaces onto the first two principal axes of images and target words together.

    With pairs, the axes are those of the middles of these pairs: the plane in which they are
    farthest from each other. How near the two of a pair lie plays no part in the choice.

    Before the map, the normalised source vectors are read as if their coordinates were the
    target's: coordinates that the target has not are dropped, those that the source has not are 0.

    Args:
        translator: The translator.
        words: Most frequent words of each side.
        pairs: Rows of source words and of their translations, among these words; fewer than three
            choose no axes.

    Raises:
        OptionError: ``words`` is less than 1.

    """
    if words < 1:
        raise OptionError(f"words: expected at least 1, found {words}")
    source = translator.source.most_frequent(words).vectors
    target = np.asarray(translator.retriever.target[:words], np.float64)
    image = translator.align(source).astype(np.float64)
    together = spread = np.concatenate([image, target])
    if len(pairs) >= _FEWEST_PAIRS:
        rows, answers = np.array(pairs, np.int64).T
        together = np.concatenate([image[rows], target[answers]])
        spread = (image[rows] + target[answers]) / 2
    mean = spread.mean(axis=0)
    axes = _principal_axes(spread - mean)
    share = _share(together - mean, axes)
    unaligned = np.zeros(image.shape)
    shared = min(source.shape[1], target.shape[1])
    unaligned[:, :shared] = translator.alignment.source_normalizer(source)[:, :shared]
    before, after, beside = ((points - mean) @ axes for points in (unaligned, image, target))
    return JointPlane(before=before, after=after, target=beside, share=share)


def _share(centred: np.ndarray, axes: np.ndarray) -> float:
    """Give the share of the variance that two axes show."""
    total = float((centred**2).sum())
    return float(((centred @ axes) ** 2).sum()) / total if total > 0 else 0.0


def _principal_axes(centred: np.ndarray) -> np.ndarray:
    """Give two axes of shape [d, 2], each with a sign that does not depend on chance."""
    _, vectors = np.linalg.eigh(centred.T @ centred)
    axes = np.zeros((centred.shape[1], 2))
    found = vectors[:, ::-1][:, :2]
    largest = np.abs(found).argmax(axis=0)
    axes[:, : found.shape[1]] = found * np.sign(found[largest, range(found.shape[1])])
    return axes
