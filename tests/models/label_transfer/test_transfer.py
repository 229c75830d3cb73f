"""Labels carried between clouds that moved, between rotated words, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from isogloss.models.aligners import ProcrustesAligner
from isogloss.models.errors import InputError, OptionError, ShapeError
from isogloss.models.label_transfer.transfer import LabelTransferRecipe, transfer_labels
from isogloss.models.label_transfer.word_labels import common_coordinates, transfer_word_labels
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon
from tests.models.aligners.samples import hidden_pair

SMALL = LabelTransferRecipe(embedding_widths=(32, 16), warm_up=80)
SMALL = replace(
    SMALL,
    plan=replace(
        SMALL.plan,
        generator_widths=(32,),
        potential_widths=(32,),
        steps=150,
        batch=128,
        learning_rate=3e-3,
        potential_rate=1e-2,
        averaging=0.9,
    ),
)


def clusters(count: int, shift: float, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Three clusters around a circle, moved."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.tensor([[2.0, 0.0], [-1.0, 1.7], [-1.0, -1.7]])
    labels = torch.randint(3, (count,), generator=generator)
    noise = 0.3 * torch.randn(count, 2, generator=generator)
    return centres[labels] + noise + torch.tensor([shift, 0.0]), labels


def test_labels_follow_clusters_that_moved() -> None:
    x, labels = clusters(600, 0.0, 1)
    y, truth = clusters(600, 1.6, 2)
    kept = labels.clone()
    kept[::3] = -1  # a third has no label, and still takes part in the plan
    found = transfer_labels(x, kept, y, SMALL, seed=0)

    def accuracy(probabilities: torch.Tensor) -> float:
        return float((probabilities.argmax(dim=1) == truth).float().mean())

    torch.testing.assert_close(found.probabilities.sum(dim=1), torch.ones(600))
    assert accuracy(found.source_only) < 0.9
    assert accuracy(found.probabilities) > accuracy(found.source_only) + 0.05


def test_rotated_words_get_the_labels_of_their_like() -> None:
    source, target = hidden_pair(words=300, noise=0.05, source_dimension=50)
    lexicon = Lexicon({word: (word,) for word in source.words})
    alignment = ProcrustesAligner(lexicon).fit(source, target)
    # A category that the vectors know: on which side of a plane a word lies.
    direction = np.random.default_rng(0).standard_normal(50)
    sides = {
        word: "left" if side > 0 else "right"
        for word, side in zip(
            source.words, alignment.source_normalizer(source.vectors) @ direction, strict=True
        )
    }
    some = dict(list(sides.items())[:200])
    found = transfer_word_labels(source, some, target, alignment, SMALL, seed=0)
    assert found.names == ("left", "right")
    assert found.labelled == 200
    hits = [sides[word] == label for word, label in zip(found.words, found.best(), strict=True)]
    assert np.mean(hits) > 0.85


def test_one_space_needs_no_alignment() -> None:
    x, y = np.random.default_rng(0).standard_normal((2, 40, 3)).astype(np.float32)
    a, b = common_coordinates(5 * x + 2, 5 * y + 2, None)
    both = torch.cat([a, b])
    torch.testing.assert_close(both.mean(dim=0), torch.zeros(3), rtol=0, atol=1e-5)
    assert float(both.square().mean()) == pytest.approx(1, abs=1e-5)
    difference = torch.from_numpy(5 * (x - y))
    torch.testing.assert_close(
        (a - b) / (a - b).norm(), difference / difference.norm(), rtol=0, atol=1e-5
    )


def test_what_does_not_fit_is_refused() -> None:
    x, labels = clusters(20, 0.0, 1)
    with pytest.raises(ShapeError, match="target points"):
        transfer_labels(x, labels, torch.zeros(5, 3))
    with pytest.raises(ShapeError, match="labels: expected 20, found 19"):
        transfer_labels(x, labels[:-1], x)
    with pytest.raises(OptionError, match="at least two that differ"):
        transfer_labels(x, torch.zeros(20, dtype=torch.int64), x)
    space = EmbeddingSpace("en", ("a", "b"), np.eye(2, dtype=np.float32))
    with pytest.raises(InputError, match="none of the 1 labelled words"):
        transfer_word_labels(space, {"c": "x"}, space, None)
    wide = np.zeros((2, 3), np.float32)
    with pytest.raises(ShapeError, match="dimension 2, as the source has"):
        common_coordinates(space.vectors, wide, None)
