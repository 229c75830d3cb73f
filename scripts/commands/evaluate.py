"""`isogloss evaluate`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from models.checkpoint import load_checkpoint
from models.evaluation import Evaluation, evaluate_stages
from models.evaluation import evaluate as measure
from models.spaces.lexicon import read_lexicon
from scripts.options import Checkpoint, JsonOption, ScoreOption
from scripts.output import console, print_json


def evaluate(
    checkpoint: Checkpoint,
    *,
    lexicon: Annotated[Path, typer.Option(help="Lines `source target`; several targets allowed.")],
    score: ScoreOption = "csls",
    as_json: JsonOption = False,
) -> None:
    """Measure how often a listed translation is among the first 1, 5 and 10 neighbours."""
    translator = load_checkpoint(checkpoint)
    entries = read_lexicon(lexicon)
    result = measure(translator, entries, score=score)
    stages = evaluate_stages(translator, entries, score=score)
    if as_json:
        by_stage = {name: stage.as_dict() for name, stage in stages.items()}
        print_json({**result.as_dict(), "score": score, "stages": by_stage})
    else:
        _print(translator.pair, result, stages, score)


def _print(pair: str, result: Evaluation, stages: Mapping[str, Evaluation], score: str) -> None:
    out = console()
    table = Table(pair, "P@1", "P@5", "P@10", title=f"precision by {score}", title_justify="left")
    for name, measured in [*stages.items(), ("final", result)]:
        table.add_row(name, *(f"{measured.precision[k]:.3f}" for k in (1, 5, 10)))
    out.print(table)
    out.print(f"{result.evaluated} words, {result.coverage:.1%} of the lexicon's source words")
    for reason, count in result.skipped.items():
        if count:
            out.print(f"skipped {count}: {reason}")
