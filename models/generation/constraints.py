"""What the discrepancy leaves open and a constraint may ask for: place, smoothness, style."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from isogloss.models.training.seeding import seeded

Constraint = Callable[[Tensor], Tensor]
"""Penalty of generated points [n, d]."""


@final
@dataclass(frozen=True, slots=True)
class AbsoluteValues:
    """weight · mean ‖x‖₁: draws the points to the origin and onto the axes."""

    weight: float

    def __call__(self, points: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
        """Penalty."""
        return self.weight * points.abs().sum(dim=1).mean()


@final
@dataclass(frozen=True, slots=True)
class TotalVariation:
    """weight · mean total variation of square images (Rudin et al. 1992)."""

    weight: float

    def __call__(self, points: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
        """Penalty."""
        side = round(points.shape[1] ** 0.5)
        images = points.reshape(-1, side, side)
        across = images.diff(dim=2).abs().sum(dim=(1, 2))
        return self.weight * (images.diff(dim=1).abs().sum(dim=(1, 2)) + across).mean()


@final
@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """weight · cross-entropy of a trained classifier against the wanted style (equation 4).

    Attributes:
        classifier: Points → logit of the style.
        weight: How much it counts.

    """

    classifier: nn.Module
    weight: float

    def __call__(self, points: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
        """Penalty."""
        logits = self.classifier(points).squeeze(1)
        return self.weight * nn.functional.softplus(-logits).mean()


def train_classifier(
    points: Float[Tensor, "n d"],
    labels: Float[Tensor, " n"],
    *,
    width: int = 64,
    steps: int = 300,
    seed: int = 0,
) -> nn.Module:
    """Train a binary classifier of styles; labels are 0 or 1."""
    with seeded(seed):
        network = nn.Sequential(nn.Linear(points.shape[1], width), nn.ReLU(), nn.Linear(width, 1))
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(steps):
        logits = network(points).squeeze(1)
        loss = nn.functional.binary_cross_entropy_with_logits(logits, labels)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return network.requires_grad_(False)
