"""Both spaces of a translator in one plane, before and after the map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from isogloss.models.errors import OptionError
from isogloss.models.retrieval.translator import Translator


@dataclass(frozen=True, slots=True, eq=False)
class JointPlane:
    """Places of the most frequent words of both languages under one linear projection.

    The target words stand in the same places before and after.

    Attributes:
        before: Source words as their file has them, of shape [n, 2].
        after: Images of the source words, of shape [n, 2].
        target: Target words, of shape [k, 2].
        share: Share of the variance of images and target words that the plane shows.

    """

    before: Float[np.ndarray, "n 2"]
    after: Float[np.ndarray, "n 2"]
    target: Float[np.ndarray, "k 2"]
    share: float


def project_to_plane(translator: Translator, *, words: int) -> JointPlane:
    """Project both spaces onto the first two principal axes of images and target words together.

    Before the map, the normalised source vectors are read as if their coordinates were the
    target's: coordinates that the target has not are dropped, those that the source has not are 0.

    Args:
        translator: The translator.
        words: Most frequent words of each side.

    Raises:
        OptionError: ``words`` is less than 1.

    """
    if words < 1:
        raise OptionError(f"words: expected at least 1, found {words}")
    source = translator.source.most_frequent(words).vectors
    target = np.asarray(translator.retriever.target[:words], np.float64)
    image = translator.align(source).astype(np.float64)
    together = np.concatenate([image, target])
    mean = together.mean(axis=0)
    axes, share = _principal_axes(together - mean)
    unaligned = np.zeros(image.shape)
    shared = min(source.shape[1], target.shape[1])
    unaligned[:, :shared] = translator.alignment.source_normalizer(source)[:, :shared]
    before, after, beside = ((points - mean) @ axes for points in (unaligned, image, target))
    return JointPlane(before=before, after=after, target=beside, share=share)


def _principal_axes(centred: np.ndarray) -> tuple[np.ndarray, float]:
    """Two axes of shape [d, 2], each with a sign of its own choice, and their share of variance."""
    values, vectors = np.linalg.eigh(centred.T @ centred)
    axes = np.zeros((centred.shape[1], 2))
    found = vectors[:, ::-1][:, :2]
    largest = np.abs(found).argmax(axis=0)
    axes[:, : found.shape[1]] = found * np.sign(found[largest, range(found.shape[1])])
    total = values.sum()
    return axes, float(values[::-1][:2].sum() / total) if total > 0 else 0.0
