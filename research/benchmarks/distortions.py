"""What NGW does where no orthogonal map is right: a space, and itself turned and distorted.

    python -m research.benchmarks.distortions
    python -m research.benchmarks.distortions --table

The space is the bundled English sample, or `--space FILE`, in its leading principal components. The
target is the same words turned at random, distorted and disturbed by a little noise, in another
order:

* *sheared*: every direction is also mixed with others, y + s·tanh(yH)G, which a linear map undoes
  nearly;
* *curved*: cos(yH + b)G is added, which is even in part and which no linear map undoes.

NGW starts from the best orthogonal map, fitted on the true pairs: what it adds to that, no
refinement by orthogonal maps can. It sees no pairs itself, and the share of mutual neighbours says
when to stop. Beside it stands the best linear map, fitted on the true pairs as well. Results go to
`distortions.json` beside this script.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from isogloss.models.aligners.dictionary_induction import induce_mutual
from isogloss.models.aligners.neural_gw.training import train_neural_gromov_wasserstein
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.pair_fitting import linear_map
from isogloss.models.aligners.recipe import NeuralGromovWassersteinRecipe
from isogloss.models.maps.networks import LinearTransport, Transport, as_network
from isogloss.models.neighbours.csls import csls, unit
from isogloss.models.progress.journal import NoJournal
from isogloss.models.progress.observation import ignore_progress
from isogloss.models.spaces import read_space
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.normalizer import Normalizer
from research.measurement import RESULTS_FOLDER, SAMPLE, read_results, save_results

Distortion = Literal["sheared", "curved"]

RESULTS = RESULTS_FOLDER / "distortions.json"
WORDS = 5000
DIMENSIONS = (10, 20, 50)
STRENGTH: Mapping[Distortion, float] = {"sheared": 1.0, "curved": 0.6}
NOISE = 0.02
RECIPE = NeuralGromovWassersteinRecipe(
    steps=300, learning_rate=1e-3, averaging=0.99, assess_every=25, patience=4
)


@dataclass(frozen=True, slots=True, eq=False)
class Distorted:
    """A pair of spaces whose rows correspond.

    Attributes:
        pair: Source and target, normalised.
        orthogonal: The best orthogonal map.
        linear: The best linear map.

    """

    pair: NormalisedPair
    orthogonal: LinearTransport
    linear: LinearTransport


def distorted(space: EmbeddingSpace, dimension: int, kind: Distortion, seed: int) -> Distorted:
    """Turn and distort the leading principal components of a space."""
    rng = np.random.default_rng(seed)
    x = _components(space, dimension)
    rotation, _ = np.linalg.qr(rng.standard_normal((dimension, dimension)))
    y = x @ rotation
    y = y + STRENGTH[kind] * (_shear(y, rng) if kind == "sheared" else _curve(y, rng))
    y += NOISE * np.linalg.norm(y, axis=1).mean() * rng.standard_normal(y.shape) / dimension**0.5
    source = EmbeddingSpace("xx", space.words, x.astype(np.float32))
    target = EmbeddingSpace("yy", space.words, y.astype(np.float32))
    pair = NormalisedPair.of(source, target, device="cpu")
    linear = linear_map(pair.x, pair.y).contiguous()
    orthogonal = orthogonal_map(pair.x, pair.y)
    return Distorted(pair, LinearTransport(orthogonal), LinearTransport(linear))


def measure(space: EmbeddingSpace, dimension: int, kind: Distortion, seed: int) -> dict[str, Any]:
    """Play from the best orthogonal map and compare."""
    case = distorted(space, dimension, kind, seed)
    raw = train_neural_gromov_wasserstein(
        case.pair,
        case.orthogonal.weight.detach(),
        RECIPE,
        seed=seed,
        journal=NoJournal(),
        observe=ignore_progress,
        judge=lambda transport: mutual_share(case.pair, transport),
    )
    maps = {"orthogonal": case.orthogonal, "linear": case.linear, "ngw": as_network(raw.transport)}
    return {
        "distortion": kind,
        "dimension": dimension,
        "seed": seed,
        "seconds": round(raw.seconds, 1),
        "threads": torch.get_num_threads(),
        **{name: figures(case.pair, transport) for name, transport in maps.items()},
    }


def mutual_share(pair: NormalisedPair, transport: Transport) -> float:
    """Share of the source words that have a mutual neighbour; knows nothing of the pairs."""
    with torch.inference_mode():
        return len(induce_mutual(transport(pair.x), pair.y).source) / len(pair.x)


def figures(pair: NormalisedPair, transport: Transport) -> dict[str, float]:
    """P@1 by CSLS, and the mean squared distance of an image to where it belongs."""
    with torch.inference_mode():
        image: Float[Tensor, "n d"] = unit(transport(pair.x))
        right = csls(image @ pair.y.T).argmax(dim=1) == torch.arange(len(image))
        squared = (image - pair.y).square().sum(dim=1).mean()
    return {
        "precision_at_1": round(float(right.float().mean()), 4),
        "squared_distance": round(float(squared), 4),
        "mutual_share": round(mutual_share(pair, transport), 4),
    }


def _components(space: EmbeddingSpace, dimension: int) -> Float64[np.ndarray, "n d"]:
    vectors = Normalizer.fit(space.vectors)(space.vectors).astype(np.float64)
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    kept: Float64[np.ndarray, "n d"] = vectors @ axes[:, ::-1][:, :dimension]
    return kept


def _shear(y: Float64[np.ndarray, "n d"], rng: np.random.Generator) -> Float64[np.ndarray, "n d"]:
    dimension, size = y.shape[1], y.std()
    into = rng.standard_normal((dimension, 2 * dimension)) / dimension**0.5
    back = rng.standard_normal((2 * dimension, dimension)) / (2 * dimension) ** 0.5
    moved: Float64[np.ndarray, "n d"] = size * np.tanh(2 * (y / size) @ into) @ back
    return moved


def _curve(y: Float64[np.ndarray, "n d"], rng: np.random.Generator) -> Float64[np.ndarray, "n d"]:
    dimension, size = y.shape[1], np.linalg.norm(y, axis=1).mean()
    into = rng.standard_normal((dimension, 2 * dimension))
    phase = rng.uniform(0, 2 * np.pi, 2 * dimension)
    back = rng.standard_normal((2 * dimension, dimension)) / dimension
    moved = size * np.cos(1.5 * (y / size) @ into + phase) @ back
    centred: Float64[np.ndarray, "n d"] = moved - moved.mean(axis=0)
    return centred


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Lay out medians over the seeds, with the range of NGW, as Markdown."""
    lines = [
        "| distortion | dimensions | seeds | P@1: best orthogonal, the start | NGW from it | range "
        "| best linear | squared distance: start | NGW | best linear |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for kind in STRENGTH:
        for dimension in DIMENSIONS:
            group = [
                row for row in rows if (row["distortion"], row["dimension"]) == (kind, dimension)
            ]
            if group:
                lines.append(_line(kind, dimension, group))
    return "\n".join(lines)


def _line(kind: str, dimension: int, group: Sequence[Mapping[str, Any]]) -> str:
    ngw = [row["ngw"]["precision_at_1"] for row in group]
    cells = [
        *(kind, str(dimension), str(len(group))),
        _median(row["orthogonal"]["precision_at_1"] for row in group),
        _median(ngw),
        f"{min(ngw):.3f} to {max(ngw):.3f}",
        _median(row["linear"]["precision_at_1"] for row in group),
        *(
            _median(row[name]["squared_distance"] for row in group)
            for name in ("orthogonal", "ngw", "linear")
        ),
    ]
    return f"| {' | '.join(cells)} |"


def _median(values: Iterable[float]) -> str:
    return f"{statistics.median(values):.3f}"


def main() -> None:
    """Measure every distortion, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--space", type=Path, default=SAMPLE / "en.vec.gz", help="file of word vectors"
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--table", action="store_true", help="only print the table")
    arguments = parser.parse_args()
    if not arguments.table:
        space = read_space(arguments.space, language="xx", limit=WORDS).space
        rows: list[dict[str, Any]] = []
        for kind in STRENGTH:
            for dimension in DIMENSIONS:
                for seed in range(arguments.seeds):
                    rows.append(measure(space, dimension, kind, seed))
                    print(json.dumps(rows[-1]), flush=True)
        save_results(
            RESULTS,
            rows,
            {
                "space": arguments.space.name,
                "words": len(space),
                "noise": NOISE,
                **{str(kind): strength for kind, strength in STRENGTH.items()},
            },
        )
    print(table(read_results(RESULTS)))


if __name__ == "__main__":
    main()
