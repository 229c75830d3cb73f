"""`isogloss train-hub`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.models.aligners.registry import AlignerName
from isogloss.models.choices import Device, Matching, OnError
from isogloss.models.errors import OptionError
from isogloss.scripts.options import JsonOption, check_language
from isogloss.scripts.output import console, print_json
from isogloss.scripts.progress import ProgressBars

if TYPE_CHECKING:
    from isogloss.scripts.hub_training import HubOutcome


def train_hub(
    *,
    space: Annotated[
        list[str],
        typer.Option(metavar="LANGUAGE=FILE", help="A language and its word vectors; repeatable."),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for a checkpoint of each direction.")
    ],
    direction: Annotated[
        list[str] | None,
        typer.Option(metavar="XX-YY", help="Save only this direction; may be repeated."),
    ] = None,
    aligner: Annotated[
        AlignerName, typer.Option(help="How a language is first aligned to the first one.")
    ] = "self-learning",
    recipe: Annotated[
        str | None, typer.Option(help="Settings: a name, or the path of a .toml file.")
    ] = None,
    rounds: Annotated[
        int, typer.Option(min=0, help="Rounds in which the hub moves to the middle.")
    ] = 5,
    matching: Annotated[
        Matching, typer.Option(help="How words are paired with hub points.")
    ] = "mutual",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Read only the N first words of each file.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Makes the run repeatable.")] = 0,
    device: Annotated[Device, typer.Option(help="auto takes a GPU where there is one.")] = "auto",
    force: Annotated[bool, typer.Option("--force", help="Save even if nothing was found.")] = False,
    on_error: Annotated[
        OnError, typer.Option(help="What to do with a bad line: stop, or count and leave out.")
    ] = "fail",
    as_json: JsonOption = False,
) -> None:
    """Fit several languages to one hub.

    A checkpoint is saved for every direction between them.
    """
    from isogloss.models.aligners import Recipe
    from isogloss.models.aligners.hub import HubRecipe
    from isogloss.models.fitting.hub import HubOptions
    from isogloss.models.fitting.recipe_files import find_recipe, read_recipe
    from isogloss.scripts.hub_training import HubRun, choose_directions
    from isogloss.scripts.hub_training import train_hub as run

    files = _files(space)
    given = HubRun(
        files=files,
        output=output,
        directions=choose_directions(tuple(files), direction or ()),
        options=HubOptions(
            aligner=aligner,
            recipe=Recipe() if recipe is None else read_recipe(find_recipe(recipe)),
            hub=HubRecipe(rounds=rounds, matching=matching),
            limit=limit,
            seed=seed,
            device=device,
            on_error=on_error,
            force=force,
        ),
    )
    with ProgressBars() as bars:
        outcome = run(given, observe=bars.observe, observe_reading=bars.observe_reading)
    if as_json:
        print_json(_document(outcome))
    else:
        _print(outcome, output)


def _files(spaces: Sequence[str]) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for given in spaces:
        language, equals, path = given.partition("=")
        if not equals or not path:
            raise OptionError(f"--space: expected LANGUAGE=FILE, found {given!r}")
        check_language(language)
        if language in files:
            raise OptionError(f"--space: {language!r} stands twice")
        files[language] = Path(path)
    if len(files) < 2:
        raise OptionError(f"--space: expected at least two languages, found {len(files)}")
    return files


def _document(outcome: HubOutcome) -> dict[str, object]:
    return {
        "seconds": outcome.seconds,
        "fit_seconds": outcome.fit_seconds,
        "languages": {name: report.kept for name, report in outcome.reports.items()},
        "directions": [
            {
                "pair": each.pair,
                "checkpoint": str(each.checkpoint),
                "criterion": each.criterion,
                "found": each.verdict.found,
                "verdict": each.verdict.as_dict(),
            }
            for each in outcome.directions
        ],
    }


def _print(outcome: HubOutcome, output: Path) -> None:
    from rich.table import Table

    out = console()
    for language, report in outcome.reports.items():
        line = f"{language}: {report.kept} words, {report.dimension} dimensions ({report.format})"
        out.print(line, markup=False, soft_wrap=True)
    table = Table("direction", "agreement", "alignment")
    for each in outcome.directions:
        table.add_row(each.pair, f"{each.criterion:.3f}", each.verdict.title)
    out.print(table)
    out.print(f"saved in {output} ({outcome.seconds:.1f} s)", markup=False, soft_wrap=True)
