"""Pairs that a dictionary gives: they stay in every fit, as far as they can be believed."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from isogloss.models.aligners.dictionary_induction import Pairs
from isogloss.models.neighbours.csls import unit
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon
from isogloss.models.spaces.lexicon_fit import no_pair_error

WEIGHT = 3
"""How many induced pairs a known one counts as.

On manuals EN→RU, with half of the train lexicon known and the other half asked: 0.363 of it is
found with 1, 0.369 with 3, 0.365 with 10, 0.351 with 30; 0.334 by the known pairs alone, 0.358
without them. Fifty known pairs change nothing that can be told, with any of these.
"""

_MARGIN = 2.0
"""So many standard deviations above pairs at random a known pair has to lie to be believed."""

_COMPARED = 1000


def known_pairs(
    lexicon: Lexicon | None, source: EmbeddingSpace, target: EmbeddingSpace
) -> Int64[np.ndarray, "pairs 2"] | None:
    """Find the pairs of a seed dictionary in two spaces; None where there is no dictionary.

    Raises:
        InputError: No pair of the dictionary lies in the two vocabularies.

    """
    return None if lexicon is None else rows_of_pairs(lexicon, source, target)


def rows_of_pairs(
    lexicon: Lexicon, source: EmbeddingSpace, target: EmbeddingSpace
) -> Int64[np.ndarray, "pairs 2"]:
    """Find the pairs of a lexicon in two spaces.

    Raises:
        InputError: No pair of the lexicon lies in the two vocabularies.

    """
    rows = lexicon.row_pairs(source, target)
    if len(rows) == 0:
        raise no_pair_error(lexicon, source, target)
    return rows


def with_known(
    induced: Pairs,
    known: Int64[np.ndarray, "pairs 2"] | None,
    x: Float[Tensor, "n m"],
    y: Float[Tensor, "k d"],
    weight: Float[Tensor, "d m"],
    *,
    times: int = WEIGHT,
) -> Pairs:
    """Put known pairs in the place of those induced for the same source words.

    A known pair that the map contradicts, as wrong lines of a dictionary are, does not count, and
    what was induced for its word stays.

    Args:
        induced: Rows of words that seem to translate.
        known: Source and target row of each known pair, of shape [pairs, 2]; None: there are none.
        x: Normalised source vectors.
        y: Normalised target vectors.
        weight: The map that the pairs were induced with.
        times: How often a known pair is there.

    """
    if known is None or len(known) == 0:
        return induced
    source, target = torch.from_numpy(known).to(x.device).unbind(dim=1)
    held = believed(x[source], y[target], weight)
    source, target = source[held], target[held]
    others = ~torch.isin(induced.source, source)
    return Pairs(
        torch.cat([induced.source[others], source.repeat(times)]),
        torch.cat([induced.target[others], target.repeat(times)]),
    )


def believed(
    x: Float[Tensor, "pairs m"], y: Float[Tensor, "pairs d"], weight: Float[Tensor, "d m"]
) -> Bool[Tensor, " pairs"]:
    """Whether each pair lies nearer under the map than its words in other company do.

    Two standard deviations nearer than the mean of wrong pairs. Of wrong lines about one in forty
    passes; too few pairs to tell are all believed.
    """
    mapped = unit(x @ weight.T)
    own = (mapped * y).sum(dim=1)
    count = min(len(x), _COMPARED)
    if count < _FEWEST:
        return torch.ones(len(x), dtype=torch.bool, device=x.device)
    cosines = mapped[:count] @ y[:count].T
    wrong = cosines[~torch.eye(count, dtype=torch.bool, device=x.device)]
    return own >= wrong.mean() + _MARGIN * wrong.std()


_FEWEST = 10
"""Pairs below which their words in other company are too few to compare with."""
