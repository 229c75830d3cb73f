"""Dictionaries in which most entries are wrong: closed form, trimming and ROBOT.

    python -m research.benchmarks.noisy_dictionary --data FOLDER docs:fr-es manuals:en-de \
        novels:en-es
    python -m research.benchmarks.noisy_dictionary --table

FOLDER holds `COLLECTION/LANGUAGE.vec.gz` and `COLLECTION/lexicons/XX-YY.{train,test}.txt`. In a
share of the pairs of the train lexicon the targets are shuffled among each other; or all pairs are
put into groups of ten, in which nothing says who belongs to whom. P@1 is that of the untouched test
lexicon, by CSLS over the whole target vocabulary. Hubs are counted among the images of the 5,000
most frequent source words, a quarter of the work of all. Rows are added to `noisy_dictionary.json`
beside this script as they end.

Methods: *trimmed, count known* is told how many pairs are right, which nobody knows in practice:
the yardstick of what dropping pairs can give. *Trimmed by random pairs* and ROBOT know nothing of
the share. Exact correspondence means something only in groups: a line of its own has no other
partner, and its exact plan is the closed form.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.recipe import RobotRecipe
from isogloss.models.aligners.robot_matching import Groups, matched_orthogonal_map
from isogloss.models.neighbours.csls import hubness, unit
from research.benchmarks.matching import Languages
from research.measurement import RESULTS_FOLDER, save_results, spread_of
from research.methods.trimmed_procrustes import (
    nearer_than_random,
    nearest,
    trimmed_orthogonal_map,
)

RESULTS = RESULTS_FOLDER / "noisy_dictionary.json"
SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
GROUP = 10
ROUNDS = 20
MARGIN = RobotRecipe().margin
HUB_WORDS = 5000

_CLEAN = "none wrong"
_GROUPED = f"groups of {GROUP} shuffled"
CONDITIONS = (_CLEAN, *(f"{share:.0%} wrong" for share in SHARES), _GROUPED)
METHODS = (
    "Procrustes",
    "trimmed, count known",
    "trimmed by random pairs",
    "ROBOT",
    "ROBOT, plan held fixed",
    "ROBOT, exact",
)


def shuffled_in_part(targets: Tensor, share: float, seed: int) -> Tensor:
    """Shuffle the targets of a random share of the pairs among each other."""
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(targets), generator=generator)[: round(share * len(targets))]
    result = targets.clone()
    result[chosen] = targets[chosen[torch.randperm(len(chosen), generator=generator)]]
    return result


def shuffled_groups(rows: Tensor, seed: int) -> Groups:
    """Put pairs into groups at random and shuffle the targets within each; a rest is left out."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(rows), generator=generator)[: len(rows) // GROUP * GROUP]
    sources, targets = (rows[order, side].view(-1, GROUP) for side in (0, 1))
    places = torch.rand(targets.shape, generator=generator).argsort(dim=1)
    return Groups(sources, targets.gather(1, places))


def dictionary(rows: Tensor, condition: str, seed: int) -> Groups:
    """Spoil the pairs of a lexicon."""
    if condition == _GROUPED:
        return shuffled_groups(rows, seed)
    share = dict(zip(CONDITIONS, (0.0, *SHARES), strict=False))[condition]
    return Groups(rows[:, :1], shuffled_in_part(rows[:, 1], share, seed)[:, None])


def map_of(method: str, pair: NormalisedPair, groups: Groups, right: int) -> Tensor:
    """Fit a map on a dictionary; ``right`` is how many of its pairs are right."""
    if method.startswith("ROBOT"):
        correspondence: Literal["exact", "inexact"] = "exact" if "exact" in method else "inexact"
        recipe = RobotRecipe(
            rounds=ROUNDS, correspondence=correspondence, through_plan="fixed" not in method
        )
        return matched_orthogonal_map(pair, [groups], recipe)
    sources = groups.sources[:, :, None].expand(-1, -1, groups.targets.shape[1])
    targets = groups.targets[:, None, :].expand(-1, groups.sources.shape[1], -1)
    x, y = pair.x[sources.flatten()], pair.y[targets.flatten()]
    choose = nearest(right) if method.endswith("known") else nearer_than_random(MARGIN)
    return trimmed_orthogonal_map(x, y, choose, rounds=0 if method == "Procrustes" else ROUNDS)


def precision_at_1(languages: Languages, weight: Tensor, hub_words: int = HUB_WORDS) -> float:
    """Give the share of test words whose first answer by an orthogonal map is right.

    Args:
        languages: The pair.
        weight: The map of normalised vectors.
        hub_words: The most frequent source words, among whose images hubs are counted.

    """
    accepted: dict[int, set[int]] = {}
    for source, target in languages.test.row_pairs(languages.source, languages.target).tolist():
        accepted.setdefault(source, set()).add(target)
    images, y = unit(languages.pair.x @ weight.T), unit(languages.pair.y)
    scores = 2 * images[list(accepted)] @ y.T - hubness(y, images[:hub_words])
    found = scores.argmax(dim=1).tolist()
    right = sum(answer in each for answer, each in zip(found, accepted.values(), strict=True))
    return right / len(accepted)


def right_pairs(groups: Groups, rows: Tensor) -> int:
    """Count the pairs within the groups that are in the lexicon."""
    known = set(map(tuple, rows.tolist()))
    return sum(
        (source, target) in known
        for sources, targets in zip(groups.sources.tolist(), groups.targets.tolist(), strict=True)
        for source in sources
        for target in targets
    )


def measure(
    languages: Languages, condition: str, seed: int, methods: Sequence[str] = METHODS
) -> list[dict[str, Any]]:
    """Fit all methods on one spoilt dictionary."""
    rows = torch.from_numpy(languages.train.row_pairs(languages.source, languages.target))
    groups = dictionary(rows, condition, seed)
    right = right_pairs(groups, rows)
    found = []
    for method in methods:
        if method == "ROBOT, exact" and condition != _GROUPED:
            continue
        begin = time.process_time()
        weight = map_of(method, languages.pair, groups, right)
        seconds = time.process_time() - begin
        found.append(
            {
                "pair": languages.name,
                "condition": condition,
                "seed": seed,
                "method": method,
                "pairs": groups.sources.numel(),
                "right": right,
                "precision_at_1": round(precision_at_1(languages, weight), 4),
                "processor_seconds": round(seconds, 2),
            }
        )
    return found


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out P@1 as Markdown: medians of the seeds, smallest and largest in brackets."""
    rows = list(rows)
    lines = [
        f"| pair | train lexicon | {' | '.join(METHODS)} |",
        f"|---|---|{'---|' * len(METHODS)}",
    ]
    for pair in dict.fromkeys(row["pair"] for row in rows):
        for condition in CONDITIONS:
            of_line = [row for row in rows if (row["pair"], row["condition"]) == (pair, condition)]
            if of_line:
                cells = (_cell([r for r in of_line if r["method"] == name]) for name in METHODS)
                shown = pair.replace("-", "→")
                lines.append(f"| {shown} | {condition} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "—"
    found = spread_of(row["precision_at_1"] for row in rows)
    if found.count == 1:
        return f"{found.median:.3f}"
    return f"{found.median:.3f} ({found.smallest:.3f} to {found.largest:.3f})"


def read_rows(path: Path = RESULTS) -> list[dict[str, Any]]:
    """Read what was measured so far."""
    if not path.exists():
        return []
    rows: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["rows"]
    return rows


def add_rows(rows: Sequence[Mapping[str, Any]], path: Path = RESULTS) -> None:
    """Add rows, in place of older ones of the same dictionary."""
    new = {(row["pair"], row["condition"], row["seed"]) for row in rows}
    kept = [
        row for row in read_rows(path) if (row["pair"], row["condition"], row["seed"]) not in new
    ]
    settings = {
        "threads": torch.get_num_threads(),
        "rounds": ROUNDS,
        "margin": MARGIN,
        "hub_words": HUB_WORDS,
    }
    save_results(path, [*kept, *rows], settings)


def main() -> None:
    """Measure every dictionary that the file lacks, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", nargs="*", help="COLLECTION:XX-YY")
    parser.add_argument("--data", type=Path, help="folder of the collections")
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0")
    parser.add_argument(
        "--condition", action="append", choices=CONDITIONS, help="repeatable; all where absent"
    )
    parser.add_argument("--output", type=Path, default=RESULTS, help="file of the results")
    parser.add_argument("--table", action="store_true", help="only print the table")
    arguments = parser.parse_args()
    if not arguments.table:
        if arguments.data is None or not arguments.pairs:
            parser.error("expected --data FOLDER and at least one COLLECTION:XX-YY")
        torch.set_num_threads(1)
        conditions = arguments.condition or CONDITIONS
        measure_all(arguments.data, arguments.pairs, arguments.seeds, conditions, arguments.output)
    print(table(read_rows(arguments.output)))


def measure_all(
    data: Path, pairs: Iterable[str], seeds: int, conditions: Sequence[str], output: Path
) -> None:
    """Measure all dictionaries of some pairs; the clean one is the same for every seed."""
    done = {(row["pair"], row["condition"], row["seed"]) for row in read_rows(output)}
    everything = []
    for argument in pairs:
        collection, pair = argument.split(":")
        everything.append(Languages.read(data / collection, pair))
    for seed in range(seeds):
        for languages in everything:
            for condition in conditions:
                if (languages.name, condition, seed) not in done and (
                    seed == 0 or condition != _CLEAN
                ):
                    add_rows(measure(languages, condition, seed), output)


if __name__ == "__main__":
    main()
