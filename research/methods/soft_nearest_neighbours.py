"""Classification by the k nearest neighbours, soft enough to be trained (Xie et al. 2020, 4.1)."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import one_hot

from isogloss.models.optimal_transport.soft_top_k import hard_top_k, soft_top_k


def soft_neighbour_votes(
    distances: Float[Tensor, "queries n"], labels: Int64[Tensor, " n"], k: int, epsilon: float
) -> Float[Tensor, "queries classes"]:
    """Share of each class among the k nearest, chosen by SOFT top-k.

    Args:
        distances: Squared distances of the queries to the labelled points.
        labels: Class of each labelled point, from 0.
        k: Neighbours that vote.
        epsilon: Strength of the entropy, see
        :func:`isogloss.models.optimal_transport.soft_top_k.soft_top_k`.

    Raises:
        OptionError: ``k`` or ``epsilon`` is out of range.
        NonFiniteInputError: A distance is NaN or infinite.

    """
    votes: Tensor = soft_top_k(-distances, k, epsilon) @ one_hot(labels).to(distances.dtype) / k
    return votes


def hard_neighbour_votes(
    distances: Float[Tensor, "queries n"], labels: Int64[Tensor, " n"], k: int
) -> Float[Tensor, "queries classes"]:
    """Share of each class among the k nearest."""
    votes: Tensor = hard_top_k(-distances, k) @ one_hot(labels).to(distances.dtype) / k
    return votes


def soft_neighbour_loss(
    distances: Float[Tensor, "queries n"],
    labels: Int64[Tensor, " n"],
    right: Int64[Tensor, " queries"],
    k: int,
    epsilon: float,
) -> Float[Tensor, ""]:
    """Mean of −log of the share of the right class among the soft k nearest.

    Args:
        distances: Squared distances of the queries to the labelled points.
        labels: Class of each labelled point, from 0; every class of ``right`` is among them.
        right: Class of each query.
        k: Neighbours that vote.
        epsilon: Strength of the entropy.

    Raises:
        OptionError: ``k`` or ``epsilon`` is out of range.
        NonFiniteInputError: A distance is NaN or infinite.

    """
    votes = soft_neighbour_votes(distances, labels, k, epsilon)
    smallest = torch.finfo(votes.dtype).tiny
    return -votes.gather(1, right[:, None]).clamp_min(smallest).log().mean()
