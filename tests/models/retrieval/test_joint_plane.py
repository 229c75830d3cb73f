"""The plane of both spaces: principal axes, and a known map that brings the words together."""

from __future__ import annotations

import numpy as np
import pytest

from isogloss.models.errors import OptionError
from isogloss.models.retrieval.joint_plane import JointPlane, project_to_plane
from tests.rotated_spaces import rotated_translator


@pytest.mark.parametrize(("m", "n"), [(8, 8), (6, 9), (1, 8), (1, 1)])
def test_after_the_map_translations_lie_on_each_other(m: int, n: int) -> None:
    plane = project_to_plane(rotated_translator(source_dimension=m, target_dimension=n), words=50)
    assert plane.before.shape == plane.after.shape == plane.target.shape == (50, 2)
    if m > 1:
        gaps = np.linalg.norm(plane.after - plane.target, axis=1)
        before = np.linalg.norm(plane.before - plane.target, axis=1)
        assert gaps.max() < 0.1 * np.median(before)
    assert 0 <= plane.share <= 1 + 1e-9


def test_the_plane_is_that_of_the_singular_value_decomposition() -> None:
    translator = rotated_translator(stages=True)
    translator = translator.at_stage(translator.alignment.stages[1])
    plane = project_to_plane(translator, words=60)
    image = translator.align(translator.source.vectors).astype(np.float64)
    together = np.concatenate([image, translator.retriever.target.astype(np.float64)])
    centred = together - together.mean(axis=0)
    _, values, axes = np.linalg.svd(centred, full_matrices=False)
    shown = np.concatenate([plane.after, plane.target])
    np.testing.assert_allclose(np.abs(shown), np.abs(centred @ axes[:2].T), atol=1e-6)
    assert plane.share == pytest.approx((values[:2] ** 2).sum() / (values**2).sum())


def test_before_and_after_are_seen_through_the_same_projection() -> None:
    translator = rotated_translator()
    plane = project_to_plane(translator, words=60)
    # Places are linear in the vectors: the projection fitted on images and target words, …
    vectors = np.concatenate(
        [translator.align(translator.source.vectors), translator.retriever.target]
    ).astype(np.float64)
    ones = np.ones((len(vectors), 1))
    places = np.concatenate([plane.after, plane.target])
    projection, *_ = np.linalg.lstsq(np.hstack([vectors, ones]), places, rcond=None)
    # … is the one that shows the source as it was.
    source = translator.alignment.source_normalizer(translator.source.vectors)
    np.testing.assert_allclose(
        plane.before, np.hstack([source, ones[: len(source)]]) @ projection, atol=1e-5
    )


def test_no_words_are_refused() -> None:
    with pytest.raises(OptionError, match="at least 1, found 0"):
        project_to_plane(rotated_translator(), words=0)


def test_pairs_choose_the_plane_in_which_they_are_apart() -> None:
    translator = rotated_translator()
    pairs = [(row, row) for row in range(12)]
    whole = project_to_plane(translator, words=50)
    chosen = project_to_plane(translator, words=50, pairs=pairs)

    def spread(plane: JointPlane) -> float:
        middles = (plane.after[:12] + plane.target[:12]) / 2
        return float(((middles - middles.mean(axis=0)) ** 2).sum())

    assert spread(chosen) > spread(whole)
    assert 0 < chosen.share <= 1
    assert project_to_plane(translator, words=50, pairs=pairs[:2]).share == whole.share
