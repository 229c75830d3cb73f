"""k nearest neighbours on the 8×8 digits, trained through SOFT top-k (Xie et al. 2020, 4.1)."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int64
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from isogloss.models.training.rates import cosine_decay
from research.methods.soft_nearest_neighbours import (
    hard_neighbour_votes,
    soft_neighbour_loss,
)

_FEATURES = 32
_HIDDEN = 128
_CLASSES = 10
_BATCH = 64
_RATE = 2e-3
_METHODS = {
    "pixels": "nearest neighbours of the pixels",
    "cross_entropy": "cross-entropy",
    "cross_entropy_features": "nearest neighbours of its features",
    "soft": "nearest neighbours trained by SOFT top-k",
}


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """Images [n, 64] with their classes [n], parted into those to learn from and the others."""

    known: Float[Tensor, "known 64"]
    known_labels: Int64[Tensor, " known"]
    test: Float[Tensor, "test 64"]
    test_labels: Int64[Tensor, " test"]


def neighbours(
    seed: int, *, training: int, steps: int, k: int, epsilon: float
) -> list[dict[str, Any]]:
    """Measure the accuracy of each method on the digits that are not among the training ones."""
    digits = _split(seed, training)
    soft = _network(_FEATURES, seed)

    def soft_loss(rows: Tensor) -> Tensor:
        image, labels = soft(digits.known[rows]), digits.known_labels[rows]
        distances = torch.cdist(image[:_BATCH], image[_BATCH:]).square()
        return soft_neighbour_loss(distances, labels[_BATCH:], labels[:_BATCH], k, epsilon)

    _train(soft, soft_loss, count=training, batch=training, steps=steps, seed=seed)
    features = _network(_FEATURES, seed)
    classifier = nn.Sequential(features, nn.ReLU(), _seeded(_FEATURES, _CLASSES, seed))

    def classifier_loss(rows: Tensor) -> Tensor:
        return cross_entropy(classifier(digits.known[rows]), digits.known_labels[rows])

    _train(classifier, classifier_loss, count=training, batch=_BATCH, steps=steps, seed=seed)
    with torch.inference_mode():
        right = classifier(digits.test).argmax(dim=1) == digits.test_labels
        accuracies = {
            "pixels": _accuracy(digits, lambda x: x, k),
            "cross_entropy": float(right.float().mean()),
            "cross_entropy_features": _accuracy(digits, features, k),
            "soft": _accuracy(digits, soft, k),
        }
    row = {"part": "neighbours", "seed": seed, "training": training, "k": k, "epsilon": epsilon}
    return [{**row, "method": name, "accuracy": accuracy} for name, accuracy in accuracies.items()]


def neighbour_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out the accuracies as a Markdown table: median of the seeds, smallest and largest."""
    chosen = [row for row in rows if row["part"] == "neighbours"]
    sizes = sorted({row["training"] for row in chosen})
    lines = [
        "| method | " + " | ".join(f"{size} training digits" for size in sizes) + " |",
        "|---" * (len(sizes) + 1) + "|",
    ]
    for method, name in _METHODS.items():
        cells = [
            _cell([r["accuracy"] for r in chosen if (r["training"], r["method"]) == (size, method)])
            for size in sizes
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.4f} ({min(values):.4f} to {max(values):.4f})"


def _split(seed: int, training: int) -> Digits:
    data = load_digits()
    images = torch.from_numpy(data.data).float() / 16
    labels = torch.from_numpy(data.target)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    known, test = order[:training], order[training:]
    return Digits(images[known], labels[known], images[test], labels[test])


def _seeded(inputs: int, outputs: int, seed: int) -> nn.Linear:
    layer = nn.Linear(inputs, outputs)
    generator = torch.Generator().manual_seed(seed * 1000 + inputs)
    for parameter in layer.parameters():
        nn.init.uniform_(parameter, -(inputs**-0.5), inputs**-0.5, generator=generator)
    return layer


def _network(outputs: int, seed: int) -> nn.Sequential:
    return nn.Sequential(_seeded(64, _HIDDEN, seed), nn.ReLU(), _seeded(_HIDDEN, outputs, seed))


def _train(
    network: nn.Module,
    loss_of: Callable[[Tensor], Tensor],
    *,
    count: int,
    batch: int,
    steps: int,
    seed: int,
) -> None:
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(network.parameters(), lr=_RATE)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = _RATE * cosine_decay(step, steps)
        optimiser.zero_grad()
        loss = loss_of(torch.randperm(count, generator=generator)[:batch])
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()


def _accuracy(digits: Digits, features: Callable[[Tensor], Tensor], k: int) -> float:
    distances = torch.cdist(features(digits.test), features(digits.known)).square()
    votes = hard_neighbour_votes(distances, digits.known_labels, k)
    return float((votes.argmax(dim=1) == digits.test_labels).float().mean())
