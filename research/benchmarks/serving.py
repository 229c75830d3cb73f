"""Speed, latency, memory and start of the service, beside what it could be at best.

    python -m research.benchmarks.serving --folder DIR [--sizes 5000 20000 200000]

Builds checkpoints with seeded vectors in DIR, or takes those that are there (200,000 words take
half an hour of one core). Starts the server, loads it with `wrk` from another process, and measures
in the same run, by turns:

- known words beside a route that answers a constant JSON of the same size,
- vectors, and words outside the table, from 64 connections beside a loop over the same queries that
  maps and searches 64 of them at once without any server: our own product, and FAISS's flat index.

Writes `serving.json` beside this script.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from isogloss.models.checkpoint import load_checkpoint, save_checkpoint
from isogloss.models.retrieval import Translator
from isogloss.models.retrieval.faiss_build import load_faiss
from research.benchmarks.load import Measured, load
from research.benchmarks.memory_maps import memory_of
from research.benchmarks.serving_spaces import build_pair
from research.measurement import RESULTS_FOLDER, describe_environment, read_results

RESULTS = RESULTS_FOLDER / "serving.json"
CLIENTS = 64
_PORT = 8765
_BODIES = 512
_ROUNDS = 3
_K = 10
_QUIET = {"ISOGLOSS_LOG_REQUESTS": "false"}


def measure(size: int, folder: Path, seconds: float) -> dict[str, Any]:
    """Measure one size of vocabulary."""
    checkpoint = _checkpoint(size, folder)
    # First: this process would share what it maps too.
    memory = {str(workers): asdict(_memory(checkpoint, workers)) for workers in (1, 2, 3)}
    translator = load_checkpoint(checkpoint)
    ours, faiss = _our_search(translator), _faiss_search(translator)
    known, vectors, answer = (folder / f"{name}-{size}.txt" for name in ("known", "vectors", "one"))
    rng = np.random.default_rng(1)
    words = [translator.source.words[row] for row in rng.integers(0, size, _BODIES)]
    _write_lines(known, [{"words": [word], "k": _K} for word in words])
    queries = _unseen(translator, rng)
    _write_lines(vectors, [{"vectors": [row], "k": _K} for row in queries.round(6).tolist()])
    path = "/v1/pairs/en-fr"
    answer.write_bytes(b"{}")
    with _serving(checkpoint, answer) as (_, address, _seconds):
        answer.write_bytes(_post(f"{address}{path}/translate", known.read_bytes().split(b"\n")[0]))
    with _serving(checkpoint, answer) as (process, address, start_seconds):

        def ask(route: str, bodies: Path) -> Measured:
            return load(
                f"{address}{route}", bodies, clients=CLIENTS, seconds=seconds, servers=[process]
            )

        routes = (
            ("constant", "/constant", known),
            ("known", f"{path}/translate", known),
            ("vectors", f"{path}/search", vectors),
        )
        # Until every page of the mapped files is there, for the server and for the loop alike.
        for _, route, bodies in routes:
            load(f"{address}{route}", bodies, clients=CLIENTS, seconds=3, servers=[process])
        _warm(translator, queries, ours)
        rounds = []
        for _ in range(_ROUNDS):
            row = {name: asdict(ask(route, bodies)) for name, route, bodies in routes}
            row["bare"] = {
                "products": _bare(translator, queries, ours, seconds),
                "faiss": _bare(translator, queries, faiss, seconds),
            }
            rounds.append(row)
    return {
        "words": size,
        "dimension": translator.source_dimension,
        "clients": CLIENTS,
        "answer_bytes": len(answer.read_bytes()),
        "rounds": rounds,
        **_ratios(rounds),
        "start_seconds": round(start_seconds, 2),
        "memory": memory,
    }


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Make the table of the README."""
    lines = [
        "| Words | Constant | Known words | Ratio | Vectors | Bare products | Ratio | Bare FAISS | "
        "p50, p99 known | p50, p99 vectors | Start |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row['words']:,} | {row['constant_per_second']:,.0f}/s | "
        f"{row['known_per_second']:,.0f}/s | {row['known_ratio']:.0%} | "
        f"{row['vectors_per_second']:,.0f}/s | {row['bare_products_per_second']:,.0f}/s | "
        f"{row['vectors_ratio']:.0%} | {row['bare_faiss_per_second']:,.0f}/s | "
        f"{row['known_p50_ms']:.0f}, {row['known_p99_ms']:.0f} ms | "
        f"{row['vectors_p50_ms']:.0f}, {row['vectors_p99_ms']:.0f} ms | "
        f"{row['start_seconds']:.1f} s |"
        for row in rows
    ]
    return "\n".join(lines)


def memory_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Make the table of the README about memory."""
    lines = [
        "| Words | Workers | Memory (PSS) | of it the checkpoint | if each had its own copy |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        for workers, memory in row["memory"].items():
            lines.append(
                f"| {row['words']:,} | {workers} | {memory['proportional']:,.0f} MB | "
                f"{memory['files_proportional']:,.0f} MB | {memory['files_resident']:,.0f} MB |"
            )
    return "\n".join(lines)


def _ratios(rounds: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Medians over the rounds, and the medians of the ratios within a round."""

    def median(value: Callable[[Mapping[str, Any]], float]) -> float:
        return round(statistics.median(value(row) for row in rounds), 4)

    def median_of(name: str, figure: str) -> float:
        return median(lambda row: row[name][figure])

    found = {
        f"{name}_{figure}": median_of(name, figure)
        for name in ("constant", "known", "vectors")
        for figure in ("per_second", "p50_ms", "p99_ms", "generator_share", "server_share")
    }
    return {
        **found,
        "bare_products_per_second": median(lambda row: row["bare"]["products"]),
        "bare_faiss_per_second": median(lambda row: row["bare"]["faiss"]),
        "known_ratio": median(
            lambda row: row["known"]["per_second"] / row["constant"]["per_second"]
        ),
        "known_ratio_of_processor_time": median(
            lambda row: (
                row["known"]["per_processor_second"] / row["constant"]["per_processor_second"]
            )
        ),
        "vectors_ratio": median(lambda row: row["vectors"]["per_second"] / row["bare"]["products"]),
        "vectors_ratio_to_faiss": median(
            lambda row: row["vectors"]["per_second"] / row["bare"]["faiss"]
        ),
    }


def _checkpoint(size: int, folder: Path) -> Path:
    path = folder / f"table-{size}" / "en-fr"
    if not path.exists():
        save_checkpoint(build_pair(size).with_table(), path)
    return path


def _unseen(translator: Translator, rng: np.random.Generator) -> np.ndarray:
    """Vectors halfway between those of two words."""
    pairs = rng.integers(0, len(translator.source), (_BODIES, 2))
    unseen: np.ndarray = translator.source.vectors[pairs].mean(axis=1)
    return unseen


def _bare(
    translator: Translator,
    queries: np.ndarray,
    search: Callable[[np.ndarray], object],
    seconds: float,
) -> float:
    """Count the queries in a second of a loop that takes as many at once as there are clients."""
    done, begun = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < seconds:
        begin = done % (len(queries) - CLIENTS + 1)
        search(translator.align(queries[begin : begin + CLIENTS]))
        done += CLIENTS
    return done / elapsed


def _warm(
    translator: Translator, queries: np.ndarray, search: Callable[[np.ndarray], object]
) -> None:
    """Run the loop until it grows no faster, or ten times."""
    best = 0.0
    for _ in range(10):
        rate = _bare(translator, queries, search, 1)
        if rate < 1.1 * best:
            return
        best = max(best, rate)


def _our_search(translator: Translator) -> Callable[[np.ndarray], object]:
    return lambda mapped: translator.retriever.search(mapped, k=_K)


def _faiss_search(translator: Translator) -> Callable[[np.ndarray], object]:
    """CSLS by two searches of FAISS's flat index."""
    retriever = translator.retriever
    stored = np.concatenate([retriever.target, -retriever.hubness[:, None] / 2], axis=1)
    index = load_faiss().IndexFlatIP(stored.shape[1])
    index.add(np.ascontiguousarray(stored))

    def search(mapped: np.ndarray) -> object:
        query = np.concatenate([mapped, np.zeros((len(mapped), 1), np.float32)], axis=1)
        cosines, _ = index.search(query, retriever.hubs)
        query[:, -1] = 1
        products, rows = index.search(query, _K)
        return rows, 2 * products - cosines.mean(axis=1, keepdims=True)

    return search


@contextmanager
def _serving(checkpoint: Path, answer: Path) -> Iterator[tuple[psutil.Process, str, float]]:
    """Run the service with the constant route; the process, its address, and when it was ready."""
    environment = {**os.environ, **_QUIET, "ISOGLOSS_CHECKPOINTS": str(checkpoint)}
    command = [sys.executable, "-m", "research.benchmarks.constant_route", str(_PORT), str(answer)]
    address = f"http://127.0.0.1:{_PORT}"
    begun = time.perf_counter()
    with subprocess.Popen(command, env=environment) as process:
        try:
            _wait(address, process)
            yield psutil.Process(process.pid), address, time.perf_counter() - begun
        finally:
            process.terminate()


def _memory(checkpoint: Path, workers: int) -> Any:
    """Memory of `isogloss serve --workers N` after every worker has searched."""
    arguments = ["serve", "--checkpoints", str(checkpoint), "--port", str(_PORT)]
    command = [sys.executable, "-m", "isogloss", *arguments, "--workers", str(workers)]
    address = f"http://127.0.0.1:{_PORT}"
    with subprocess.Popen(
        command, env={**os.environ, **_QUIET}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            body = json.dumps({"vectors": [[1.0] * 300], "k": _K}).encode()
            for _ in range(20 * workers):
                _post(f"{address}/v1/pairs/en-fr/search", body)
            supervisor = psutil.Process(process.pid)
            serving = [
                one for one in supervisor.children() if "spawn_main" in " ".join(one.cmdline())
            ] or [supervisor]
            assert len(serving) == workers
            return memory_of(serving, checkpoint)
        finally:
            process.terminate()


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.02)
    sys.exit("the server ended")


def _post(address: str, body: bytes) -> bytes:
    request = urllib.request.Request(address, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        content: bytes = answer.read()
    return content


def _write_lines(path: Path, bodies: Sequence[object]) -> None:
    path.write_text("\n".join(json.dumps(body) for body in bodies) + "\n", "utf-8")


def main() -> None:
    """Measure all sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where checkpoints are kept")
    parser.add_argument("--sizes", type=int, nargs="+", default=[5000, 20_000, 200_000])
    parser.add_argument("--seconds", type=float, default=4, help="of each load")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("needs wrk, a load generator: apt-get install wrk")
    for size in options.sizes:
        row = measure(size, options.folder, options.seconds)
        rows = sorted(
            [*(old for old in read_results(RESULTS) if old["words"] != size), row],
            key=lambda each: int(each["words"]),
        )
        document = {"environment": describe_environment(), "rows": rows}
        RESULTS.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    print(table(read_results(RESULTS)), memory_table(read_results(RESULTS)), sep="\n\n")


if __name__ == "__main__":
    main()
