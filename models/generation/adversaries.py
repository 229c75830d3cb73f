"""The adversaries: networks that learn distances, one for each side or one for both."""

from __future__ import annotations

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from isogloss.models.generation.discrepancy import distances
from isogloss.models.generation.orthogonality import Orthogonality, orthogonality_penalty
from isogloss.models.generation.reference import Reference

_MEASURED = 500


def build_adversaries(
    inputs: int, dimension: int, widths: tuple[int, ...], features: int, kind: Orthogonality
) -> nn.ModuleList:
    """One adversary for the data and one for what is generated; one for both where they agree."""
    first = perceptron(inputs, widths, features)
    second = first if inputs == dimension else perceptron(dimension, widths, features)
    if kind != "none":
        for layer in (*first.modules(), *second.modules()):
            if isinstance(layer, nn.Linear):
                nn.init.orthogonal_(layer.weight)
    return nn.ModuleList([first, second])


def penalty_of_both(
    adversaries: nn.ModuleList,
    kind: Orthogonality,
    data: Float[Tensor, "n m"],
    points: Float[Tensor, "n d"],
) -> Float[Tensor, ""]:
    """Sum of the penalties on the data and on what was generated."""
    first, second = (
        orthogonality_penalty(kind, adversary, batch, adversary(batch))
        for adversary, batch in zip(adversaries, (data, points), strict=True)
    )
    return first + second


def expansion(
    reference: Reference, adversaries: nn.ModuleList | None, points: Float[Tensor, "n d"]
) -> tuple[float, float]:
    """Mean ratio of distances after and before the adversary, of the data and of what came out."""
    if adversaries is None or reference.points is None:
        return 1.0, 1.0
    with torch.inference_mode():
        first, second = (
            float(distances(adversary(head)).mean() / distances(head).mean())
            for adversary, head in zip(
                adversaries, (reference.points[:_MEASURED], points[:_MEASURED]), strict=True
            )
        )
    return first, second


def perceptron(inputs: int, widths: tuple[int, ...], outputs: int) -> nn.Sequential:
    """Layers with ReLU between them."""
    layers: list[nn.Module] = []
    for before, after in pairwise((inputs, *widths)):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear((inputs, *widths)[-1], outputs))
