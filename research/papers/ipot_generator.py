"""A generator fitted by the cost of transport does not shrink where the cost is exact (Fig. 2.5).

A network turns uniform noise in the plane into a mixture of Gaussians. Its loss is Σ Cπ between a
batch of it and one of the mixture; π is IPOT's plan or Sinkhorn's, and the gradient is that of the
envelope theorem for both. The paper's WGAN, which IPOT is compared with there, is not repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import ot
import torch
from torch import Tensor, nn

from isogloss.models.optimal_transport.inexact_proximal_point import ProximalSettings
from isogloss.models.optimal_transport.marginals import project_on_marginals
from isogloss.models.optimal_transport.problem import TransportProblem
from research.methods.transport_cost import transport_cost

METHODS = (("IPOT", 1.0), ("IPOT", 0.1), ("Sinkhorn", 0.5), ("Sinkhorn", 0.1), ("Sinkhorn", 0.01))
_MODES = 8
_WIDTH = 0.08
_IPOT_ITERATIONS = 200
_SINKHORN_ITERATIONS = 500
"""Both as in the paper."""


def generators(
    seed: int, *, steps: int, batch: int, picture: Path | None
) -> list[dict[str, object]]:
    """Fit one generator per method; how wide is what it makes, and how far from the mixture."""
    samples: dict[str, np.ndarray] = {}
    rows: list[dict[str, object]] = []
    rng = np.random.default_rng(10_000 + seed)
    truth = _mixture(1000, rng)
    other = _mixture(1000, rng)
    weights = np.full(1000, 1 / 1000)
    floor = float(ot.emd2(weights, weights, ot.dist(other, truth)))
    for method, strength in METHODS:
        made = _fit(method, strength, seed=seed, steps=steps, batch=batch)
        samples[f"{method}, {strength:g}"] = made
        nearest = ot.dist(made, _centres()).argmin(axis=1)
        close = np.sqrt(ot.dist(made, _centres()).min(axis=1)) < 3 * _WIDTH
        covered = sum(int((close & (nearest == mode)).sum() > 5) for mode in range(_MODES))
        rows.append(
            {
                "experiment": "generator",
                "seed": seed,
                "method": method,
                "strength": strength,
                "spread": float(made.std(axis=0).mean() / truth.std(axis=0).mean()),
                "modes": covered,
                "transport_cost": float(ot.emd2(weights, weights, ot.dist(made, truth))),
                "transport_cost_of_true_samples": floor,
            }
        )
    if picture is not None:
        _draw(samples, truth, picture)
    return rows


def _centres() -> np.ndarray:
    angles = 2 * np.pi * np.arange(_MODES) / _MODES
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _mixture(count: int, rng: np.random.Generator) -> np.ndarray:
    centres = _centres()[rng.integers(_MODES, size=count)]
    return np.asarray(centres + _WIDTH * rng.standard_normal((count, 2)))


def _fit(method: str, strength: float, *, seed: int, steps: int, batch: int) -> np.ndarray:
    torch.manual_seed(seed)
    network = nn.Sequential(
        nn.Linear(2, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 2)
    )
    generator, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        made = network(torch.rand(batch, 2, generator=generator))
        true = torch.from_numpy(_mixture(batch, rng)).float()
        cost = (made[:, None] - true[None]).square().sum(dim=-1)
        optimiser.zero_grad()
        _loss(cost, method, strength).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    with torch.inference_mode():
        return np.asarray(network(torch.rand(1000, 2, generator=generator)).double().numpy())


def _loss(cost: Tensor, method: str, strength: float) -> Tensor:
    problem = TransportProblem.uniform(cost)
    if method == "IPOT":
        settings = ProximalSettings(beta=strength, iterations=_IPOT_ITERATIONS, tolerance=0.0)
        return transport_cost(problem, settings)
    plan, _ = project_on_marginals(
        -cost.detach() / strength,
        problem.source_weights,
        problem.target_weights,
        torch.zeros_like(problem.target_weights),
        sweeps=_SINKHORN_ITERATIONS,
    )
    return (plan * cost).sum()


def _draw(samples: Mapping[str, np.ndarray], truth: np.ndarray, picture: Path) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415  # only with the extra that needs it

    figure = Figure(figsize=(1.7 * len(samples), 2.1))
    for axis, (name, made) in zip(figure.subplots(1, len(samples)), samples.items(), strict=True):
        axis.scatter(*truth.T, s=1, color="lightgrey", linewidths=0)
        axis.scatter(*made.T, s=1, color="tab:orange", linewidths=0)
        axis.set_title(name, fontsize=7)
        axis.set_xlim(-1.4, 1.4)
        axis.set_ylim(-1.4, 1.4)
        axis.set_aspect("equal")
        axis.axis("off")
    figure.tight_layout(pad=0.6)
    figure.savefig(picture, dpi=80)
