"""Settings of GW-GAN."""

from __future__ import annotations

from dataclasses import dataclass, field

from isogloss.models.errors import OptionError
from isogloss.models.generation.discrepancy import CouplingSettings
from isogloss.models.generation.orthogonality import Orthogonality


@dataclass(frozen=True, slots=True, kw_only=True)
class GanRecipe:
    """Settings of GW-GAN.

    Attributes:
        noise: Dimension of the generator's noise.
        widths: Hidden widths of the generator.
        adversary_widths: Hidden widths of the adversaries; None leaves them out, and Euclidean
            distances are compared.
        features: Dimension that the adversaries map to.
        orthogonality: What keeps them from stretching the space.
        penalty: β, how much it counts.
        warm_up: Steps of the adversaries on their penalty alone, before the game: a network of
            orthogonal layers is no orthogonal map, and what it distorts the generator would learn.
        steps: Steps of the generator.
        generator_steps: Of these per step of the adversaries.
        batch: Points per batch.
        learning_rate: Of the generator in Adam; falls to zero by a cosine.
        adversary_rate: The same of the adversaries.
        coupling: How batches are coupled.

    """

    noise: int = 4
    widths: tuple[int, ...] = (128, 128)
    adversary_widths: tuple[int, ...] | None = None
    features: int = 8
    orthogonality: Orthogonality = "procrustes"
    penalty: float = 10.0
    warm_up: int = 300
    steps: int = 500
    generator_steps: int = 5
    batch: int = 128
    learning_rate: float = 1e-2
    adversary_rate: float = 1e-3
    coupling: CouplingSettings = field(default_factory=CouplingSettings)

    def __post_init__(self) -> None:
        if min(self.steps, self.generator_steps, self.noise, self.features) < 1 or self.batch < 2:
            raise OptionError("steps, dimensions and batch: expected positive numbers")
