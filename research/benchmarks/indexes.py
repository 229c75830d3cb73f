"""Exact and approximate search of 200,000 × 300: recall, speed, size, time to build.

    python -m research.benchmarks.indexes --checkpoint DIR [--only ivf-sq8 hnsw-fp16]

Takes the checkpoint in DIR. Where there is none, a pair of `research.benchmarks.serving_spaces` is
put there first: words in clusters whose sizes follow Zipf's law, with directions of unequal
variance and a common mean (half an hour of one core). Then builds each index with the effort that
reaches the recall on words of the source, and measures its recall at 10 against exact CSLS on other
words, and on vectors halfway between two words, as unknown words may have. Writes `indexes.json`
beside this script; rows of indexes that are not built again stay. One thread.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from isogloss.models.checkpoint import load_checkpoint, save_checkpoint
from isogloss.models.retrieval import ApproximateKind, Storage, Translator
from isogloss.models.retrieval.faiss_build import load_faiss
from isogloss.models.retrieval.indexing import WORDS_MEASURED, recall_of, with_index
from isogloss.models.retrieval.retriever import Retriever
from research.benchmarks.serving_spaces import build_pair
from research.measurement import RESULTS_FOLDER, read_results, save_results

RESULTS = RESULTS_FOLDER / "indexes.json"
_KINDS: tuple[tuple[ApproximateKind, Storage], ...] = (
    ("ivf", "fp16"),
    ("ivf", "sq8"),
    ("hnsw", "fp16"),
    ("hnsw", "sq8"),
)
_BY_NAME = {f"{kind}-{storage}": (kind, storage) for kind, storage in _KINDS}
_WORDS = 200_000
_QUERIES = 512
_NEIGHBOURS = 10
_ASKED = 0.993
"""Somewhat more than the 0.99 that is wanted of other words than those it is measured on."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Queries:
    """What is searched for, and what should be found.

    Attributes:
        words: Mapped words on which no effort is tuned, of shape [q, d].
        between: Mapped vectors halfway between two words, of shape [q, d].
        of_words: Rows of the exact nearest of each word by CSLS, of shape [q, 10].
        of_between: Those of the vectors between.

    """

    words: np.ndarray
    between: np.ndarray
    of_words: np.ndarray
    of_between: np.ndarray


def measure(
    checkpoint: Path, kinds: Sequence[tuple[ApproximateKind, Storage]], output: Path = RESULTS
) -> None:
    """Measure the exact search, FAISS's flat index, and each approximate one."""
    torch.set_num_threads(1)
    load_faiss().omp_set_num_threads(1)
    if not checkpoint.exists():
        save_checkpoint(build_pair(_WORDS), checkpoint)
    translator = load_checkpoint(checkpoint)
    exact = replace(translator.retriever, approximate=None)
    queries = _queries(translator, exact)
    settings = {
        "source_words": len(translator.source),
        "target_words": len(exact),
        "dimension": exact.dimension,
        "queries": _QUERIES,
        "neighbours": _NEIGHBOURS,
        "recall_asked_for": _ASKED,
        "threads": 1,
    }

    def keep(row: Row) -> None:
        others = [old for old in read_results(output) if _name(old) != _name(row)]
        save_results(output, sorted([*others, row], key=_order), settings)
        print(json.dumps(row), flush=True)

    keep(_row("flat", "fp32", exact, queries))
    keep(_faiss_flat(exact, queries))
    for kind, storage in kinds:
        begun = time.process_time()
        indexed = with_index(translator, kind=kind, storage=storage, recall=_ASKED)
        seconds = time.process_time() - begun
        row = _row(kind, storage, indexed.retriever, queries)
        keep({**row, "build_seconds": round(seconds, 1), **_effort(indexed)})


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Make the table of the README."""
    exact = next(row for row in rows if row["kind"] == "flat")
    lines = [
        "| Search | Vectors | Effort | Recall, words | Recall, between | One query | 64 queries "
        "| Exact takes, one | 64 | Build | Size |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        build = "" if row["build_seconds"] is None else f"{row['build_seconds']:.0f} s"
        lines.append(
            f"| {row['kind']} | {row['storage']} | {row.get('effort', '')} | {row['recall']:.4f} | "
            f"{row['recall_between']:.4f} | {row['one_ms']:.1f} ms | {row['batch_ms']:.0f} ms | "
            f"{exact['one_ms'] / row['one_ms']:.1f} × | "
            f"{exact['batch_ms'] / row['batch_ms']:.1f} × | {build} | {row['megabytes']:.0f} MB |"
        )
    return "\n".join(lines)


def _queries(translator: Translator, exact: Retriever) -> Queries:
    source = translator.source
    # `with_index` tunes the effort on the first of this very permutation.
    order = np.random.default_rng(0).permutation(len(source))
    chosen = order[WORDS_MEASURED : WORDS_MEASURED + _QUERIES]
    pairs = np.random.default_rng(1).integers(0, len(source), (_QUERIES, 2))
    words = translator.align(source.vectors[chosen])
    between = translator.align(source.vectors[pairs].mean(axis=1))
    return Queries(
        words,
        between,
        exact.search(words, k=_NEIGHBOURS).rows,
        exact.search(between, k=_NEIGHBOURS).rows,
    )


def _row(kind: str, storage: str, retriever: Retriever, queries: Queries) -> Row:
    approximate = retriever.approximate
    size = retriever.target.nbytes if approximate is None else _size(approximate.index)

    def search(batch: np.ndarray) -> np.ndarray:
        return retriever.search(batch, k=_NEIGHBOURS).rows

    return {
        "kind": kind,
        "storage": storage,
        "recall": round(recall_of(retriever, queries.words, queries.of_words), 4),
        "recall_between": round(recall_of(retriever, queries.between, queries.of_between), 4),
        "one_ms": _milliseconds(search, queries.words, 1),
        "batch_ms": _milliseconds(search, queries.words, 64),
        "build_seconds": None,
        "megabytes": round(size / 1e6, 1),
    }


def _faiss_flat(exact: Retriever, queries: Queries) -> Row:
    """CSLS by two searches of `IndexFlatIP`, as it would be without our own product."""
    augmented = np.concatenate([exact.target, -exact.hubness[:, None] / 2], axis=1)
    index = load_faiss().IndexFlatIP(augmented.shape[1])
    index.add(np.ascontiguousarray(augmented))

    def search(batch: np.ndarray) -> np.ndarray:
        query = np.concatenate([batch, np.zeros((len(batch), 1), np.float32)], axis=1)
        index.search(query, _NEIGHBOURS)
        query[:, -1] = 1
        rows: np.ndarray = index.search(query, _NEIGHBOURS)[1]
        return rows

    return {
        "kind": "FAISS flat",
        "storage": "fp32",
        "recall": _recall(search(queries.words), queries.of_words),
        "recall_between": _recall(search(queries.between), queries.of_between),
        "one_ms": _milliseconds(search, queries.words, 1),
        "batch_ms": _milliseconds(search, queries.words, 64),
        "build_seconds": None,
        "megabytes": round(augmented.nbytes / 1e6, 1),
    }


def _recall(found: np.ndarray, expected: np.ndarray) -> float:
    return round(float((expected[:, :, None] == found[:, None, :]).any(axis=2).mean()), 4)


def _effort(translator: Translator) -> dict[str, Any]:
    approximate = translator.retriever.approximate
    assert approximate is not None
    return {"effort": approximate.effort, "recall_when_tuned": approximate.recall}


def _milliseconds(search: Callable[[np.ndarray], object], queries: np.ndarray, size: int) -> float:
    """Processor time of a batch: the machine may have other work too. The median of several."""
    times = []
    for begin in range(0, min(len(queries), 8 * size if size > 1 else 64), size):
        begun = time.process_time()
        search(queries[begin : begin + size])
        times.append(time.process_time() - begun)
    return round(1000 * statistics.median(times), 2)


def _size(index: Any) -> int:
    with tempfile.NamedTemporaryFile() as file:
        load_faiss().write_index(index, file.name)
        return Path(file.name).stat().st_size


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['kind']}-{row['storage']}"


def _order(row: Mapping[str, Any]) -> int:
    return ["flat-fp32", "FAISS flat-fp32", *_BY_NAME].index(_name(row))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--only", nargs="+", choices=list(_BY_NAME), default=list(_BY_NAME))
    parser.add_argument("--output", type=Path, default=RESULTS, metavar="FILE")
    options = parser.parse_args()
    measure(options.checkpoint, [_BY_NAME[name] for name in options.only], options.output)
