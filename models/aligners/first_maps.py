"""The maps that the starts of the portfolio search from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from isogloss.models.aligners.discrete_gw import map_from_entropic_gromov_wasserstein
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.recipe import DiscreteGromovWassersteinRecipe, StartRecipe
from isogloss.models.aligners.similarity_profiles import map_from_profiles
from isogloss.models.progress.observation import Observer, Progress


def first_map(
    pair: NormalisedPair,
    start: StartRecipe,
    discrete: DiscreteGromovWassersteinRecipe,
    *,
    known: Int64[np.ndarray, "pairs 2"] | None,
    name: str,
    observe: Observer,
) -> Float[Tensor, "d m"]:
    """Compute the map that a start searches from.

    Args:
        pair: The two spaces.
        start: Which map.
        discrete: Settings of entropic Gromov-Wasserstein.
        known: Source and target row of each known pair, of shape [pairs, 2].
        name: Of the start, for the observer.
        observe: Is told what is going on.

    """
    if start.kind == "known-pairs" and known is not None:
        source, target = torch.from_numpy(known).to(pair.x.device).unbind(dim=1)
        return orthogonal_map(pair.x[source], pair.y[target])
    if start.kind == "identical-words":
        source, target = identical_words(pair, words=start.words).T.to(pair.x.device)
        return orthogonal_map(pair.x[source], pair.y[target])
    if start.kind == "similarity-profiles":
        return map_from_profiles(pair.x, pair.y, words=start.words)
    total = discrete.outer_iterations
    return map_from_entropic_gromov_wasserstein(
        pair.x,
        pair.y,
        replace(discrete, words=start.words, epsilon=start.epsilon, solver="entropic"),
        observe=lambda step: observe(Progress(stage=f"{name}, coupling", step=step, total=total)),
    )


def identical_words(pair: NormalisedPair, *, words: int) -> Int64[Tensor, "pairs 2"]:
    """Find source and target row of each word that both sides write the same.

    Names, numbers and loans are written the same and mean the same; some words only look alike.

    Args:
        pair: The two spaces.
        words: Most frequent words of each side to look among.

    """
    rows = {word: row for row, word in enumerate(pair.target.words[:words])}
    found = [
        (row, rows[word]) for row, word in enumerate(pair.source.words[:words]) if word in rows
    ]
    return torch.tensor(found, dtype=torch.int64).reshape(-1, 2)
