"""How much of a lexicon two spaces hold, and how well a part of it predicts the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import torch
from jaxtyping import Float
from scipy.stats import poisson
from torch import Tensor

from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.neighbours.csls import hubness, nearest_by_csls, unit
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.grouped_lexicon import GroupedLexicon
from isogloss.models.spaces.lexicon import Lexicon
from isogloss.models.spaces.lexicon_fit import lexicon_fit
from isogloss.models.verdict import LexiconCheck

_FOLDS = 5
_FEWEST = 10
"""Source words below which nothing is held out: a map of so few says nothing of the others."""
_MOST_TESTED = 2000
_TARGETS = 20_000
_HUB_WORDS = 1000
_SEED = 0


def check_lexicon(
    lexicon: Lexicon | GroupedLexicon,
    source: EmbeddingSpace,
    target: EmbeddingSpace,
    x: Float[Tensor, "n m"],
    y: Float[Tensor, "k d"],
    *,
    holds_out: bool,
) -> LexiconCheck:
    """Count the pairs that lie in both vocabularies, and let a part of them predict the rest.

    Five times an orthogonal map is fitted on the pairs of four fifths of the source words, and
    asked for the first answers of the others by CSLS. What is right by chance is known exactly for
    these answers: the mean over all ways to deal the listed translations to other words.

    Args:
        lexicon: Pairs, or groups, of which nothing is held out where their pairing is unknown.
        source: The source words.
        target: The target words.
        x: Normalised source vectors, row by row.
        y: Normalised target vectors, row by row.
        holds_out: Whether to let a part predict the rest.

    """
    fit = lexicon_fit(lexicon, source, target)
    check = LexiconCheck(
        pairs=fit.pairs,
        usable=fit.usable,
        sources_missing=fit.sources_missing,
        targets_missing=fit.targets_missing,
        dimensions=min(x.shape[1], y.shape[1]),
    )
    answers: dict[int, list[int]] = {}
    if holds_out and not fit.groups:
        for row, column in _row_pairs(lexicon, source, target):
            answers.setdefault(row, []).append(column)
    if len(answers) < _FEWEST:
        return check
    held_out, right, by_chance = _predict(answers, x, y)
    p_value = float(poisson.sf(right - 1, max(by_chance, held_out / len(y))))
    return replace(
        check, held_out=held_out, right=right, right_by_chance=by_chance, p_value=p_value
    )


def _row_pairs(
    lexicon: Lexicon | GroupedLexicon, source: EmbeddingSpace, target: EmbeddingSpace
) -> Iterator[tuple[int, int]]:
    if isinstance(lexicon, Lexicon):
        lexicon = GroupedLexicon.of(lexicon)
    for shape in lexicon.row_groups(source, target):
        yield from zip(shape.sources[:, 0].tolist(), shape.targets[:, 0].tolist(), strict=True)


def _predict(
    answers: Mapping[int, list[int]], x: Float[Tensor, "n m"], y: Float[Tensor, "k d"]
) -> tuple[int, int, float]:
    """Words tested, those answered right, and how many would be with the answers dealt anew."""
    rows = list(answers)
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(_SEED)).tolist()
    tested, right, by_chance = 0, 0, 0.0
    for fold in range(_FOLDS):
        held_out = [rows[place] for place in order[fold::_FOLDS]]
        out = set(held_out)
        known = [(row, column) for row in rows if row not in out for column in answers[row]]
        source, target = torch.tensor(known, device=x.device).unbind(dim=1)
        weight = orthogonal_map(x[source], y[target])
        asked = held_out[: _MOST_TESTED // _FOLDS]
        # The frequent words, and whatever is listed: rare translations have to be found too.
        listed = torch.tensor([column for row in asked for column in answers[row]])
        rare = listed[listed >= _TARGETS].unique()  # type: ignore[no-untyped-call]
        shown = torch.cat([torch.arange(min(len(y), _TARGETS)), rare]).to(y.device)
        images = unit(x[torch.tensor(asked, device=x.device)] @ weight.T)
        hubs = hubness(y[shown], unit(x[:_HUB_WORDS] @ weight.T))
        given = shown[nearest_by_csls(images, y[shown], hubs)].tolist()
        counts: dict[int, int] = {}
        for row in asked:
            for column in set(answers[row]):
                counts[column] = counts.get(column, 0) + 1
        tested += len(asked)
        right += sum(answer in answers[row] for row, answer in zip(asked, given, strict=True))
        by_chance += sum(counts.get(answer, 0) for answer in given) / len(asked)
    return tested, right, by_chance
