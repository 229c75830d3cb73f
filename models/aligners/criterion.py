"""Tell a found alignment from a lost one, and rank maps, without a dictionary."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from isogloss.models.aligners.dictionary_induction import Pairs, induce_mutual
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.neighbours.csls import hubness, nearest_by_csls, unit
from isogloss.models.probability.posterior_fit import AGREEMENT_WORDS

FOUND_BOUND = 0.22
"""Held-out agreement below which no map counts as found, whatever chance reaches (`chance.py`).

Seen on the pairs of `research/results/reliability.json`: lost searches between real languages,
which have clusters that chance is not measured with, reach 0.17; found ones start at 0.30.
"""

_MUTUAL_WORDS = 10000
_DRAWS = 3
_MANY_DRAWS = 20
FEW_WORDS = 1000
_SEED = 0


class Agreement(NamedTuple):
    """The held-out agreement of a map, and how many pairs it is the share of.

    Attributes:
        share: Mean share of the held-out pairs that are found again, 0 to 1.
        held_out: Pairs held out in each draw.

    """

    share: float
    held_out: int


def held_out_agreement(
    x: Float[Tensor, "n m"], y: Float[Tensor, "k d"], mapped: Float[Tensor, "n d"]
) -> float:
    """Share of held-out mutual neighbours that a map fitted on a few of them finds again.

    Of the mutual neighbours of the frequent words under the map, as many as the spaces have
    dimensions are drawn at random; an orthogonal map fitted on these has to find the others by
    CSLS. So few pairs fix a map only if they agree with each other, which pairs made by chance do
    not, unless the dimensions are few (`chance.py`).

    Args:
        x: Normalised source vectors, the most frequent first.
        y: Normalised target vectors, the most frequent first.
        mapped: The images of ``x`` under the map; need not be of unit length.

    """
    return agreement_of(x, y, mapped, draws=_DRAWS).share


def agreement_of(
    x: Float[Tensor, "n m"],
    y: Float[Tensor, "k d"],
    mapped: Float[Tensor, "n d"],
    *,
    draws: int | None = None,
) -> Agreement:
    """Measure the held-out agreement; the mean of more draws where they cost little.

    Args:
        x: Normalised source vectors, the most frequent first.
        y: Normalised target vectors, the most frequent first.
        mapped: The images of ``x`` under the map; need not be of unit length.
        draws: How often pairs are drawn; None: 20 times for up to 1,000 words, else 3 times.

    """
    x, y, mapped = x[:AGREEMENT_WORDS], y[:AGREEMENT_WORDS], mapped[:AGREEMENT_WORDS]
    if draws is None:
        draws = _MANY_DRAWS if max(len(x), len(y)) <= FEW_WORDS else _DRAWS
    pairs = induce_mutual(mapped, y)
    count = len(pairs.source)
    drawn = min(x.shape[1], y.shape[1], count // 2)
    if drawn == 0:
        return Agreement(0.0, 0)
    generator = torch.Generator().manual_seed(_SEED)
    shares = []
    for _ in range(draws):
        order = torch.randperm(count, generator=generator).to(pairs.source.device)
        known, held_out = order[:drawn], order[drawn:]
        weight = orthogonal_map(x[pairs.source[known]], y[pairs.target[known]])
        others = Pairs(pairs.source[held_out], pairs.target[held_out])
        shares.append(share_found(others, y, x @ weight.T, words=AGREEMENT_WORDS))
    return Agreement(sum(shares) / draws, count - drawn)


def mutual_share(y: Float[Tensor, "k d"], mapped: Float[Tensor, "n d"]) -> float:
    """Share of source words that are, by CSLS, the nearest ones of their own nearest target word.

    A finer criterion than the held-out agreement, which does not rank the maps of one pair. This
    does on most pairs, but thinks too little of fine-tuned maps
    (`research/benchmarks/criteria.py`). It tells no found alignment from a lost one, for it depends
    on the pair.

    Args:
        y: Normalised target vectors, the most frequent first.
        mapped: Images of the source vectors; need not be of unit length.

    """
    image, y = unit(mapped[:_MUTUAL_WORDS]), y[:_MUTUAL_WORDS]
    forward = nearest_by_csls(image, y, hubness(y, image))
    backward = nearest_by_csls(y, image, hubness(image, y))
    rows = torch.arange(len(image), device=image.device)
    return float((backward[forward] == rows).float().mean())


def share_found(
    pairs: Pairs, y: Float[Tensor, "k d"], mapped: Float[Tensor, "n d"], *, words: int
) -> float:
    """Share of given pairs that a map finds by CSLS among the most frequent words.

    With pairs that another map induced, this ranks maps that the held-out agreement no longer
    tells apart: it does not reward a map for moving words closer to wrong neighbours.

    Args:
        pairs: Rows of source and target words, all below ``words``.
        y: Normalised target vectors, the most frequent first.
        mapped: Images of the source vectors; need not be of unit length.
        words: Most frequent words of each side that take part.

    """
    return float(which_found(pairs, y, mapped, words=words).float().mean())


def which_found(
    pairs: Pairs, y: Float[Tensor, "k d"], mapped: Float[Tensor, "n d"], *, words: int
) -> Bool[Tensor, " pairs"]:
    """Whether a map finds each of given pairs; the arguments are those of :func:`share_found`."""
    image, y = unit(mapped[:words]), y[:words]
    return nearest_by_csls(image[pairs.source], y, hubness(y, image)) == pairs.target
