from __future__ import annotations

from dataclasses import replace

import pytest

from isogloss.models.aligners.discrete_gw_aligner import DiscreteGromovWassersteinAligner
from isogloss.models.errors import NoAlignmentFoundError
from isogloss.models.progress.observation import Progress
from tests.models.aligners.samples import accuracy, hidden_pair, small_recipe, unrelated_pair

RECIPE = small_recipe()


def test_recovers_a_hidden_rotation_without_refinement() -> None:
    source, target = hidden_pair(words=400)
    seen: list[Progress] = []
    aligner = DiscreteGromovWassersteinAligner(recipe=RECIPE.discrete_gw)
    alignment = aligner.fit(source, target, observe=seen.append)
    assert accuracy(alignment, source, target) > 0.9
    assert alignment.found
    assert {progress.stage for progress in seen} == {"discrete-gw"}
    assert [progress.step for progress in seen] == list(range(1, len(seen) + 1))


@pytest.mark.parametrize(("source_dimension", "target_dimension"), [(50, 60), (60, 50)])
def test_recovers_it_between_unequal_dimensions_and_vocabularies(
    source_dimension: int, target_dimension: int
) -> None:
    source, target = hidden_pair(
        words=400,
        target_words=500,
        source_dimension=source_dimension,
        target_dimension=target_dimension,
    )
    alignment = DiscreteGromovWassersteinAligner(
        recipe=RECIPE.discrete_gw, refinement=RECIPE.refinement
    ).fit(source, target)
    assert accuracy(alignment, source, target) > 0.9
    assert [stage.name for stage in alignment.stages] == ["start", "refined"]


def test_says_that_it_found_nothing_between_unrelated_spaces() -> None:
    source, target = unrelated_pair(words=300)
    aligner = DiscreteGromovWassersteinAligner(recipe=RECIPE.discrete_gw)
    with pytest.raises(NoAlignmentFoundError) as caught:
        aligner.fit(source, target)
    assert caught.value.verdict.state == "not_found"


def test_ipot_may_be_the_solver() -> None:
    source, target = hidden_pair(words=300)
    recipe = replace(
        RECIPE.discrete_gw, solver="ipot", epsilon=0.5, outer_iterations=80, inner_iterations=5
    )
    alignment = DiscreteGromovWassersteinAligner(recipe=recipe).fit(source, target)
    assert accuracy(alignment, source, target) > 0.9
