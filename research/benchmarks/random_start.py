"""NGW between words from a random start, as in its paper: how far it comes, and why no further.

    python -m research.benchmarks.random_start --data FOLDER
    python -m research.benchmarks.random_start --table

FOLDER holds `docs/{fr,es}.vec.gz` and `docs/lexicons/fr-es.{train,test}.txt`. Two cases: French and
itself turned, in the leading principal components, where an exact answer exists; and French →
Spanish. Two ways to play: as the paper does (`--recipe paper`), and in white coordinates with P in
closed form, as between Gaussians (`python -m research.papers ngw-gaussians`). An orthogonal map
costs nothing, whichever it is; what a random one violates is the marginal. So on the way the sliced
Wasserstein distance of the images to the target's words is taken, beside that of the right map:
whether the game fails to bring the two together, or does and gets no translation by it. Results go
to `random_start.json` and into a picture beside this script.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from isogloss.models.aligners.criterion import FOUND_BOUND, held_out_agreement
from isogloss.models.aligners.neural_gw.training import game_of_words
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.recipe import NeuralGromovWassersteinRecipe
from isogloss.models.fitting.recipe_files import find_recipe, read_recipe
from isogloss.models.neighbours.csls import hubness, unit
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.normalizer import Normalizer
from research.benchmarks.robustness import read_case
from research.measurement import RESULTS_FOLDER, read_results, save_results

RESULTS = RESULTS_FOLDER / "random_start.json"
PICTURE = RESULTS_FOLDER / "random_start.png"
CONDITIONED = NeuralGromovWassersteinRecipe(
    start="random",
    coordinates="whitened",
    curvature="matrix",
    transport_widths=(128,),
    potential_widths=(128,),
    steps=300,
    batch=2048,
    transport_batch=512,
    transport_steps=3,
    learning_rate=1e-3,
    linear_rate=0.25,
    cost_rate=0.15,
    frequency_exponent=0.0,
)
WORDS = 10_000
_LOOKS = 12
_EXPLODED = 1e3
_DIRECTIONS = 256
_FEW_STEPS = 300
"""A third of what the recipe `paper` plays; in 10 dimensions it plays all."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A pair and what is right in it.

    Attributes:
        name: As the table shows it.
        pair: The spaces, normalised.
        queries: Source rows that are measured.
        answers: For each query a mask over the target's words.
        right: The orthogonal map of known pairs.

    """

    name: str
    pair: NormalisedPair
    queries: Int64[np.ndarray, " q"]
    answers: tuple[frozenset[int], ...]
    right: Float[Tensor, "n m"]


def turned(space: EmbeddingSpace, dimension: int) -> Case:
    """Make a case of the leading principal components of a space, and of these turned."""
    vectors = Normalizer.fit(space.vectors)(space.vectors).astype(np.float64)
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    x = vectors @ axes[:, ::-1][:, :dimension]
    rotation, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((dimension, dimension)))
    sides = [
        EmbeddingSpace(space.language, space.words, side.astype(np.float32))
        for side in (x, x @ rotation)
    ]
    pair = NormalisedPair.of(*sides, device="cpu")
    rows = np.arange(0, len(space), 10)
    answers = tuple(frozenset((int(row),)) for row in rows)
    name = f"{space.language} and itself, turned"
    return Case(name, pair, rows, answers, orthogonal_map(pair.x, pair.y))


def languages(data: Path) -> Case:
    """Make the case of two languages, measured on the test lexicon."""
    case = read_case(data, "docs:fr-es")
    source, target = (side.most_frequent(WORDS) for side in (case.source, case.target))
    pair = NormalisedPair.of(source, target, device="cpu")
    known = np.array(
        [
            (source.rows[word], target.rows[answer])
            for word, answers in case.train.entries.items()
            for answer in answers
            if word in source.rows and answer in target.rows
        ]
    )
    found = {
        source.rows[word]: frozenset(target.rows[each] for each in answers if each in target.rows)
        for word, answers in case.test.entries.items()
        if word in source.rows
    }
    rows = [row for row in sorted(found) if found[row]]
    right = orthogonal_map(pair.x[known[:, 0]], pair.y[known[:, 1]])
    return Case("docs fr→es", pair, np.array(rows), tuple(found[row] for row in rows), right)


def measure(
    case: Case, way: str, recipe: NeuralGromovWassersteinRecipe, seed: int
) -> dict[str, Any]:
    """Play from a random orthogonal map, and look every few steps."""
    m, n = case.pair.x.shape[1], case.pair.y.shape[1]
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(max(m, n), m + n, generator=generator)
    weight = orthogonal_map(noise[:, :m], noise[:, m:])
    game = game_of_words(case.pair, weight, recipe, seed=seed)
    begin = time.perf_counter()
    looks = [{"step": 0, **look(case, lambda x: x @ weight.T)}]
    exploded = False
    while game.step < recipe.steps and not exploded:
        losses = game.play()
        exploded = not all(abs(loss) < _EXPLODED * game.scale for loss in losses.values())
        if not exploded and game.step % max(1, recipe.steps // _LOOKS) == 0:
            looks.append({"step": game.step, **look(case, game.solution())})
    return {
        "case": case.name,
        "dimension": m,
        "way": way,
        "seed": seed,
        "seconds": round(time.perf_counter() - begin, 1),
        "threads": torch.get_num_threads(),
        "right": look(case, lambda x: x @ case.right.T),
        "steps": game.step,
        "exploded": exploded,
        "looks": looks,
    }


def look(case: Case, transport: Callable[[Tensor], Tensor]) -> dict[str, float]:
    """Take the distance between the marginals, the criterion and P@1 of a map."""
    with torch.inference_mode():
        x, y = case.pair.x, case.pair.y
        image = unit(transport(x))
        scores = 2 * image[torch.from_numpy(case.queries)] @ y.T - hubness(y, image)
        best = scores.argmax(dim=1).tolist()
        right = [row in answers for row, answers in zip(best, case.answers, strict=True)]
        return {
            "sliced_distance": round(sliced_distance(image, y), 4),
            "criterion": round(held_out_agreement(x, y, image), 4),
            "precision_at_1": round(float(np.mean(right)), 4),
        }


def sliced_distance(image: Float[Tensor, "q n"], y: Float[Tensor, "k n"]) -> float:
    """Sliced Wasserstein-2 distance, times √n: 1 is about the length of the vectors."""
    generator = torch.Generator().manual_seed(0)
    directions = unit(torch.randn(_DIRECTIONS, y.shape[1], generator=generator))
    levels = torch.linspace(0.0005, 0.9995, 1000)
    quantiles = [torch.quantile(side @ directions.T, levels, dim=0) for side in (image, y)]
    mean_square = (quantiles[0] - quantiles[1]).square().mean()
    return float((y.shape[1] * mean_square).sqrt())


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Lay out the first and the last look beside the right map, as Markdown."""
    lines = [
        "| case | dimensions | way | steps | sliced distance: start | end | right map "
        "| agreement: start | end | right map | P@1: start | best look | end | right map |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        first, last, right = row["looks"][0], row["looks"][-1], row["right"]
        best = max(each["precision_at_1"] for each in row["looks"])
        cells = [
            *(row["case"], str(row["dimension"]), row["way"]),
            f"{row['steps']}, exploded" if row["exploded"] else str(row["steps"]),
            *(f"{each['sliced_distance']:.3f}" for each in (first, last, right)),
            *(f"{each['criterion']:.2f}" for each in (first, last, right)),
            f"{first['precision_at_1']:.3f}",
            f"{best:.3f}",
            *(f"{each['precision_at_1']:.3f}" for each in (last, right)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def draw(rows: Sequence[Mapping[str, Any]], path: Path = PICTURE) -> None:
    """Draw the distance between the marginals, with that of the right map, and the criterion."""
    figure, (distance, criterion) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    for row in rows:
        if len(row["looks"]) < 2:
            continue
        steps = [each["step"] for each in row["looks"]]
        label = f"{row['case']}, {row['dimension']}-d, {row['way']}"
        (line,) = distance.plot(
            steps, [each["sliced_distance"] for each in row["looks"]], label=label, linewidth=1
        )
        level = row["right"]["sliced_distance"]
        distance.axhline(level, color=line.get_color(), linewidth=1, linestyle=":")
        criterion.plot(steps, [each["criterion"] for each in row["looks"]], linewidth=1)
    criterion.axhline(FOUND_BOUND, color="0.6", linewidth=1, linestyle="--")
    distance.set(
        xlabel="outer steps", ylabel="sliced distance, dotted: the right map", ylim=(0, None)
    )
    criterion.set(xlabel="outer steps", ylabel="held-out agreement, with its bound", ylim=(0, 1))
    distance.legend(fontsize=7)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    """Measure, draw, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the collections")
    parser.add_argument("--table", action="store_true", help="only draw and print")
    arguments = parser.parse_args()
    if not arguments.table:
        if arguments.data is None:
            parser.error("expected --data FOLDER")
        measure_all(arguments.data)
    draw(read_results(RESULTS))
    print(table(read_results(RESULTS)))


def measure_all(data: Path, path: Path = RESULTS) -> None:
    """Measure every case in both ways; rows are kept as they end and not repeated."""
    french = read_case(data, "docs:fr-es").source.most_frequent(WORDS)
    paper = read_recipe(find_recipe("paper")).neural_gw
    for case in (turned(french, 10), turned(french, 50), languages(data)):
        dimension = case.pair.x.shape[1]
        steps = paper.steps if dimension == 10 else _FEW_STEPS
        for way, recipe in (
            ("paper", replace(paper, steps=steps)),
            ("conditioned", CONDITIONED),
        ):
            rows = read_results(path)
            key = case.name, dimension, way
            if key not in {(row["case"], row["dimension"], row["way"]) for row in rows}:
                rows.append(measure(case, way, recipe, seed=0))
                save_results(path, rows, {"words": WORDS})
                print(json.dumps(rows[-1]), flush=True)


if __name__ == "__main__":
    main()
