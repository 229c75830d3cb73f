"""Mixtures of Gaussians, and how well their modes came out, whichever way round they lie."""

from __future__ import annotations

import math
from itertools import permutations

import torch
from sklearn.cluster import KMeans
from torch import Tensor

DEVIATION = 0.1
_FAR = 1e9
_FACTOR = 1.5


def mode_centres(modes: int, dimension: int) -> Tensor:
    """Centres on the unit circle; with five, one in the middle; in space on a tetrahedron."""
    if dimension == 3:
        corners = [[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]
        return torch.tensor(corners[:modes]) / 3**0.5
    around = modes - 1 if modes == 5 else modes
    angles = torch.arange(around) * (2 * math.pi / around)
    circle = torch.stack([angles.cos(), angles.sin()], dim=1)
    return torch.cat([circle, torch.zeros(modes - around, 2)])


def mixture(centres: Tensor, seed: int, count: int = 2000) -> Tensor:
    """Draw points of all modes alike."""
    generator = torch.Generator().manual_seed(1000 + seed)
    rows = torch.randint(len(centres), (count,), generator=generator)
    noise = torch.randn(count, centres.shape[1], generator=generator)
    return centres[rows] + DEVIATION * noise


def modes_recovered(points: Tensor, centres: Tensor) -> int:
    """Count the clusters that stand for a mode.

    As many clusters as there are modes are fitted. One counts if it has at least half its share of
    the points, the nearest other cluster is as far as the nearest mode is in the data, within a
    factor of 1.5, and its root mean square radius is below a third of that distance; the parts of
    a blob are wider. No place is compared: turned, mirrored and shifted points count the same.
    """
    count = len(centres)
    middles, labels = _clusters(points, count)
    gap = float((torch.cdist(centres, centres) + _FAR * torch.eye(count)).min())
    nearest = (torch.cdist(middles, middles) + _FAR * torch.eye(count)).min(dim=1).values
    recovered = 0
    for mode in range(count):
        own = points[labels == mode].double()
        if len(own) < len(points) / count / 2:
            continue
        radius = float((own - middles[mode]).square().sum(dim=1).mean().sqrt())
        between = float(nearest[mode])
        recovered += gap / _FACTOR < between < gap * _FACTOR and radius < between / 3
    return recovered


def width_ratio(points: Tensor, centres: Tensor) -> float:
    """Root mean square radius of the clusters over that of the modes of the data."""
    middles, labels = _clusters(points, len(centres))
    radius = float((points.double() - middles[labels]).square().sum(dim=1).mean().sqrt())
    extent: float = DEVIATION * centres.shape[1] ** 0.5
    return radius / extent


def arrangement_error(points: Tensor, centres: Tensor) -> float:
    """How far the distances between clusters are from those between modes, in the best order.

    Root mean square, over the least distance between modes; all orders are tried.
    """
    count = len(centres)
    middles, _ = _clusters(points, count)
    found, wanted = torch.cdist(middles, middles), torch.cdist(centres, centres).double()
    orders = torch.tensor(list(permutations(range(count))))
    squares = (found[orders[:, :, None], orders[:, None, :]] - wanted).square().sum(dim=(1, 2))
    gap = float((wanted + _FAR * torch.eye(count)).min())
    return float((squares.min() / (count * (count - 1))).sqrt()) / gap


def imbalance(points: Tensor, centres: Tensor) -> float:
    """Total variation between the shares of the clusters and equal shares."""
    count = len(centres)
    _, labels = _clusters(points, count)
    shares = torch.bincount(labels, minlength=count) / len(points)
    return float((shares - 1 / count).abs().sum() / 2)


def _clusters(points: Tensor, count: int) -> tuple[Tensor, Tensor]:
    found = KMeans(count, n_init=10, random_state=0).fit(points.double().numpy())
    return torch.from_numpy(found.cluster_centers_), torch.from_numpy(found.labels_).long()
