"""The estimated share of right first answers, beside the share that a dictionary calls right.

    python -m research.benchmarks.estimates --data FOLDER docs:fr-es far:en-ru
    python -m research.benchmarks.estimates --table

FOLDER holds `COLLECTION/LANGUAGE.vec.gz` and `COLLECTION/lexicons/XX-YY.{train,test}.txt`. Each
pair is fitted by `self-learning` without a dictionary, seed 0; the verdict on it is kept too. The
estimate is the mean probability of the first answers of the most frequent source words. How many of
them is chosen by the train lexicons, and its error is measured with the test ones. Rows are added
to `estimates.json` as they end.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np

from isogloss.models.aligners import Recipe, create_aligner
from isogloss.models.errors import NoAlignmentFoundError
from isogloss.models.evaluation import evaluate
from isogloss.models.maps.alignment import Alignment
from isogloss.models.retrieval import TrainingRecord, Translator
from isogloss.models.spaces import read_lexicon
from research.benchmarks.command import asked_pairs, pairs_parser
from research.benchmarks.verdict import lexicon_file, read_pair
from research.measurement import RESULTS_FOLDER, add_result, pair_title, read_results

RESULTS = RESULTS_FOLDER / "estimates.json"
WORDS = (500, 1000, 2000, 3000, 5000, 8000, 12_000, 20_000)
_AT_ONCE = 2048


def measure(pair: str, data: Path) -> dict[str, Any]:
    """Fit a pair, and measure the estimate over more and more words."""
    source, target = read_pair(pair, data)
    begin = time.process_time()
    try:
        alignment = create_aligner("self-learning", recipe=Recipe()).fit(source, target)
    except NoAlignmentFoundError as error:
        if not isinstance(error.alignment, Alignment):
            raise
        alignment = error.alignment
    seconds = time.process_time() - begin
    verdict = alignment.verdict
    row: dict[str, Any] = {
        "pair": pair,
        "seed": 0,
        "fit": "self-learning",
        "state": verdict.state,
        "agreement": verdict.agreement,
        "chance": verdict.chance,
        "bound": verdict.bound,
        "p_value": verdict.p_value,
        "processor_seconds": round(seconds, 1),
    }
    details = TrainingRecord(aligner="self-learning")
    translator = Translator.build(alignment, source, target, details=details)
    if verdict.found:
        translator = translator.with_posterior()
    if translator.posterior is None:
        return row
    shares = np.concatenate(
        [
            translator.ranked(
                np.arange(begin_row, min(begin_row + _AT_ONCE, len(source))), 1, "probability"
            ).scores[:, 0]
            for begin_row in range(0, min(len(source), max(WORDS)), _AT_ONCE)
        ]
    )
    row["estimates"] = {
        str(words): round(float(shares[:words].mean(dtype=np.float64)), 4) for words in WORDS
    }
    for part in ("train", "test"):
        lexicon = read_lexicon(lexicon_file(pair, data, part))
        figures = evaluate(translator, lexicon, score="probability", ks=(1,))
        row[part] = round(figures.precision_at_1, 4)
    return row


def errors(rows: Iterable[Mapping[str, Any]], words: int, part: str) -> list[float]:
    """Estimate less measured precision, of the pairs whose precision is known."""
    return [row["estimates"][str(words)] - row[part] for row in rows if part in row]


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out the errors by the number of words as Markdown."""
    known = list(rows)
    lines = ["| words | lexicon | pairs | mean error | median size | largest |"]
    lines.append("|---|---|---|---|---|---|")
    for words in WORDS:
        for part in ("train", "test"):
            found = errors(known, words, part)
            if found:
                sizes = [abs(value) for value in found]
                lines.append(
                    f"| {words:,} | {part} | {len(found)} | {fmean(found):+.3f} "
                    f"| {median(sizes):.3f} | {max(sizes):.3f} |"
                )
    return "\n".join(lines)


def table_of_pairs(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out each pair as Markdown: its fit, its estimates, and what is right."""
    shown = (1000, 2000, 5000)
    lines = [
        f"| pair | fit | agreement | {' | '.join(f'{n:,} words' for n in shown)} "
        "| right, train | right, test |",
        f"|{'---|' * (len(shown) + 5)}",
    ]
    for row in rows:
        told = row.get("estimates")
        estimates = [f"{told[str(words)]:.2f}" if told else "—" for words in shown]
        right = [f"{row[part]:.2f}" if part in row else "—" for part in ("train", "test")]
        lines.append(
            f"| {pair_title(row['pair'])} | {row['fit']} | {row['agreement']:.2f} "
            f"| {' | '.join(estimates + right)} |"
        )
    return "\n".join(lines)


def measure_all(data: Path, pairs: Iterable[str], *, path: Path = RESULTS) -> None:
    """Measure the pairs that the file lacks; each is kept as it ends."""
    for pair in pairs:
        if any(row["pair"] == pair for row in read_results(path)):
            continue
        row = measure(pair, data)
        add_result(path, row, key=lambda each: str(each["pair"]), settings={"recipe": "default"})
        print(json.dumps(row), flush=True)


def main() -> None:
    """Measure what the file lacks, then print both tables."""
    arguments = asked_pairs(pairs_parser(__doc__))
    if not arguments.table:
        measure_all(arguments.data, arguments.pairs)
    rows = read_results(RESULTS)
    print(f"{table(rows)}\n\n{table_of_pairs(rows)}")


if __name__ == "__main__":
    main()
