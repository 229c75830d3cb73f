"""Labels of words carried from one space to another, by an alignment and DASPOT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from isogloss.models.errors import InputError, ShapeError
from isogloss.models.label_transfer.transfer import LabelTransferRecipe, transfer_labels
from isogloss.models.maps.alignment import Alignment
from isogloss.models.progress.observation import Observer, ignore_progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace


@final
@dataclass(frozen=True, slots=True, eq=False)
class WordLabels:
    """Labels of the target words.

    Attributes:
        words: The target words.
        names: The labels, sorted.
        probabilities: [words, labels].
        source_only: Those of the classifier of the source, without DASPOT.
        labelled: Source words whose labels were used.

    """

    words: tuple[str, ...]
    names: tuple[str, ...]
    probabilities: Float[Tensor, "words labels"]
    source_only: Float[Tensor, "words labels"]
    labelled: int

    def best(self) -> tuple[str, ...]:
        """Give the most probable label of each word."""
        return tuple(self.names[row] for row in self.probabilities.argmax(dim=1).tolist())


def transfer_word_labels(
    source: EmbeddingSpace,
    labels: Mapping[str, str],
    target: EmbeddingSpace,
    alignment: Alignment | None,
    recipe: LabelTransferRecipe | None = None,
    *,
    seed: int = 0,
    observe: Observer = ignore_progress,
) -> WordLabels:
    """Carry the labels of source words to all target words.

    Args:
        source: The space with labels.
        labels: Word → label. Words without one take part in the plan.
        target: The space without.
        alignment: Brings the source into the target's space; None: they have the same coordinates.
        recipe: Settings; None: the defaults.
        seed: Of everything random.
        observe: Is told of every step.

    Raises:
        InputError: No word of the source has a label.
        OptionError: There are fewer than two labels.
        ShapeError: The dimensions do not fit.
        DivergenceError: A loss is NaN or exploded.

    """
    x, y = common_coordinates(source.vectors, target.vectors, alignment)
    names, numbers = label_numbers(source, labels)
    found = transfer_labels(x, numbers, y, recipe, seed=seed, observe=observe)
    return WordLabels(
        target.words, names, found.probabilities, found.source_only, int((numbers >= 0).sum())
    )


def label_numbers(
    source: EmbeddingSpace, labels: Mapping[str, str]
) -> tuple[tuple[str, ...], Int64[Tensor, " words"]]:
    """Give each label a number, and each source word that of its own: −1 where a word has none.

    Raises:
        InputError: No word of the source has a label.

    """
    names = tuple(sorted({labels[word] for word in source.words if word in labels}))
    if not names:
        raise InputError(f"none of the {len(labels)} labelled words is among the source words")
    number = {name: index for index, name in enumerate(names)}
    rows = [number[labels[word]] if word in labels else -1 for word in source.words]
    return names, torch.tensor(rows)


def common_coordinates(
    source: Float32[np.ndarray, "sources m"],
    target: Float32[np.ndarray, "targets d"],
    alignment: Alignment | None,
) -> tuple[Float[Tensor, "sources d"], Float[Tensor, "targets d"]]:
    """Bring both spaces into the target's coordinates, scaled to about 1.

    With an alignment, vectors are normalised as it does and scaled to length √d. Without one both
    are centred on the mean of all and divided by one number.

    Raises:
        ShapeError: The dimensions do not fit.

    """
    if alignment is not None:
        if target.shape[1] != alignment.target_normalizer.dimension:
            raise ShapeError(
                "target vectors",
                expected=f"dimension {alignment.target_normalizer.dimension}, as the alignment has",
                found=f"dimension {target.shape[1]}",
            )
        scale = target.shape[1] ** 0.5
        x, y = alignment(source), alignment.target_normalizer(target)
        return torch.from_numpy(x) * scale, torch.from_numpy(y) * scale
    if source.shape[1] != target.shape[1]:
        raise ShapeError(
            "target vectors",
            expected=f"dimension {source.shape[1]}, as the source has",
            found=f"dimension {target.shape[1]}",
        )
    both = torch.from_numpy(np.concatenate([source, target]))
    both = both - both.mean(dim=0)
    both = both / both.square().mean().sqrt().clamp_min(1e-12)
    return both[: len(source)], both[len(source) :]
