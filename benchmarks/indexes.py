"""Exact and approximate search of 200,000 × 300: recall, speed, size, time to build.

    python -m benchmarks.indexes --checkpoint DIR

Takes a checkpoint of `benchmarks.serving_spaces` (see `benchmarks.serving --folder`), builds each
index, measures its recall at 10 against exact CSLS on words that its effort was not tuned on, and
writes `indexes.json` beside this script. One thread.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.checkpoint import load_checkpoint
from models.retrieval import ApproximateKind, Storage, Translator
from models.retrieval.faiss_build import load_faiss
from models.retrieval.indexing import recall_of, with_index
from models.retrieval.retriever import Retriever
from scripts.measurement import save_results

RESULTS = Path(__file__).with_name("indexes.json")
_KINDS: tuple[tuple[ApproximateKind, Storage], ...] = (
    ("ivf", "fp16"),
    ("ivf", "sq8"),
    ("hnsw", "fp16"),
    ("hnsw", "sq8"),
)
_QUERIES = 512
_NEIGHBOURS = 10


def measure(checkpoint: Path, kinds: Sequence[tuple[ApproximateKind, Storage]]) -> None:
    """Measure the exact search, FAISS's flat index, and each approximate one."""
    torch.set_num_threads(1)
    load_faiss().omp_set_num_threads(1)
    translator = load_checkpoint(checkpoint)
    # Vectors between those of words: none of them was used to choose an effort.
    generator = np.random.default_rng(1)
    pairs = generator.integers(0, len(translator.source), (_QUERIES, 2))
    queries = translator.align(translator.source.vectors[pairs].mean(axis=1))
    exact = replace(translator.retriever, approximate=None)
    expected = exact.search(queries, k=_NEIGHBOURS).rows
    settings = {
        "target_words": len(exact),
        "dimension": exact.dimension,
        "queries": _QUERIES,
        "neighbours": _NEIGHBOURS,
        "threads": 1,
    }
    rows = [
        _row("flat", "fp32", exact, queries, expected),
        _faiss_flat(exact, queries, expected),
    ]
    for kind, storage in kinds:
        begun = time.process_time()
        indexed = with_index(translator, kind=kind, storage=storage)
        seconds = time.process_time() - begun
        row = _row(kind, storage, indexed.retriever, queries, expected)
        rows.append({**row, "build_seconds": round(seconds, 1), **_effort(indexed)})
        save_results(RESULTS, rows, settings)
        print(json.dumps(rows[-1]), flush=True)


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Make the table of the README."""
    lines = [
        "| Search | Vectors | Recall at 10 | One query | 64 queries | Build | Size |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        build = "" if row["build_seconds"] is None else f"{row['build_seconds']:.0f} s"
        lines.append(
            f"| {row['kind']} | {row['storage']} | {row['recall']:.4f} | {row['one_ms']:.1f} ms | "
            f"{row['batch_ms']:.0f} ms | {build} | {row['megabytes']:.0f} MB |"
        )
    return "\n".join(lines)


def read_rows() -> list[dict[str, Any]]:
    """Read what was measured."""
    rows: list[dict[str, Any]] = json.loads(RESULTS.read_text("utf-8"))["rows"]
    return rows


def _row(
    kind: str, storage: str, retriever: Retriever, queries: np.ndarray, expected: np.ndarray
) -> dict[str, Any]:
    approximate = retriever.approximate
    size = retriever.target.nbytes if approximate is None else _size(approximate.index)
    return {
        "kind": kind,
        "storage": storage,
        "recall": round(recall_of(retriever, queries, expected), 4),
        "one_ms": _milliseconds(lambda batch: retriever.search(batch, k=_NEIGHBOURS), queries, 1),
        "batch_ms": _milliseconds(
            lambda batch: retriever.search(batch, k=_NEIGHBOURS), queries, 64
        ),
        "build_seconds": None,
        "megabytes": round(size / 1e6, 1),
    }


def _faiss_flat(exact: Retriever, queries: np.ndarray, expected: np.ndarray) -> dict[str, Any]:
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

    found = search(queries)
    hits = (expected[:, :, None] == found[:, None, :]).any(axis=2).mean()
    return {
        "kind": "FAISS flat",
        "storage": "fp32",
        "recall": round(float(hits), 4),
        "one_ms": _milliseconds(search, queries, 1),
        "batch_ms": _milliseconds(search, queries, 64),
        "build_seconds": None,
        "megabytes": round(augmented.nbytes / 1e6, 1),
    }


def _effort(translator: Translator) -> dict[str, Any]:
    approximate = translator.retriever.approximate
    assert approximate is not None
    return {"effort": approximate.effort, "recall_when_tuned": approximate.recall}


def _milliseconds(search: Any, queries: np.ndarray, size: int) -> float:
    """Processor time of a batch: the machine may have other work too. The best of several."""
    times = []
    for begin in range(0, min(len(queries), 8 * size), size):
        begun = time.process_time()
        search(queries[begin : begin + size])
        times.append(time.process_time() - begun)
    return round(1000 * min(times), 2)


def _size(index: Any) -> int:
    with tempfile.NamedTemporaryFile() as file:
        load_faiss().write_index(index, file.name)
        return Path(file.name).stat().st_size


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    measure(parser.parse_args().checkpoint, _KINDS)
