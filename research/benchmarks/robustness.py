"""What the default aligner holds against: unequal sizes and dimensions, lost words, other corpora.

    python -m research.benchmarks.robustness --data FOLDER
    python -m research.benchmarks.robustness --table

FOLDER holds `COLLECTION/LANGUAGE.vec.gz` and `COLLECTION/lexicons/XX-YY.{train,test}.txt`. Each
condition changes one thing of a base pair. The fit sees no dictionary; the supervised map is fitted
on the train lexicon of the same changed spaces, so that what the change itself costs shows apart.
Cases are added to `robustness.json` beside this script as they end.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from isogloss.models.aligners import Recipe
from isogloss.models.spaces import read_space
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon, read_lexicon
from research.measurement import RESULTS_FOLDER, add_result, pair_title, read_results
from research.papers.ngw_fits import fit, fit_supervised, precision_of_stages

RESULTS = RESULTS_FOLDER / "robustness.json"
FEW_WORDS = 5000
SMALL_DIMENSION = 128
NOISE = 0.1
KEPT = 0.75
SEED = 0
BASES = ("docs:fr-es", "manuals:en-fr")
FOREIGN = ("docs:es novels:en", "novels:es docs:en")
_STAGES = ("start", "raw", "refined")

Change = Callable[[EmbeddingSpace], EmbeddingSpace]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Two spaces and the lexicons that they are measured with."""

    source: EmbeddingSpace
    target: EmbeddingSpace
    train: Lexicon
    test: Lexicon


@dataclass(frozen=True, slots=True)
class Condition:
    """One change of a base pair.

    Attributes:
        name: As the table shows it.
        source: What becomes of the source.
        target: What becomes of the target.

    """

    name: str
    source: Change = lambda space: space
    target: Change = lambda space: space


def few_words(space: EmbeddingSpace) -> EmbeddingSpace:
    """Keep the most frequent words."""
    return space.most_frequent(FEW_WORDS)


def projected(space: EmbeddingSpace) -> EmbeddingSpace:
    """Project to fewer dimensions at random, and add noise of a tenth of the vectors' size."""
    generator = np.random.default_rng(SEED)
    matrix = generator.standard_normal((space.dimension, SMALL_DIMENSION)) / SMALL_DIMENSION**0.5
    vectors = space.vectors @ matrix
    noise = NOISE * vectors.std() * generator.standard_normal(vectors.shape)
    return EmbeddingSpace(space.language, space.words, (vectors + noise).astype(np.float32))


def thinned(space: EmbeddingSpace) -> EmbeddingSpace:
    """Remove a quarter of the words at random."""
    rows = np.flatnonzero(np.random.default_rng(SEED).random(len(space)) < KEPT)
    words = tuple(space.words[row] for row in rows)
    return EmbeddingSpace(space.language, words, space.vectors[rows])


CONDITIONS = (
    Condition("as they are"),
    Condition(f"source of {FEW_WORDS:,} words", source=few_words),
    Condition(f"target of {FEW_WORDS:,} words", target=few_words),
    Condition(
        f"target projected to {SMALL_DIMENSION} dimensions, noise {NOISE:.0%}", target=projected
    ),
    Condition("a quarter of the target's words removed", target=thinned),
)
OTHER_CORPORA = "another kind of text"


def read_case(data: Path, pair: str) -> Case:
    """Read `COLLECTION:XX-YY`, or `COLLECTION:XX COLLECTION:YY` for two kinds of text.

    Two kinds of text are measured with the lexicons of both; what lies in no vocabulary is left
    out.
    """
    sides = pair.split(" ")
    if len(sides) == 1:
        collection, _, languages = pair.partition(":")
        sides = [f"{collection}:{language}" for language in languages.split("-")]
    (first, source), (second, target) = (side.split(":") for side in sides)
    spaces = [
        read_space(data / collection / f"{language}.vec.gz", language=language).space
        for collection, language in ((first, source), (second, target))
    ]
    folders = dict.fromkeys(data / collection / "lexicons" for collection in (first, second))
    train, test = (
        _joined(read_lexicon(folder / f"{source}-{target}.{part}.txt") for folder in folders)
        for part in ("train", "test")
    )
    # A word that one of the folders holds for the test teaches the supervised map nothing.
    taught = {word: found for word, found in train.entries.items() if word not in test.entries}
    return Case(spaces[0], spaces[1], Lexicon(taught), test)


def measure(name: str, pair: str, case: Case, recipe: Recipe | None = None) -> dict[str, Any]:
    """Fit without and with a dictionary, and measure both on the test lexicon."""
    fitted = fit(case.source, case.target, recipe or Recipe(), seed=SEED)
    supervised = fit_supervised(case.source, case.target, case.train)
    spaces = case.source, case.target, {"test": case.test}
    (yardstick,) = precision_of_stages(supervised, *spaces).values()
    return {
        "condition": name,
        "pair": pair,
        "seed": SEED,
        "words": [len(case.source), len(case.target)],
        "dimensions": [case.source.dimension, case.target.dimension],
        "found": fitted.alignment.found,
        "criterion": round(fitted.alignment.stages[-1].criterion, 4),
        "seconds": round(fitted.seconds, 1),
        "threads": torch.get_num_threads(),
        "supervised": yardstick["test"],
        "stages": precision_of_stages(fitted.alignment, *spaces),
    }


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out P@1 as Markdown, one line per case."""
    lines = [
        "| condition | pair | words | dimensions | found | agreement | supervised | start | raw T "
        "| refined T |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        stages = [row["stages"].get(name) for name in _STAGES]
        cells = [
            row["condition"],
            pair_title(row["pair"]),
            " / ".join(f"{count:,}" for count in row["words"]),
            " / ".join(str(count) for count in row["dimensions"]),
            "yes" if row["found"] else "no",
            f"{row['criterion']:.2f}",
            f"{row['supervised']['precision_at_1']:.3f}",
            *(f"{stage['test']['precision_at_1']:.3f}" if stage else "—" for stage in stages),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def add_row(row: Mapping[str, Any], path: Path = RESULTS) -> None:
    """Add a case, in place of an older one of the same condition and pair."""
    names = [condition.name for condition in CONDITIONS] + [OTHER_CORPORA]
    settings = {"recipe": "default", "noise": NOISE, "kept": KEPT, "few_words": FEW_WORDS}

    def key(each: Mapping[str, Any]) -> tuple[int, str]:
        return names.index(each["condition"]), each["pair"]

    add_result(path, row, key=key, settings=settings)


def main() -> None:
    """Measure every case that the file lacks, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the collections")
    parser.add_argument("--again", action="store_true", help="measure what the file holds too")
    parser.add_argument("--table", action="store_true", help="only print the table")
    arguments = parser.parse_args()
    if not arguments.table:
        if arguments.data is None:
            parser.error("expected --data FOLDER")
        measure_all(arguments.data, again=arguments.again)
    print(table(read_results(RESULTS)))


def measure_all(data: Path, *, again: bool) -> None:
    """Measure all conditions of the base pairs, then the two kinds of text."""
    done = set() if again else {(row["condition"], row["pair"]) for row in read_results(RESULTS)}
    for pair in (*BASES, *FOREIGN):
        case = read_case(data, pair)
        conditions = CONDITIONS if pair in BASES else (Condition(OTHER_CORPORA),)
        for condition in conditions:
            if (condition.name, pair) in done:
                continue
            source, target = condition.source(case.source), condition.target(case.target)
            changed = Case(source, target, case.train, case.test)
            add_row(measure(condition.name, pair, changed))


def _joined(lexicons: Iterable[Lexicon]) -> Lexicon:
    entries: dict[str, dict[str, None]] = {}
    for lexicon in lexicons:
        for word, translations in lexicon.entries.items():
            entries.setdefault(word, {}).update(dict.fromkeys(translations))
    return Lexicon({word: tuple(translations) for word, translations in entries.items()})


if __name__ == "__main__":
    main()
