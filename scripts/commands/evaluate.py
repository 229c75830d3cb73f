"""`isogloss evaluate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.scripts.options import JsonOption, RankingOption
from isogloss.scripts.output import console, print_json
from isogloss.scripts.progress import ProgressBars
from isogloss.scripts.wording import stage_title

if TYPE_CHECKING:
    from rich.table import Table

    from isogloss.models.evaluation import Calibration, Evaluation


def evaluate(
    checkpoints: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Folders of one checkpoint or several.")
    ],
    *,
    lexicon: Annotated[
        Path,
        typer.Option("--lexicon", "-l", help="Lines `source target`; several targets allowed."),
    ],
    score: RankingOption = "csls",
    as_json: JsonOption = False,
) -> None:
    """Measure precision against a dictionary.

    How often a listed translation is among the first 1, 5 and 10 answers, and the mean of one over
    its place (MRR). By probability, also whether the probabilities are true.
    """
    from isogloss.models.checkpoint import load_checkpoint
    from isogloss.models.evaluation import calibration, evaluate_stages
    from isogloss.models.evaluation import evaluate as measure
    from isogloss.models.spaces.lexicon import read_lexicon

    entries = read_lexicon(lexicon)
    measured: list[_Measured] = []
    with ProgressBars() as bars:
        tell = bars.stage("evaluating")
        for number, path in enumerate(checkpoints):
            tell(number, len(checkpoints))
            translator = load_checkpoint(path)
            measured.append(
                _Measured(
                    path,
                    translator.pair,
                    measure(translator, entries, score=score),
                    evaluate_stages(translator, entries, score=score),
                    calibration(translator, entries) if score == "probability" else None,
                )
            )
        tell(len(checkpoints), len(checkpoints))
    if as_json and len(measured) == 1:
        print_json(_document(measured[0], score))
    elif as_json:
        print_json({"checkpoints": {str(each.path): _document(each, score) for each in measured}})
    elif len(measured) == 1:
        _print(measured[0], score)
    else:
        _print_several(measured, score)


@dataclass(frozen=True, slots=True)
class _Measured:
    """What was measured of one checkpoint."""

    path: Path
    pair: str
    result: Evaluation
    stages: Mapping[str, Evaluation]
    weighed: Calibration | None


def _document(one: _Measured, score: str) -> dict[str, object]:
    by_stage = {name: stage.as_dict() for name, stage in one.stages.items()}
    truth = {} if one.weighed is None else {"calibration": one.weighed.as_dict()}
    return {**one.result.as_dict(), "score": score, "stages": by_stage, **truth}


def _print(one: _Measured, score: str) -> None:
    out = console()
    table = _table(one.pair, score)
    rows = [(stage_title(name), measured) for name, measured in one.stages.items()]
    if not rows or rows[-1][1] != one.result:
        rows.append(("as it is served", one.result))
    for name, measured in rows:
        table.add_row(name, *_figures(measured))
    out.print(table)
    result = one.result
    out.print(f"{result.evaluated} words, {result.coverage:.1%} of the lexicon's source words")
    for reason, count in result.skipped.items():
        if count:
            out.print(f"skipped {count}: {reason}")
    if one.weighed is not None:
        _print_calibration(one.weighed)


def _print_several(measured: Sequence[_Measured], score: str) -> None:
    table = _table("", score)
    table.add_column("words")
    for one in measured:
        table.add_row(str(one.path), *_figures(one.result), str(one.result.evaluated))
    console().print(table)


def _table(title: str, score: str) -> Table:
    from rich.table import Table

    return Table(
        title, "P@1", "P@5", "P@10", "MRR", title=f"precision by {score}", title_justify="left"
    )


def _figures(measured: Evaluation) -> list[str]:
    shares = [measured.precision[k] for k in (1, 5, 10)]
    return [f"{value:.3f}" for value in (*shares, measured.mean_reciprocal_rank)]


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
