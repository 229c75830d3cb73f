"""IPOT in the discrete aligner: as its solver, and in place of mutual neighbours.

    python -m research.benchmarks.matching --data FOLDER docs:fr-es:1000 novels:en-es:2000
    python -m research.benchmarks.matching --table

FOLDER holds `COLLECTION/LANGUAGE.vec.gz` and `COLLECTION/lexicons/XX-YY.{train,test}.txt`. The last
part of an argument is how many words `discrete-gw` couples.

*Solvers*: entropic Gromov-Wasserstein with the defaults of `discrete-gw`, and proximal steps of
several strengths for as much processor time. No dictionary is seen; P@1 is that of the test lexicon
over the whole vocabularies.

*Induction*: the map of the entropic solver is fitted again, five rounds, on pairs that are induced
among the most frequent words: mutual nearest neighbours by CSLS, or the one-to-one matching with
the largest total CSLS. The train and test lexicons only say how many of the pairs are right.
Results go to `matching.json` beside this script.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from isogloss.models.aligners.criterion import held_out_agreement
from isogloss.models.aligners.dictionary_induction import Pairs, induce_mutual
from isogloss.models.aligners.discrete_gw import couple_words
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.one_to_one_matching import match_one_to_one
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.recipe import DiscreteGromovWassersteinRecipe
from isogloss.models.evaluation import evaluate
from isogloss.models.maps.alignment import Stage
from isogloss.models.maps.networks import LinearTransport
from isogloss.models.retrieval.training_record import TrainingRecord
from isogloss.models.retrieval.translator import Translator
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon, read_lexicon
from isogloss.models.spaces.readers import read_space
from research.measurement import RESULTS_FOLDER, read_results, save_results

RESULTS = RESULTS_FOLDER / "matching.json"
ENTROPIC = DiscreteGromovWassersteinRecipe()
STRENGTHS = (0.05, 0.2, 1.0)
"""β of the proximal steps, for similarities of mean absolute value 1."""

_SWEEPS_OF_A_STEP = 10
_STEPS_OF_A_TRIAL = 3
_MOST_STEPS = 2000
_ROUNDS = 5
_MATCHERS: Mapping[str, Callable[[Tensor, Tensor], Pairs]] = {
    "mutual neighbours": induce_mutual,
    "one-to-one (IPOT)": lambda mapped, target: match_one_to_one(mapped, target).pairs,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Languages:
    """Two vocabularies, normalised, with what is known of their translations."""

    name: str
    source: EmbeddingSpace
    target: EmbeddingSpace
    pair: NormalisedPair
    train: Lexicon
    test: Lexicon

    @classmethod
    def read(cls, folder: Path, pair: str) -> Languages:
        """Read the vectors and both lexicons of a pair such as ``fr-es``."""
        source, target = (
            read_space(folder / f"{language}.vec.gz", language=language).space
            for language in pair.split("-")
        )
        lexicons = (
            read_lexicon(folder / "lexicons" / f"{pair}.{part}.txt") for part in ("train", "test")
        )
        normalised = NormalisedPair.of(source, target, device="cpu")
        train, test = lexicons
        name = f"{folder.name} {pair}"
        return cls(name=name, source=source, target=target, pair=normalised, train=train, test=test)

    def precision_at_1(self, weight: Tensor) -> float:
        """P@1 of an orthogonal map on the test lexicon."""
        stage = Stage(name="start", transport=LinearTransport(weight), criterion=0.0, seconds=0.0)
        translator = Translator.build(
            self.pair.alignment(stage),
            self.source,
            self.target,
            details=TrainingRecord(aligner="discrete-gw", recipe={}),
        )
        return evaluate(translator, self.test, ks=(1,)).precision_at_1

    def right_pairs(self, pairs: Pairs) -> tuple[int, int]:
        """How many of the pairs are in a lexicon, and how many have a source word in one."""
        accepted: dict[int, set[int]] = {}
        for lexicon in (self.train, self.test):
            for row, translation in lexicon.row_pairs(self.source, self.target).tolist():
                accepted.setdefault(row, set()).add(translation)
        known = [
            partner in accepted[row]
            for row, partner in zip(pairs.source.tolist(), pairs.target.tolist(), strict=True)
            if row in accepted
        ]
        return sum(known), len(known)


def main() -> None:
    """Measure what the command line names, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", nargs="*", help="COLLECTION:XX-YY:WORDS")
    parser.add_argument("--data", type=Path, help="folder of the collections")
    parser.add_argument("--induced", type=int, default=3000, help="words that are paired")
    parser.add_argument("--table", action="store_true", help="only print the tables")
    arguments = parser.parse_args()
    if not arguments.table:
        if arguments.data is None or not arguments.pairs:
            parser.error("expected --data FOLDER and at least one COLLECTION:XX-YY:WORDS")
        torch.set_num_threads(1)
        rows: list[dict[str, Any]] = []
        for argument in arguments.pairs:
            collection, pair, words = argument.split(":")
            languages = Languages.read(arguments.data / collection, pair)
            solved, start = solvers(languages, int(words))
            rows += solved + induction(languages, start, arguments.induced)
        save_results(RESULTS, rows, {"threads": 1, "rounds": _ROUNDS})
    print(table(read_results(RESULTS)))


def solvers(languages: Languages, words: int) -> tuple[list[dict[str, Any]], Tensor]:
    """Compare the entropic solver with proximal steps at equal time; give the former's map too."""
    entropic = replace(ENTROPIC, words=words)
    row, start = _solved(languages, entropic)
    rows = [row]
    for beta in STRENGTHS:
        proximal = replace(
            entropic,
            solver="ipot",
            epsilon=beta,
            inner_iterations=_SWEEPS_OF_A_STEP,
            outer_iterations=_STEPS_OF_A_TRIAL,
        )
        begin = time.process_time()
        couple_words(languages.pair.x, languages.pair.y, proximal)
        of_a_step = (time.process_time() - begin) / _STEPS_OF_A_TRIAL
        steps = min(_MOST_STEPS, max(1, round(row["processor_seconds"] / of_a_step)))
        rows.append(_solved(languages, replace(proximal, outer_iterations=steps))[0])
    return rows, start


def induction(languages: Languages, start: Tensor, words: int) -> list[dict[str, Any]]:
    """Fit a map again and again on the pairs that each way of matching induces."""
    x, y = languages.pair.x[:words], languages.pair.y[:words]
    rows: list[dict[str, Any]] = []
    for name, match in _MATCHERS.items():
        weight, seconds = start, 0.0
        for round_ in range(1, _ROUNDS + 1):
            begin = time.process_time()
            pairs = match(x @ weight.T, y)
            weight = orthogonal_map(x[pairs.source], y[pairs.target])
            seconds += time.process_time() - begin
            if round_ not in (1, _ROUNDS):
                continue
            right, known = languages.right_pairs(pairs)
            rows.append(
                {
                    "experiment": "induction",
                    "pair": languages.name,
                    "words": words,
                    "matching": name,
                    "round": round_,
                    "pairs": len(pairs.source),
                    "right": right,
                    "known": known,
                    "precision_at_1": languages.precision_at_1(weight),
                    "processor_seconds": seconds,
                }
            )
            print(json.dumps(rows[-1]), flush=True)
    return rows


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out both parts as Markdown tables, a blank line between them."""
    rows = list(rows)
    solved = [
        "| pair, words | solver | steps × sweeps | seconds | sharpness | agreement | P@1 |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {row['pair']}, {row['words']:,} | {row['solver']} {row['epsilon']:g} "
            f"| {row['steps']} × {row['sweeps']} | {row['processor_seconds']:.1f} "
            f"| {row['sharpness']:.3f} | {row['agreement']:.3f} | {row['precision_at_1']:.3f} |"
            for row in rows
            if row["experiment"] == "solver"
        ),
    ]
    induced = [
        "| pair, words | pairs by | round | pairs | right | seconds so far | P@1 of the refit |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {row['pair']}, {row['words']:,} | {row['matching']} | {row['round']} "
            f"| {row['pairs']:,} | {row['right'] / row['known']:.3f} "
            f"| {row['processor_seconds']:.1f} | {row['precision_at_1']:.3f} |"
            for row in rows
            if row["experiment"] == "induction"
        ),
    ]
    return "\n".join(solved) + "\n\n" + "\n".join(induced)


def _solved(
    languages: Languages, recipe: DiscreteGromovWassersteinRecipe
) -> tuple[dict[str, Any], Tensor]:
    x, y = languages.pair.x[: recipe.words], languages.pair.y[: recipe.words]
    begin = time.process_time()
    output = couple_words(x, y, recipe)
    seconds = time.process_time() - begin
    weight = orthogonal_map(x, output.plan @ y * len(x))
    row = {
        "experiment": "solver",
        "pair": languages.name,
        "words": recipe.words,
        "solver": "entropic, ε =" if recipe.solver == "entropic" else "IPOT, β =",
        "epsilon": recipe.epsilon,
        "steps": output.iterations,
        "sweeps": recipe.inner_iterations,
        "processor_seconds": seconds,
        # Mean share of a word that goes to its likeliest partner: 1 for a permutation.
        "sharpness": float(output.plan.amax(dim=1).sum()),
        "agreement": held_out_agreement(
            languages.pair.x, languages.pair.y, languages.pair.x @ weight.T
        ),
        "precision_at_1": languages.precision_at_1(weight),
    }
    print(json.dumps(row), flush=True)
    return row, weight


if __name__ == "__main__":
    main()
