"""Entropic Gromov-Wasserstein between the most frequent words, and the map of its plan."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.recipe import DiscreteGromovWassersteinRecipe
from isogloss.models.optimal_transport.entropic_gromov_wasserstein import (
    GromovWassersteinOutput,
    GromovWassersteinProblem,
    solve_entropic_gromov_wasserstein,
)
from isogloss.models.optimal_transport.proximal_gromov_wasserstein import (
    solve_proximal_gromov_wasserstein,
)


def map_from_entropic_gromov_wasserstein(
    x: Float[Tensor, "n m"],
    y: Float[Tensor, "k d"],
    recipe: DiscreteGromovWassersteinRecipe,
    *,
    observe: Callable[[int], None] | None = None,
) -> Float[Tensor, "d m"]:
    """Fit an orthogonal map on the barycentric image of the most frequent words.

    The inner products within each side, divided by their mean absolute value, are coupled with
    uniform weights (Alvarez-Melis and Jaakkola 2018, section 4). The plan sends each source word to
    a mean of target words, its barycentric image.
    """
    x, y = x[: recipe.words], y[: recipe.words]
    plan = couple_words(x, y, recipe, observe=observe).plan
    return orthogonal_map(x, plan @ y * len(x))


def couple_words(
    x: Float[Tensor, "n m"],
    y: Float[Tensor, "k d"],
    recipe: DiscreteGromovWassersteinRecipe,
    *,
    observe: Callable[[int], None] | None = None,
) -> GromovWassersteinOutput:
    """Couple the most frequent words of both sides by their inner products, with equal weights."""
    x, y = x[: recipe.words], y[: recipe.words]
    solve = (
        solve_proximal_gromov_wasserstein
        if recipe.solver == "ipot"
        else solve_entropic_gromov_wasserstein
    )
    return solve(
        GromovWassersteinProblem(
            _similarities(x), _similarities(y), _uniform(x), _uniform(y), recipe.epsilon
        ),
        outer_iterations=recipe.outer_iterations,
        inner_iterations=recipe.inner_iterations,
        observe=observe,
    )


def _similarities(x: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
    products = x @ x.T
    return products / products.abs().mean()


def _uniform(x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
    return torch.full((len(x),), 1 / len(x), dtype=x.dtype, device=x.device)
