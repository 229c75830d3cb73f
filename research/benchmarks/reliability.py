"""Every stage of the default aligner over many seeds: what it adds, how often it ends well.

    python -m research.benchmarks.reliability --data FOLDER docs:fr-es manuals:en-de --seeds 10 \
        --whole 3
    python -m research.benchmarks.reliability --table

FOLDER holds `COLLECTION/LANGUAGE.vec.gz` and `COLLECTION/lexicons/XX-YY.{train,test}.txt`. A fit is
that of `isogloss train`, measured after each of its four steps; it sees no dictionary. A run that
finds nothing is measured too, so that none that is right is thrown away unseen. Whether a run ends
well is decided by the search for a start: NGW holds what it gets, and what follows has no seed. So
`--whole` seeds run every step, and `--seeds` seeds the search and self-learning alone. Runs are
added to `reliability.json` beside this script as they end, one seed of all pairs after the other;
those that are there are not repeated.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import torch

from isogloss.models.aligners import Recipe
from isogloss.models.aligners.criterion import held_out_agreement
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.portfolio import find_start
from isogloss.models.aligners.refinement import refine, self_learn_phases
from isogloss.models.evaluation import calibration, evaluate
from isogloss.models.maps.alignment import Alignment, Stage
from isogloss.models.maps.networks import LinearTransport
from isogloss.models.progress.journal import NoJournal
from isogloss.models.progress.observation import ignore_progress
from isogloss.models.retrieval import TrainingRecord, Translator
from research.benchmarks.command import asked_pairs, describe_probability, pairs_parser
from research.benchmarks.reliability_table import draw, table
from research.benchmarks.robustness import Case, read_case
from research.measurement import RESULTS_FOLDER, read_results, save_results
from research.papers.ngw_fits import fit, fit_supervised, precision_of_stages

RESULTS = RESULTS_FOLDER / "reliability.json"
PICTURE = RESULTS_FOLDER / "reliability.png"
_SEARCHED = "self-learned"
"""The last stage of a search alone."""


def measure(
    pair: str, case: Case, seed: int, recipe: Recipe, *, whole: bool = True
) -> dict[str, Any]:
    """Fit a pair, and measure it on the test lexicon after each step."""
    spaces = case.source, case.target
    wall, processor = time.perf_counter(), time.process_time()
    alignment = fit(*spaces, recipe, seed=seed).alignment if whole else search(case, recipe, seed)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    if whole:
        alignment = with_orthogonal_stage(alignment, case, recipe)
    stages = precision_of_stages(alignment, *spaces, {"test": case.test})
    return {
        "pair": pair,
        "seed": seed,
        "whole": whole,
        "seconds": round(wall, 1),
        "processor_seconds": round(processor, 1),
        "threads": torch.get_num_threads(),
        "found": alignment.found,
        "criterion": round(alignment.stages[-1].criterion, 4),
        "supervised": supervised(case),
        "stages": stages,
        **(_probabilities(alignment, case) if whole and alignment.found else {}),
    }


@cache
def supervised(case: Case) -> object:
    """Measure the orthogonal map of the train lexicon."""
    alignment = fit_supervised(case.source, case.target, case.train)
    lexicons = {"test": case.test}
    (stage,) = precision_of_stages(alignment, case.source, case.target, lexicons).values()
    return stage["test"]


def with_orthogonal_stage(alignment: Alignment, case: Case, recipe: Recipe) -> Alignment:
    """Add the map before fine-tuning as a stage of its own, where the fit came so far."""
    *before, last = alignment.stages
    if last.name != "refined":
        return alignment
    untuned = replace(
        recipe.refinement, fine_tuning=replace(recipe.refinement.fine_tuning, steps=0)
    )
    pair = NormalisedPair.of(case.source, case.target, device="cpu")
    orthogonal = refine(pair, before[-1].transport, untuned, observe=ignore_progress)
    return replace(alignment, stages=(*before, orthogonal, replace(last, name="tuned")))


def search(case: Case, recipe: Recipe, seed: int) -> Alignment:
    """Search for a start, and let it learn from itself."""
    pair = NormalisedPair.of(case.source, case.target, device="cpu")
    found = find_start(pair, recipe=recipe, seed=seed, journal=NoJournal(), observe=ignore_progress)
    begin = time.perf_counter()
    weight = self_learn_phases(
        pair,
        found.weight,
        recipe.refinement.phases,
        name="refinement",
        generator=torch.Generator().manual_seed(0),
        observe=ignore_progress,
    )
    stages = [
        Stage(
            name=name,
            transport=LinearTransport(each),
            criterion=held_out_agreement(pair.x, pair.y, pair.x @ each.T),
            seconds=seconds,
        )
        for name, each, seconds in (
            ("start", found.weight, found.seconds),
            (_SEARCHED, weight, time.perf_counter() - begin),
        )
    ]
    return pair.alignment(*stages, verdict=pair.judge(stages[-1]))


def _probabilities(alignment: Alignment, case: Case) -> dict[str, Any]:
    details = TrainingRecord(aligner="neural-gw")
    translator = Translator.build(alignment, case.source, case.target, details=details)
    measured = {
        name: _probability(translator.with_posterior(spelling=spelling), case)
        for name, spelling in (("probability", True), ("probability_without_spelling", False))
    }
    return {name: figures for name, figures in measured.items() if figures is not None}


def _probability(translator: Translator, case: Case) -> object:
    if translator.posterior is None:
        return None
    figures = evaluate(translator, case.test, score="probability").as_dict()
    told = calibration(translator, case.test).as_dict()
    return describe_probability({**figures, "calibration": told})["probability"]


def main() -> None:
    """Measure every run that the file lacks, then draw and print the table."""
    parser = pairs_parser(__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="searches, from seed 0")
    parser.add_argument("--whole", type=int, default=3, help="fits with every step, from seed 0")
    arguments = asked_pairs(parser)
    if not arguments.table:
        measure_all(arguments.data, arguments.pairs, arguments.seeds, arguments.whole)
    rows = read_results(RESULTS)
    draw(rows, PICTURE)
    print(table(rows))


def measure_all(
    data: Path,
    pairs: Iterable[str],
    seeds: int,
    whole: int,
    *,
    recipe: Recipe | None = None,
    path: Path = RESULTS,
) -> None:
    """Measure what the file lacks; every run is kept as it ends."""
    cases = {pair: read_case(data, pair) for pair in pairs}
    runs = [(seed, True) for seed in range(whole)] + [(seed, False) for seed in range(seeds)]
    for seed, every_step in runs:
        for pair, case in cases.items():
            if any(_key(row) == (pair, seed, every_step) for row in read_results(path)):
                continue
            run = measure(pair, case, seed, recipe or Recipe(), whole=every_step)
            # Read again: another process may have added its pairs meanwhile.
            save_results(path, sorted([*read_results(path), run], key=_key), {"recipe": "default"})
            print(json.dumps(run), flush=True)


def _key(row: Mapping[str, Any]) -> tuple[str, int, bool]:
    return row["pair"], row["seed"], row["whole"]


if __name__ == "__main__":
    main()
