"""Which criterion ranks the maps of one pair without a dictionary, and what chosen pairs bring.

    python -m research.benchmarks.criteria --data FOLDER docs:es-fr novels:en-es
    python -m research.benchmarks.criteria --table

FOLDER holds `COLLECTION/LANGUAGE.vec.gz` and `COLLECTION/lexicons/XX-YY.{train,test}.txt`. From one
start come the maps that a fit passes through or could have taken: after more and more rounds of
self-learning, fitted on pairs that are chosen in three ways, fine-tuned on these, and disturbed.
All are right in the main, and lie within 0.1 of each other in P@1. A criterion is good if it puts
them in the order of their precision on the test lexicon, which it does not see. Rows go to
`criteria.json` beside this script; pairs that are there are not repeated.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from scipy.stats import spearmanr
from torch import Tensor

from isogloss.models.aligners import Recipe
from isogloss.models.aligners.criterion import held_out_agreement, mutual_share
from isogloss.models.aligners.fine_tuning import fine_tune
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.portfolio import find_start
from isogloss.models.aligners.recipe import RefinementRecipe
from isogloss.models.aligners.refinement import induce_pairs, self_learn_phases
from isogloss.models.aligners.self_learning import Phase, self_learn
from isogloss.models.maps.alignment import Stage
from isogloss.models.maps.networks import LinearTransport
from isogloss.models.neighbours.csls import hubness, unit
from isogloss.models.progress.journal import NoJournal
from isogloss.models.progress.observation import ignore_progress
from research.benchmarks.command import asked_pairs, pairs_parser
from research.benchmarks.robustness import Case, read_case
from research.measurement import RESULTS_FOLDER, pair_title, read_results, save_results
from research.papers.ngw_fits import precision_of_stages

RESULTS = RESULTS_FOLDER / "criteria.json"
WAYS: Mapping[str, Callable[[RefinementRecipe], RefinementRecipe]] = {
    "nearest": lambda recipe: replace(recipe, pairs="nearest"),
    "by frequency": lambda recipe: replace(recipe, spelling=False),
    "by frequency and letters": lambda recipe: recipe,
}
"""How pairs are chosen → the recipe that does so."""

CRITERIA = {
    "mutual_share": "mutual share",
    "held_out_agreement": "held-out agreement",
    "nearest_cosine": "mean cosine to the nearest",
}
_ROUNDS = (1, 3)
_DISTURBANCES = (0.1, 0.2)
_WORDS = 10000


def maps_of(pair: NormalisedPair, recipe: Recipe) -> dict[str, Tensor]:
    """Fit the maps, each under the name of how it came to be."""
    refinement = recipe.refinement
    generator = torch.Generator().manual_seed(0)
    start = find_start(pair, recipe=recipe, seed=0, journal=NoJournal(), observe=ignore_progress)
    maps = {"start": start.weight}
    for rounds in _ROUNDS:
        phase = Phase(1, refinement.phases[0].words, rounds)
        maps[f"self-learned, {rounds} rounds"] = self_learn(
            pair.x, pair.y, start.weight, phase, generator=generator
        )
    learned = maps["self-learned"] = self_learn_phases(
        pair,
        start.weight,
        refinement.phases,
        name="refinement",
        generator=generator,
        observe=ignore_progress,
    )
    for name, change in WAYS.items():
        pairs = induce_pairs(pair, learned, change(refinement))
        fitted = orthogonal_map(pair.x[pairs.source], pair.y[pairs.target])
        maps[f"{name}, orthogonal"] = fitted
        maps[f"{name}, fine-tuned"] = fine_tune(
            pair.x, pair.y, fitted, refinement.fine_tuning, pairs=pairs
        )
    for size in _DISTURBANCES:
        noise = torch.randn(learned.shape, generator=generator) * learned.square().mean().sqrt()
        maps[f"disturbed by {size:.0%}"] = learned + size * noise
    return maps


def measure(name: str, case: Case, recipe: Recipe) -> dict[str, Any]:
    """Fit the maps of a pair, and measure each by every criterion and by the test lexicon."""
    pair = NormalisedPair.of(case.source, case.target, device="cpu")
    maps = {way: LinearTransport(weight) for way, weight in maps_of(pair, recipe).items()}
    rows = {way: _criteria(pair, pair.x @ each.weight.detach().T) for way, each in maps.items()}
    stages = [
        Stage(name=way, transport=each, criterion=rows[way]["held_out_agreement"], seconds=0.0)
        for way, each in maps.items()
    ]
    figures = precision_of_stages(
        pair.alignment(*stages), case.source, case.target, {"test": case.test}
    )
    for way, found in figures.items():
        rows[way]["precision_at_1"] = found["test"]["precision_at_1"]
    return {"pair": name, "seed": 0, "maps": rows}


def _criteria(pair: NormalisedPair, mapped: Tensor) -> dict[str, float]:
    nearest = hubness(unit(mapped[:_WORDS]), pair.y[:_WORDS], count=1)
    return {
        "mutual_share": round(mutual_share(pair.y, mapped), 4),
        "held_out_agreement": round(held_out_agreement(pair.x, pair.y, mapped), 4),
        "nearest_cosine": round(float(nearest.mean()), 4),
    }


def table_of_ways(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out P@1 and, in brackets, the mutual share of the map of each way to choose pairs."""
    names = ["self-learned", *(f"{way}, {kind}" for way in WAYS for kind in _KINDS)]
    lines = [f"| pair | {' | '.join(names)} |", f"|{'---|' * (len(names) + 1)}"]
    for row in rows:
        cells = [row["maps"][name] for name in names]
        told = (f"{each['precision_at_1']:.3f} ({each['mutual_share']:.3f})" for each in cells)
        lines.append(f"| {pair_title(row['pair'])} | {' | '.join(told)} |")
    return "\n".join(lines)


_KINDS = ("orthogonal", "fine-tuned")


def table_of_criteria(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out each criterion's rank correlation with P@1, and how far its choice is below the best.

    The second figure is the P@1 of the best map less that of the map that the criterion prefers.
    """
    lines = [
        f"| pair | maps | P@1 | {' | '.join(CRITERIA.values())} |",
        f"|{'---|' * (len(CRITERIA) + 3)}",
    ]
    for row in rows:
        named: Mapping[str, Mapping[str, float]] = row["maps"]
        untuned = [each for name, each in named.items() if not name.endswith("fine-tuned")]
        for label, maps in (("all", list(named.values())), ("not fine-tuned", untuned)):
            precision = [each["precision_at_1"] for each in maps]
            cells = []
            for name in CRITERIA:
                judged = [each[name] for each in maps]
                chosen = precision[judged.index(max(judged))]
                rank = float(spearmanr(judged, precision).statistic)
                cells.append(f"{rank:.2f}, {max(precision) - chosen:.3f}")
            span = f"{min(precision):.3f} to {max(precision):.3f}"
            case = f"{pair_title(row['pair'])}, {label}"
            lines.append(f"| {case} | {len(maps)} | {span} | {' | '.join(cells)} |")
    return "\n".join(lines)


def measure_all(
    data: Path, pairs: Iterable[str], *, recipe: Recipe | None = None, path: Path = RESULTS
) -> None:
    """Measure the pairs that the file lacks; each is kept as it ends."""
    for name in pairs:
        if any(row["pair"] == name for row in read_results(path)):
            continue
        row = measure(name, read_case(data, name), recipe or Recipe())
        # Read again: another process may have added its pairs meanwhile.
        rows = sorted([*read_results(path), row], key=lambda row: str(row["pair"]))
        save_results(path, rows, {"recipe": "default"})
        print(json.dumps(row), flush=True)


def main() -> None:
    """Measure what the file lacks, then print both tables."""
    arguments = asked_pairs(pairs_parser(__doc__))
    if not arguments.table:
        measure_all(arguments.data, arguments.pairs)
    print(table_of_ways(read_results(RESULTS)))
    print(table_of_criteria(read_results(RESULTS)))


if __name__ == "__main__":
    main()
