"""The test of whether a map is an alignment: what chance reaches, and what is found all the same.

    python -m research.benchmarks.verdict --data FOLDER [--only unrelated|copies|pairs]
    python -m research.benchmarks.verdict --table

FOLDER holds `COLLECTION/LANGUAGE.vec.gz` with `COLLECTION/lexicons/XX-YY.train.txt`, and
`single_cell/`. Three things are measured, and added to `verdict.json` cell by cell as they end:

- *unrelated*: fits between spaces that have nothing to do with each other, of 3 to 5,000 words in 1
  to 300 dimensions, every second run with sides of unequal size. Whatever is found is a mistake.
  Up to 300 words they are fits of `isogloss train --aligner self-learning`; above, the search is
  that of its first start alone, as the others would take hours.
- *copies*: a space and a turned copy of it with more and more noise, under the map of all pairs:
  how few words and dimensions, and how poor a map, are still found.
- *pairs*: what chance reaches between real languages, beside the agreement of the map of the train
  lexicon. With the agreements of `reliability.json` this tells which fits are still found.

The vectors of a benchmark of 60 processor minutes; fewer with `--only`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from isogloss.models.aligners import Recipe, create_aligner
from isogloss.models.aligners.judging import judge_map
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.errors import DirectionsError, NoAlignmentFoundError
from isogloss.models.neighbours.csls import hubness, nearest_by_csls, unit
from isogloss.models.spaces import read_lexicon, read_space
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.verdict import Verdict
from research.benchmarks.unrelated_spaces import REAL, SYNTHETIC, unrelated
from research.benchmarks.verdict_tables import COPY_SEEDS, tables
from research.measurement import RESULTS_FOLDER, add_result, read_results

RESULTS = RESULTS_FOLDER / "verdict.json"
PARTS = ("pairs", "copies", "unrelated")
Key = tuple[str | int, ...]

SIZES: Mapping[int, tuple[int, tuple[int, ...]]] = {
    3: (8, (1, 5, 20, 100)),
    10: (8, (1, 5, 20, 100)),
    30: (8, (1, 3, 5, 10, 25, 100)),
    50: (8, (3, 10, 20, 50)),
    100: (9, (1, 3, 5, 10, 25, 50, 100, 300)),
    300: (6, (1, 3, 5, 10, 25, 50, 100)),
    1000: (2, (3, 10, 25, 100, 300)),
    5000: (1, (10, 50, 300)),
}
"""Words → runs of each kind, and their dimensions."""

_WHOLE_SEARCH = 300
_CELL_DIMENSIONS = 19
_CELLS = 1047
_NOISES = (0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3)
COPY_SIZES = (20, 30, 50, 100, 300, 1000)
COPY_DIMENSIONS = (2, 3, 5, 10, 25, 50, 100, 300)


def unrelated_cells(data: Path | None) -> Iterator[tuple[str, int, int, int]]:
    """Give kind, words, dimensions and runs of each cell, the small ones first."""
    kinds = (*SYNTHETIC, *(REAL if data is not None else ()))
    for words, (runs, dimensions) in SIZES.items():
        for kind in kinds:
            for dimension in dimensions:
                if "cells" in kind and (dimension > _CELL_DIMENSIONS or words > _CELLS):
                    continue
                yield kind, words, dimension, runs


def measure_unrelated(
    kind: str, words: int, dimension: int, runs: int, data: Path | None
) -> dict[str, Any]:
    """Fit and judge, run by run; gives counts and the spread of the figures.

    In one dimension few words may all point the same way: these are refused as an input error.
    """
    verdicts: list[Verdict] = []
    fitting, judging, refused = 0.0, 0.0, 0
    for run in range(runs):
        seed = abs(hash_of(kind, words, dimension)) + run
        sizes, dimensions = _sides(words, dimension, run, seed)
        source, target = unrelated(kind, sizes, dimensions, seed, data)
        begin = time.process_time()
        try:
            verdict = _fitted_verdict(source, target, seed, whole=words <= _WHOLE_SEARCH)
        except DirectionsError:
            refused += 1
            continue
        verdicts.append(verdict)
        fitting += time.process_time() - begin
        begin = time.process_time()
        _ = NormalisedPair.of(source, target, device="cpu").chance
        judging += time.process_time() - begin
    states = [each.state for each in verdicts]
    agreements = [each.agreement or 0.0 for each in verdicts] or [0.0]
    known = [each for each in verdicts if each.bound is not None]
    return {
        "part": "unrelated",
        "kind": kind,
        "words": words,
        "dimension": dimension,
        "seed": 0,
        "runs": runs,
        "found": states.count("found"),
        "not_found": states.count("not_found"),
        "cannot_be_judged": states.count("cannot_be_judged"),
        "refused": refused,
        "agreement": [round(value, 3) for value in (median(agreements), max(agreements))],
        "chance": round(median([each.chance or 0.0 for each in known]), 3) if known else None,
        "bound": round(median([each.bound or 0.0 for each in known]), 3) if known else None,
        "least_p_value": float(f"{min(each.p_value or 1.0 for each in known):.2g}")
        if known
        else None,
        "fit_seconds": round(fitting / runs, 2),
        "chance_seconds": round(judging / runs, 2),
    }


def hash_of(kind: str, words: int, dimension: int) -> int:
    """Give a number that depends on the cell alone."""
    return sum(ord(letter) for letter in kind) * 1_000_000 + words * 1000 + dimension


def _sides(
    words: int, dimension: int, run: int, seed: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Take both sides alike, or, in every second run, as unequal as one to two."""
    rng = np.random.default_rng(seed)
    if run % 2 == 0:
        return (words, words), (dimension, dimension)
    other = max(3, round(words * rng.uniform(0.5, 1.0)))
    narrower = max(1, round(dimension * rng.uniform(0.5, 1.0)))
    sizes, dimensions = (words, other), (dimension, narrower)
    return (sizes, dimensions) if rng.random() < 1 / 2 else (sizes[::-1], dimensions)


def _fitted_verdict(
    source: EmbeddingSpace, target: EmbeddingSpace, seed: int, *, whole: bool
) -> Verdict:
    recipe = Recipe()
    if not whole:
        recipe = replace(
            recipe, portfolio=replace(recipe.portfolio, starts=recipe.portfolio.starts[:1])
        )
    try:
        return create_aligner("self-learning", recipe=recipe, seed=seed).fit(source, target).verdict
    except NoAlignmentFoundError as error:
        return error.verdict


def measure_copies(words: int, dimension: int) -> dict[str, Any]:
    """Judge the best map between a cloud and its turned copy, as noise rises."""
    found: dict[str, list[int]] = {}
    precision: dict[str, list[float]] = {}
    for seed in range(COPY_SEEDS):
        rng = np.random.default_rng(seed)
        cloud = rng.normal(size=(words, dimension))
        turn = np.linalg.qr(rng.normal(size=(dimension, dimension)))[0]
        for noise in _NOISES:
            copy = cloud @ turn + noise * rng.normal(size=cloud.shape)
            pair = NormalisedPair.of(_space("aa", cloud), _space("bb", copy), device="cpu")
            mapped = pair.x @ orthogonal_map(pair.x, pair.y).T
            verdict = judge_map(pair.x, pair.y, mapped, chance=pair.chance)
            found.setdefault(str(noise), []).append(verdict.found)
            precision.setdefault(str(noise), []).append(_precision(mapped, pair.y))
    return {
        "part": "copies",
        "words": words,
        "dimension": dimension,
        "seed": 0,
        "found": {noise: sum(each) for noise, each in found.items()},
        "precision_at_1": {
            noise: round(sum(each) / len(each), 3) for noise, each in precision.items()
        },
    }


def _space(language: str, vectors: np.ndarray) -> EmbeddingSpace:
    words = tuple(f"{language}-{row}" for row in range(len(vectors)))
    return EmbeddingSpace(language, words, np.ascontiguousarray(vectors, np.float32))


def _precision(mapped: torch.Tensor, y: torch.Tensor) -> float:
    image = unit(mapped)
    answers = nearest_by_csls(image, y, hubness(y, image))
    return float((answers == torch.arange(len(y))).float().mean())


def measure_pair(name: str, data: Path) -> dict[str, Any]:
    """Measure what chance reaches between two languages, and judge the map of the train lexicon."""
    spaces = read_pair(name, data)
    pair = NormalisedPair.of(spaces[0], spaces[1], device="cpu")
    begin = time.process_time()
    chance = pair.chance
    seconds = time.process_time() - begin
    assert chance is not None
    rows = torch.from_numpy(read_lexicon(lexicon_file(name, data, "train")).row_pairs(*spaces))
    weight = orthogonal_map(pair.x[rows[:, 0]], pair.y[rows[:, 1]])
    verdict = judge_map(pair.x, pair.y, pair.x @ weight.T, chance=chance)
    return {
        "part": "pairs",
        "pair": name,
        "seed": 0,
        "chance": round(chance.mean, 4),
        "bound": round(chance.bound, 4),
        "supervised": round(verdict.agreement or 0.0, 4),
        "state": verdict.state,
        "p_value_at_0.3": float(f"{chance.p_value(0.3):.2g}"),
        "chance_seconds": round(seconds, 1),
    }


def read_pair(pair: str, data: Path) -> tuple[EmbeddingSpace, EmbeddingSpace]:
    """Read both languages of a pair such as ``docs:fr-es``."""
    collection, _, languages = pair.partition(":")
    source, target = (
        read_space(_vectors(data, collection, language), language=language).space
        for language in languages.split("-")
    )
    return source, target


def lexicon_file(pair: str, data: Path, part: str) -> Path:
    """Name the lexicon of a pair: its part ``train`` or ``test``."""
    collection, _, languages = pair.partition(":")
    return data / collection / "lexicons" / f"{languages}.{part}.txt"


def _vectors(data: Path, collection: str, language: str) -> Path:
    own = data / collection / f"{language}.vec.gz"
    # The far languages are those of the manuals, and have no copy of these.
    return own if own.exists() else data / "manuals" / f"{language}.vec.gz"


def all_pairs(data: Path) -> list[str]:
    """Name the pairs that have a train lexicon."""
    return sorted(
        f"{file.parents[1].name}:{file.name.partition('.')[0]}"
        for file in data.glob("*/lexicons/*.train.txt")
    )


def jobs(data: Path | None, only: str | None) -> Iterator[tuple[Key, Callable[[], dict[str, Any]]]]:
    """Give what is to be measured, each with its key: pairs, copies, then unrelated spaces."""
    if only in (None, "pairs") and data is not None:
        for name in all_pairs(data):
            yield ("pairs", name), partial(measure_pair, name, data)
    if only in (None, "copies"):
        for words, dimension in product(COPY_SIZES, COPY_DIMENSIONS):
            yield ("copies", words, dimension), partial(measure_copies, words, dimension)
    if only in (None, "unrelated"):
        for kind, words, dimension, runs in unrelated_cells(data):
            yield (
                ("unrelated", words, dimension, kind),
                partial(measure_unrelated, kind, words, dimension, runs, data),
            )


def measure_all(data: Path | None, only: str | None, *, path: Path = RESULTS) -> None:
    """Measure what the file lacks; every cell is kept as it ends."""
    for key, measure in jobs(data, only):
        if any(_key(row) == key for row in read_results(path)):
            continue
        row = measure()
        add_result(path, row, key=lambda each: tuple(map(str, _key(each))), settings={})
        print(json.dumps(row), flush=True)


def _key(row: Mapping[str, Any]) -> Key:
    if row["part"] == "pairs":
        return "pairs", row["pair"]
    if row["part"] == "copies":
        return "copies", row["words"], row["dimension"]
    return "unrelated", row["words"], row["dimension"], row["kind"]


def main() -> None:
    """Measure what the file lacks, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the collections")
    parser.add_argument("--only", choices=PARTS, help="one part alone")
    parser.add_argument("--table", action="store_true", help="only print what is known")
    arguments = parser.parse_args()
    if not arguments.table:
        measure_all(arguments.data, arguments.only)
    print(tables(read_results(RESULTS)))


if __name__ == "__main__":
    main()
