"""`isogloss train`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.models.aligners.registry import AlignerName
from isogloss.models.choices import Device, OnError
from isogloss.models.errors import OptionError
from isogloss.scripts.extras import is_installed
from isogloss.scripts.options import JsonOption, check_language
from isogloss.scripts.output import notice, print_json
from isogloss.scripts.progress import ProgressBars

if TYPE_CHECKING:
    from isogloss.scripts.training import VectorFile

_Language = Annotated[
    str | None,
    typer.Option(
        callback=lambda code: code and check_language(code),
        help="Its code, such as fr.",
        show_default="from the file's name",
    ),
]


def train(
    source_file: Annotated[
        Path | None, typer.Argument(metavar="SOURCE", help="Word vectors to translate from.")
    ] = None,
    target_file: Annotated[
        Path | None, typer.Argument(metavar="TARGET", help="Word vectors to translate to.")
    ] = None,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the checkpoint; replaced as a whole.")
    ],
    source: Annotated[Path | None, typer.Option(help="The same as SOURCE.")] = None,
    source_language: _Language = None,
    target: Annotated[Path | None, typer.Option(help="The same as TARGET.")] = None,
    target_language: _Language = None,
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
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show losses, stages and what was read.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Fit a map between two files of word vectors and save it.

    The checkpoint holds all that translating needs. No dictionary is needed either.
    """
    from isogloss.models.aligners import Recipe
    from isogloss.models.fitting.recipe_files import find_recipe, read_recipe
    from isogloss.scripts.report import default_report
    from isogloss.scripts.training import TrainingOptions
    from isogloss.scripts.training import train as run
    from isogloss.scripts.training_plan import fit_plan
    from isogloss.scripts.training_report import as_document, print_outcome

    if report is not None and no_report:
        raise OptionError("--report and --no-report exclude each other")
    wants_report = not no_report
    if wants_report and report is None and not is_installed("plot"):
        notice("no report is written; it needs pip install 'isogloss[plot]'")
        wants_report = False
    options = TrainingOptions(
        source=_vector_file("source", source_file, source, source_language, source_words),
        target=_vector_file("target", target_file, target, target_language, target_words),
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
        report=(report or default_report(output)) if wants_report else None,
        reports_failure=report is not None,
    )
    with ProgressBars(plan=fit_plan(options), losses=verbose) as bars:
        outcome = run(options, observe=bars.observe, observe_reading=bars.observe_reading)
    if as_json:
        print_json(as_document(outcome))
    else:
        print_outcome(outcome, verbose=verbose)
    if outcome.failure is not None and outcome.output is None:
        raise outcome.failure


def _vector_file(
    role: str,
    given: Path | None,
    option: Path | None,
    language: str | None,
    words: Path | None,
) -> VectorFile:
    """Take a file from where it was named, and its language from its name where nobody says it."""
    from isogloss.models.spaces.languages import guess_language
    from isogloss.scripts.training import VectorFile

    if given is not None and option is not None:
        raise OptionError(f"--{role}: the {role} file was named already: {given}")
    path = given or option
    if path is None:
        raise OptionError(
            f"expected the {role} file: isogloss train SOURCE TARGET --output DIR, or --{role} FILE"
        )
    language = language or guess_language(path)
    if language is None:
        raise OptionError(
            f"--{role}-language: expected the code of the language, such as fr: the name "
            f"{path.name} does not tell it"
        )
    return VectorFile(path=path, language=language, words=words)
