"""Where the time of a default `isogloss train` goes, by size of the vocabulary and by dimension.

    python -m research.benchmarks.training_cost --data FOLDER
    python -m research.benchmarks.training_cost --data FOLDER --size 200000x300 --device cuda
    python -m research.benchmarks.training_cost --table

FOLDER holds `docs/fr.vec.gz` and `docs/es.vec.gz` of 20,000 × 300 each. A smaller vocabulary is the
most frequent words, a larger one has rarer words made up, and is read from text as published
vectors are; fewer dimensions are the leading principal components of each side by itself. Every
step of the command is run as it runs it, in one process. Counted are seconds of the processor,
which hardly depend on what else the machine does; divided by the cores that the work is spread
over, they bound the time on the clock from below. On a GPU they are seconds on the clock. Results
go to `training_cost.json` beside this script, and into a small picture.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import mode
from typing import Any

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from isogloss.models.aligners import Recipe
from isogloss.models.checkpoint import save_checkpoint
from isogloss.models.progress.observation import Progress
from isogloss.models.retrieval import Device, TrainingRecord, Translator, choose_device
from isogloss.models.spaces import read_space
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.normalizer import Normalizer
from isogloss.scripts.report import write_report
from research.measurement import RESULTS_FOLDER, add_result, read_results
from research.papers.ngw_fits import fit

RESULTS = RESULTS_FOLDER / "training_cost.json"
PICTURE = RESULTS_FOLDER / "training_cost.png"
POINTS = (
    *((5000, 300), (10000, 300), (20000, 300), (200000, 300)),
    *((20000, 200), (20000, 100)),
)
PHASES = {
    "reading": "reading",
    "starts": "start search",
    "judge": "preparing the judge of T",
    "game": "NGW",
    "refinement": "refinement",
    "pairs": "probable pairs",
    "fine_tuning": "fine-tuning",
    "criterion": "last criterion",
    "index": "index",
    "probabilities": "probabilities",
    "save": "saving",
    "report": "report",
}
"""Name in the results → name in the table, in the order in which they run."""

_COLOURS = (
    *("#9aa0a6", "#1f5fa8", "#e0a100", "#c2410c", "#3a8f5c", "#a8c66c"),
    *("#7b4fa3", "#c7cbd1", "#5b8c9b", "#d98cb3", "#8c564b", "#2b2b2b"),
)
_STAGE_PHASES = (
    ("neural-gw", "game"),
    ("refinement", "refinement"),
    ("pairs", "pairs"),
    ("fine-tuning", "fine_tuning"),
)


def components(space: EmbeddingSpace, dimension: int) -> EmbeddingSpace:
    """Keep the leading principal components of the normalised vectors."""
    if dimension == space.dimension:
        return space
    vectors = Normalizer.fit(space.vectors)(space.vectors).astype(np.float64)
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    kept = (vectors @ axes[:, ::-1][:, :dimension]).astype(np.float32)
    return EmbeddingSpace(space.language, space.words, kept)


def with_rarer_words(space: EmbeddingSpace, words: int, *, seed: int) -> EmbeddingSpace:
    """Add words that lie between two others, disturbed, until there are so many."""
    generator = np.random.default_rng(seed)
    known, missing = len(space), words - len(space)
    one, other = generator.integers(0, known, (2, missing))
    share = generator.uniform(0.3, 0.7, (missing, 1))
    noise = generator.standard_normal((missing, space.dimension), np.float32)
    noise *= 0.5 * np.linalg.norm(space.vectors, axis=1).mean() / space.dimension**0.5
    between = share * space.vectors[one] + (1 - share) * space.vectors[other] + noise
    names = [f"{space.words[row]}~{number}" for number, row in enumerate(one.tolist())]
    vectors = np.concatenate([space.vectors, between]).astype(np.float32)
    return EmbeddingSpace(space.language, (*space.words, *names), vectors)


def of_size(path: Path, words: int, folder: Path) -> Path:
    """Give the file, or one in the folder with made-up words where it holds far too few."""
    space = read_space(path, language=path.name[:2], limit=words).space
    if words < 2 * len(space):
        return path
    grown = with_rarer_words(space, words, seed=sum(map(ord, space.language)))
    written = folder / f"{space.language}.vec"
    with written.open("w", encoding="utf-8") as file:
        file.write(f"{len(grown)} {grown.dimension}\n")
        for word, vector in zip(grown.words, grown.vectors, strict=True):
            file.write(f"{word} {' '.join(f'{value:.4f}' for value in vector)}\n")
    return written


def measure(
    files: Sequence[Path], words: int, dimension: int, *, device: Device = "cpu"
) -> dict[str, Any]:
    """Run every step of the command and time it; the two files are source and target.

    Reading counts for the words that are kept, in all their dimensions.
    """
    place = choose_device(device)
    now = _clock(place)
    wall, begin = time.perf_counter(), now()
    read = [read_space(path, language=path.name[:2], limit=words).space for path in files]
    reading = now() - begin
    source, target = (components(space, dimension) for space in read)
    observed: list[tuple[float, str]] = []

    def observe(progress: Progress) -> None:
        observed.append((now(), progress.stage))

    begin = now()
    alignment = fit(source, target, Recipe(), seed=0, observe=observe, device=place).alignment
    end = now()
    seconds = {"reading": reading, **phases_of(observed, begin, end)}
    times = [now()]
    translator = Translator.build(
        alignment, source, target, details=TrainingRecord(aligner="neural-gw"), device=place
    )
    times.append(now())
    translator = translator.with_posterior()
    times.append(now())
    with tempfile.TemporaryDirectory() as folder:
        save_checkpoint(translator, Path(folder, "pair"))
        times.append(now())
        write_report(translator, Path(folder, "pair.html"))
        times.append(now())
    for name, (first, last) in zip(
        ("index", "probabilities", "save", "report"), pairwise(times), strict=True
    ):
        seconds[name] = last - first
    return {
        "words": [len(source), len(target)],
        "dimension": source.dimension,
        "seed": 0,
        "device": place,
        "threads": torch.get_num_threads(),
        "found": alignment.found,
        "criterion": round(alignment.stages[-1].criterion, 4),
        "wall_seconds": round(time.perf_counter() - wall, 1),
        "peak_mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "seconds": {name: round(seconds[name], 2) for name in PHASES},
    }


def _clock(place: str) -> Callable[[], float]:
    """Seconds of the processor, or on the clock where a GPU computes, which has to have ended."""
    if place == "cpu":
        return time.process_time

    def clock() -> float:
        torch.cuda.synchronize()
        return time.perf_counter()

    return clock


def phases_of(observed: Sequence[tuple[float, str]], begin: float, end: float) -> dict[str, float]:
    """Split the time of a fit where its stages end.

    What leads to the first step of NGW is the judge: its reference is a refined map of its own.
    """
    ends = {"starts": begin, "game_begins": begin}
    for moment, stage in observed:
        if stage.startswith("start "):
            ends["starts"] = moment
        for name, phase in _STAGE_PHASES:
            if stage == name:
                ends[phase] = moment
    ends["game_begins"] = next(
        (moment for moment, stage in observed if stage == "neural-gw"), ends["starts"]
    )
    marks = [begin]
    for name in ("starts", "game_begins", "game", "refinement", "pairs", "fine_tuning"):
        marks.append(max(marks[-1], ends.get(name, marks[-1])))
    marks.append(end)
    names = ("starts", "judge", "game", "refinement", "pairs", "fine_tuning", "criterion")
    return {
        name: later - earlier for name, (earlier, later) in zip(names, pairwise(marks), strict=True)
    }


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out processor seconds by phase as Markdown, one column per size and device."""
    rows = list(rows)
    heads = [
        f"{row['words'][0]:,} × {row['dimension']}" + (", GPU" if row["device"] == "cuda" else "")
        for row in rows
    ]
    lines = [
        f"| processor seconds | {' | '.join(heads)} |",
        f"|---|{'---|' * len(rows)}",
    ]
    for name, label in PHASES.items():
        cells = [f"{row['seconds'][name]:.1f}" for row in rows]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    totals = [f"{sum(row['seconds'].values()):.0f}" for row in rows]
    lines.append(f"| **all** | {' | '.join(totals)} |")
    return "\n".join(lines)


def draw(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw seconds of the processor by phase over the vocabulary and the dimension, stacked.

    Each stands for the size of the other that was measured most often. A side of which only one
    size is known is left out; nothing is drawn where both are.
    """
    rows = [row for row in rows if row["device"] == "cpu"]
    dimension = mode(row["dimension"] for row in rows)
    words = mode(row["words"][0] for row in rows)
    known = (
        ("words a side", [row for row in rows if row["dimension"] == dimension]),
        ("dimensions", [row for row in rows if row["words"][0] == words]),
    )
    panels = [each for each in known if len(each[1]) > 1]
    if not panels:
        return
    figure = Figure(figsize=(2 + 3 * len(panels), 3.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for panel, (label, chosen) in zip(axes, panels, strict=True):
        by_words = label == "words a side"
        ordered = sorted(chosen, key=lambda row: (row["words"][0], row["dimension"]))
        ticks = [f"{row['words'][0]:,}" if by_words else str(row["dimension"]) for row in ordered]
        bottom = np.zeros(len(ordered))
        for (name, phase), colour in zip(PHASES.items(), _COLOURS, strict=True):
            height = np.array([row["seconds"][name] for row in ordered])
            panel.bar(ticks, height, bottom=bottom, color=colour, width=0.6, label=phase)
            bottom += height
        fixed = f"{dimension} dimensions" if by_words else f"{words:,} words"
        panel.set_xlabel(f"{label} ({fixed})")
        panel.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("processor seconds")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside right upper", frameon=False, fontsize=8)
    figure.savefig(path, dpi=100)


def add_row(row: Mapping[str, Any], path: Path = RESULTS) -> None:
    """Add a size, in place of an older measurement of it."""
    add_result(path, row, key=_size, settings={"recipe": "default", "pair": "docs:fr-es"})


def _size(row: Mapping[str, Any]) -> tuple[int, Sequence[int], str]:
    return row["dimension"], row["words"], row["device"]


def main() -> None:
    """Measure the sizes that are asked for, then draw and print all that is known."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the collections")
    parser.add_argument("--size", action="append", metavar="WORDSxDIMENSION", help="default: all")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--table", action="store_true", help="only draw and print")
    arguments = parser.parse_args()
    if not arguments.table:
        if arguments.data is None:
            parser.error("expected --data FOLDER")
        files = [arguments.data / "docs" / f"{language}.vec.gz" for language in ("fr", "es")]
        sizes = [each.split("x") for each in arguments.size or []]
        for words, dimension in [(int(n), int(d)) for n, d in sizes] or POINTS:
            with tempfile.TemporaryDirectory() as folder:
                read = [of_size(path, words, Path(folder)) for path in files]
                add_row(measure(read, words, dimension, device=arguments.device))
    rows = read_results(RESULTS)
    draw(rows, PICTURE)
    print(table(rows))


if __name__ == "__main__":
    main()
