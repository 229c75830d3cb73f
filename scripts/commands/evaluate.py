"""`isogloss evaluate`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.scripts.options import Checkpoint, JsonOption, RankingOption
from isogloss.scripts.output import console, print_json
from isogloss.scripts.progress import ProgressBars

if TYPE_CHECKING:
    from isogloss.models.evaluation import Calibration, Evaluation


def evaluate(
    checkpoint: Checkpoint,
    *,
    lexicon: Annotated[Path, typer.Option(help="Lines `source target`; several targets allowed.")],
    score: RankingOption = "csls",
    as_json: JsonOption = False,
) -> None:
    """Measure precision against a dictionary.

    How often a listed translation is among the first 1, 5 and 10 answers; by probability, also
    whether the probabilities are true.
    """
    from isogloss.models.checkpoint import load_checkpoint
    from isogloss.models.evaluation import calibration, evaluate_stages
    from isogloss.models.evaluation import evaluate as measure
    from isogloss.models.spaces.lexicon import read_lexicon

    translator = load_checkpoint(checkpoint)
    entries = read_lexicon(lexicon)
    with ProgressBars() as bars:
        bars.stage("evaluating")
        result = measure(translator, entries, score=score)
        stages = evaluate_stages(translator, entries, score=score)
        weighed = calibration(translator, entries) if score == "probability" else None
    if as_json:
        by_stage = {name: stage.as_dict() for name, stage in stages.items()}
        truth = {} if weighed is None else {"calibration": weighed.as_dict()}
        print_json({**result.as_dict(), "score": score, "stages": by_stage, **truth})
    else:
        _print(translator.pair, result, stages, score)
        if weighed is not None:
            _print_calibration(weighed)


def _print(pair: str, result: Evaluation, stages: Mapping[str, Evaluation], score: str) -> None:
    from rich.table import Table

    out = console()
    table = Table(pair, "P@1", "P@5", "P@10", title=f"precision by {score}", title_justify="left")
    for name, measured in [*stages.items(), ("final", result)]:
        table.add_row(name, *(f"{measured.precision[k]:.3f}" for k in (1, 5, 10)))
    out.print(table)
    out.print(f"{result.evaluated} words, {result.coverage:.1%} of the lexicon's source words")
    for reason, count in result.skipped.items():
        if count:
            out.print(f"skipped {count}: {reason}")


def _print_calibration(weighed: Calibration) -> None:
    from rich.table import Table

    out = console()
    table = Table("probability", "precision", "words", title="what the probabilities are worth")
    for one in weighed.reliability:
        table.add_row(f"{one.probability:.2f}", f"{one.precision:.2f}", str(one.words))
    out.print(table)
    half = weighed.precision_of_share[0.5]
    out.print(
        f"expected calibration error {weighed.expected_calibration_error:.3f}; "
        f"of the more probable half {half:.3f} are right"
    )
