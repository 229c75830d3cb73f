"""Induce word pairs from a map: which source row and which target row seem to translate."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from isogloss.models.neighbours.csls import csls, unit


class Pairs(NamedTuple):
    """Induced pairs: row ``source[i]`` seems to mean row ``target[i]``."""

    source: Int64[Tensor, " pairs"]
    target: Int64[Tensor, " pairs"]


def induce_both_ways(mapped: Float[Tensor, "n d"], target: Float[Tensor, "m d"]) -> Pairs:
    """Pair each word of either side with its nearest word of the other by CSLS; n + m pairs."""
    scores = csls(unit(mapped) @ target.T)
    rows, columns = torch.arange(len(mapped)), torch.arange(len(target))
    return Pairs(
        torch.cat([rows.to(scores.device), scores.argmax(dim=0)]),
        torch.cat([scores.argmax(dim=1), columns.to(scores.device)]),
    )


def induce_mutual(mapped: Float[Tensor, "n d"], target: Float[Tensor, "m d"]) -> Pairs:
    """Pair the words that are each other's nearest by CSLS; the surest pairs a map can give."""
    scores = csls(unit(mapped) @ target.T)
    forward, backward = scores.argmax(dim=1), scores.argmax(dim=0)
    rows = torch.arange(len(mapped), device=scores.device)
    mutual = backward[forward] == rows
    return Pairs(rows[mutual], forward[mutual])


def induce_within_groups(
    mapped: Float[Tensor, "n d"],
    target: Float[Tensor, "m d"],
    *,
    groups: int,
    generator: torch.Generator,
) -> Pairs:
    """Pair each word with its nearest among a random 1 / ``groups`` of the other side.

    Both vocabularies are dealt at random into ``groups`` hands, and each hand of one side meets one
    hand of the other. A word thus sees every candidate with probability p = 1 / ``groups``: the
    noise of stochastic dictionary induction (Artetxe et al. 2018, section 3.3) at 1 / ``groups`` of
    its cost, because the similarities that would be dropped are never computed. Words that do not
    fill a hand sit out this round.
    """
    source_hands = _deal(len(mapped), groups, generator).to(mapped.device)
    target_hands = _deal(len(target), groups, generator).to(target.device)
    scores = csls(torch.bmm(unit(mapped)[source_hands], target[target_hands].transpose(1, 2)))
    return Pairs(
        torch.cat([source_hands.flatten(), source_hands.gather(1, scores.argmax(1)).flatten()]),
        torch.cat([target_hands.gather(1, scores.argmax(2)).flatten(), target_hands.flatten()]),
    )


def _deal(count: int, groups: int, generator: torch.Generator) -> Int64[Tensor, "groups hand"]:
    """Deal the rows 0 … count − 1 at random into equal hands."""
    hand = count // groups
    return torch.randperm(count, generator=generator)[: groups * hand].view(groups, hand)
