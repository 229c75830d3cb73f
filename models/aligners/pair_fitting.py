"""Fit a map that can be served on pairs of vectors that a plan gave."""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.maps.networks import LinearTransport, ResidualTransport, Transport
from isogloss.models.progress.observation import Observer, Progress, ignore_progress
from isogloss.models.training.rates import cosine_decay
from isogloss.models.training.seeding import seeded

FittedKind = Literal["orthogonal", "linear", "residual"]
"""The orthogonal map, the best linear one, or the best linear one with a residual network."""

_STEPS = 300
_BATCH = 512
_RATE = 1e-3


def fit_on_pairs(
    x: Float[Tensor, "pairs m"],
    y: Float[Tensor, "pairs n"],
    kind: FittedKind,
    *,
    widths: tuple[int, ...],
    seed: int,
    stage: str,
    observe: Observer = ignore_progress,
) -> Transport:
    """Fit a map by least squares; the residual network is trained on what a linear one leaves.

    Args:
        x: Normalised source vectors.
        y: Their images, of length about 1.
        kind: What is fitted.
        widths: Hidden widths of the residual network.
        seed: Of the residual network.
        stage: Under which name the training of the residual network is observed.
        observe: Is told of its steps.

    """
    if kind == "orthogonal":
        return LinearTransport(orthogonal_map(x, y))
    weight = linear_map(x, y)
    if kind == "linear":
        return LinearTransport(weight)
    with seeded(seed):
        transport = ResidualTransport(weight.cpu(), widths).to(x.device)
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(transport.parameters(), lr=_RATE)
    for step in range(1, _STEPS + 1):
        optimiser.param_groups[0]["lr"] = _RATE * cosine_decay(step - 1, _STEPS)
        rows = torch.randint(len(x), (_BATCH,), generator=generator).to(x.device)
        loss = nn.functional.mse_loss(transport(x[rows]), y[rows])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        observe(Progress(stage=stage, step=step, total=_STEPS))
    return transport.requires_grad_(False)


def linear_map(x: Float[Tensor, "pairs m"], y: Float[Tensor, "pairs n"]) -> Float[Tensor, "n m"]:
    """Matrix W of the least Σ ‖Wxᵢ − yᵢ‖², and of the least norm where several are."""
    # On a processor PyTorch would take `gelsy`, whose last digits differ from call to call: it
    # reads pivots that nobody set. On a GPU there is nothing but `gels`.
    driver = "gelsd" if x.device.type == "cpu" else "gels"
    solution: Tensor = torch.linalg.lstsq(x, y, driver=driver).solution
    return solution.T
