"""`research.papers daspot`: labels carried to turned and inverted digits, and across languages.

The thesis carries labels between large sets of digits in colour, on a graphics card. Here: the 8×8
digits of scikit-learn, one half with labels, the other half turned or inverted and without; and
words of English and French, whose categories follow from their endings by a rule for each language
(`research/methods/suffix_categories.py`). Every method is tried as the points stand, and again
after they were brought together: digits by the portfolio's start, which sees no label and no pair,
words by the orthogonal map of the bundled dictionary, which takes a second.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import ot
import torch
import typer
from scipy.ndimage import rotate
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor

from isogloss.models.aligners import ProcrustesAligner, Recipe, SelfLearningAligner
from isogloss.models.errors import NoAlignmentFoundError, OptionError
from isogloss.models.label_transfer.transfer import transfer_labels
from isogloss.models.label_transfer.word_labels import common_coordinates, label_numbers
from isogloss.models.maps.alignment import Alignment
from isogloss.models.spaces import read_space
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import read_lexicon
from research.measurement import SAMPLE, grouped, save_results
from research.methods.suffix_categories import suffix_categories
from research.papers.spot_tables import spread

_TASKS = ("turned 30°", "turned 45°", "turned 90°", "inverted")
_STANDS, _ALIGNED = "as they stand", "aligned"
_OTDA: Mapping[str, Callable[[], Any]] = {
    "POT EMDTransport": lambda: ot.da.EMDTransport(max_iter=10**6),
    "POT SinkhornTransport": lambda: ot.da.SinkhornTransport(reg_e=0.1, norm="max"),
    "POT SinkhornLpl1Transport": lambda: ot.da.SinkhornLpl1Transport(
        reg_e=0.1, reg_cl=0.1, norm="max"
    ),
}


def reproduce(
    *,
    tasks: Annotated[
        list[str] | None,
        typer.Option("--task", help=f"{', '.join(_TASKS)} or words; repeatable. All by default."),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many splits, from seed 0.")] = 3,
    points: Annotated[int, typer.Option(min=40, help="Points of either side.")] = 800,
    output: Annotated[Path, typer.Option(help="File of the results; other tasks stay.")] = Path(
        "research/results/daspot.json"
    ),
) -> None:
    """DASPOT beside the source classifier and POT's domain adaptation: digits and words."""
    torch.set_num_threads(1)
    known = (*_TASKS, "words")
    chosen = [task for task in known if tasks is None or task in tasks]
    unknown = sorted(set(tasks or ()) - set(known))
    if unknown:
        raise OptionError(f"--task: expected {', '.join(known)}, found {unknown[0]}")
    rows: list[dict[str, Any]] = []
    if output.exists():
        rows = json.loads(output.read_text("utf-8"))["rows"]
    rows = [row for row in rows if row["task"] not in chosen]
    for task in chosen:
        for seed in range(seeds):
            spaces = _words(points) if task == "words" else _digits(task, seed, points)
            rows += [{"task": task, "seed": seed, **row} for row in _measure(*spaces, seed)]
            save_results(output, rows, {"points": points})
    typer.echo(table(rows))


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Lay out the accuracies as Markdown, the best of each line of coordinates in bold."""
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    lines = [
        f"| coordinates | method | {' | '.join(tasks)} |",
        "|---|---|" + "---|" * len(tasks),
    ]
    for (place, method), group in grouped(rows, "coordinates", "method").items():
        cells = []
        for task in tasks:
            of_task = [row for row in group if row["task"] == task]
            cells.append(spread(of_task, "accuracy", 3) if of_task else "—")
        lines.append(f"| {place} | {method} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _measure(
    source: EmbeddingSpace,
    labels: Tensor,
    target: EmbeddingSpace,
    truth: np.ndarray,
    seed: int,
) -> list[dict[str, Any]]:
    """Accuracy of every method on the target points whose label is known."""
    begin = time.perf_counter()
    alignment, found = _aligned(source, target, seed)
    row = {"found": found, "start_seconds": round(time.perf_counter() - begin, 1)}
    rows = []
    for place, map_ in ((_STANDS, None), (_ALIGNED, alignment)):
        if map_ is None and source.dimension != target.dimension:
            continue
        x, y = common_coordinates(source.vectors, target.vectors, map_)
        predicted = _predictions(x, labels, y, seed)
        for method, (answer, seconds) in predicted.items():
            accuracy = round(float((answer == truth)[truth >= 0].mean()), 4)
            rows.append(
                {
                    "coordinates": place,
                    "method": method,
                    "accuracy": accuracy,
                    "seconds": round(seconds, 1),
                    **(row if place == _ALIGNED else {}),
                }
            )
    return rows


def _predictions(
    x: Tensor, labels: Tensor, y: Tensor, seed: int
) -> dict[str, tuple[np.ndarray, float]]:
    begin = time.perf_counter()
    ours = transfer_labels(x, labels, y, seed=seed)
    seconds = time.perf_counter() - begin
    known = labels >= 0
    given, classes = x[known].double().numpy(), labels[known].numpy()
    points = y.double().numpy()
    nearest = KNeighborsClassifier(1).fit(given, classes).predict(points)
    answers = {
        "source only, network": (ours.source_only.argmax(dim=1).numpy(), 0.0),
        "source only, nearest neighbour": (nearest, 0.0),
    }
    for name, make in _OTDA.items():
        begin = time.perf_counter()
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # what POT warns of shows in the figures
            moved = make().fit_transform(Xs=given, ys=classes, Xt=points)
        moved = np.nan_to_num(np.asarray(moved))
        answer = KNeighborsClassifier(1).fit(moved, classes).predict(points)
        answers[name] = (answer, time.perf_counter() - begin)
    return answers | {"DASPOT": (ours.probabilities.argmax(dim=1).numpy(), seconds)}


def _aligned(source: EmbeddingSpace, target: EmbeddingSpace, seed: int) -> tuple[Alignment, bool]:
    if (source.language, target.language) == ("en", "fr"):
        return ProcrustesAligner(read_lexicon(SAMPLE / "en-fr.txt")).fit(source, target), True
    try:
        return SelfLearningAligner(recipe=Recipe(), seed=seed).fit(source, target), True
    except NoAlignmentFoundError as error:
        if not isinstance(error.alignment, Alignment):
            raise
        return error.alignment, False


def _digits(
    task: str, seed: int, points: int
) -> tuple[EmbeddingSpace, Tensor, EmbeddingSpace, np.ndarray]:
    """Different digits on either side, those of the target changed."""
    data = load_digits()
    images = data.images / 16
    order = np.random.default_rng(seed).permutation(len(images))
    halves = order[: len(order) // 2][:points], order[len(order) // 2 :][:points]
    if task == "inverted":
        changed = 1 - images
    else:
        angle = float(task.removeprefix("turned ").removesuffix("°"))
        changed = np.stack([rotate(each, angle, reshape=False, order=1) for each in images])
    source, target = (
        EmbeddingSpace(
            name,
            tuple(f"{row}" for row in rows),
            pictures[rows].reshape(len(rows), -1).astype(np.float32),
        )
        for name, pictures, rows in (("digits", images, halves[0]), (task, changed, halves[1]))
    )
    return source, torch.from_numpy(data.target[halves[0]]), target, data.target[halves[1]]


def _words(points: int) -> tuple[EmbeddingSpace, Tensor, EmbeddingSpace, np.ndarray]:
    """English words with labels, French ones to label; at most six times as many as points."""
    source, target = (
        read_space(SAMPLE / f"{language}.vec.gz", language=language, limit=6 * points).space
        for language in ("en", "fr")
    )
    names, labels = label_numbers(source, suffix_categories("en", source.words))
    rule = suffix_categories("fr", target.words)
    truth = [names.index(rule[word]) if word in rule else -1 for word in target.words]
    return source, labels, target, np.array(truth)
