"""`isogloss train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isogloss.models.aligners.registry import AlignerName
from isogloss.models.choices import Device, OnError
from isogloss.models.errors import OptionError
from isogloss.scripts.options import JsonOption, check_language
from isogloss.scripts.output import print_json
from isogloss.scripts.progress import ProgressBars

_Language = Annotated[str, typer.Option(callback=check_language, help="Its code, such as fr.")]


def train(
    *,
    source: Annotated[Path, typer.Option(help="Word vectors to translate from.")],
    source_language: _Language,
    target: Annotated[Path, typer.Option(help="Word vectors to translate to.")],
    target_language: _Language,
    output: Annotated[Path, typer.Option(help="Folder of the checkpoint; replaced as a whole.")],
    aligner: Annotated[AlignerName, typer.Option(help="How to fit the map.")] = "neural-gw",
    lexicon: Annotated[
        Path | None,
        typer.Option(
            help="Lines `source target`, for procrustes and robot; a third word, for robot, "
            "names a group whose pairing is unknown. A seed for neural-gw and self-learning."
        ),
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(help="Settings: a name, or the path of a .toml file.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Read only the N first words of each file.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Makes the run repeatable.")] = 0,
    device: Annotated[Device, typer.Option(help="auto takes a GPU where there is one.")] = "auto",
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run stopped.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Save even if nothing was found.")] = False,
    precompute: Annotated[
        bool,
        typer.Option("--precompute", help="Keep the neighbours of all source words too."),
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            help="HTML report, written also if nothing was found. Else OUTPUT.report.html."
        ),
    ] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no report.")] = False,
    on_error: Annotated[
        OnError, typer.Option(help="What to do with a bad line: stop, or count and leave out.")
    ] = "fail",
    source_words: Annotated[
        Path | None, typer.Option(help="Words of an .npy source, one per line.")
    ] = None,
    target_words: Annotated[
        Path | None, typer.Option(help="Words of an .npy target, one per line.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fit a map between two files of word vectors and save it.

    The checkpoint holds all that translating needs. No dictionary is needed either.
    """
    from isogloss.models.aligners import Recipe
    from isogloss.models.fitting.recipe_files import find_recipe, read_recipe
    from isogloss.scripts.report import default_report
    from isogloss.scripts.training import TrainingOptions, VectorFile
    from isogloss.scripts.training import train as run
    from isogloss.scripts.training_report import as_document, print_outcome

    if report is not None and no_report:
        raise OptionError("--report and --no-report exclude each other")
    options = TrainingOptions(
        source=VectorFile(path=source, language=source_language, words=source_words),
        target=VectorFile(path=target, language=target_language, words=target_words),
        output=output,
        aligner=aligner,
        recipe=Recipe() if recipe is None else read_recipe(find_recipe(recipe)),
        lexicon=lexicon,
        limit=limit,
        seed=seed,
        device=device,
        on_error=on_error,
        resume=resume,
        force=force,
        precompute=precompute,
        report=None if no_report else report or default_report(output),
        reports_failure=report is not None,
    )
    with ProgressBars() as bars:
        outcome = run(options, observe=bars.observe, observe_reading=bars.observe_reading)
    if as_json:
        print_json(as_document(outcome))
    else:
        print_outcome(outcome)
    if outcome.failure is not None and outcome.output is None:
        raise outcome.failure
