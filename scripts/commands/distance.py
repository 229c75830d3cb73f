"""`isogloss distance`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.models.choices import DistanceSolver
from isogloss.models.errors import OptionError
from isogloss.models.verdict import TITLES
from isogloss.scripts.options import JsonOption
from isogloss.scripts.output import notice, print_json
from isogloss.scripts.progress import ProgressBars

if TYPE_CHECKING:
    from isogloss.models.distances.languages import DistanceOptions, LanguageDistances

_PICTURES = (".png", ".svg")


def distance(
    spaces: Annotated[
        list[str],
        typer.Argument(
            metavar="SPACE SPACE...",
            help="Files of word vectors, as FILE or NAME=FILE; the name is the file's otherwise.",
        ),
    ],
    *,
    words: Annotated[int, typer.Option(min=3, help="Most frequent words of each language.")] = 2000,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="File: .png or .svg for a picture, .json for the matrix.",
        ),
    ] = None,
    solver: Annotated[
        DistanceSolver, typer.Option(help="sinkhorn, neural, or by the number of words.")
    ] = "auto",
    softness: Annotated[
        float, typer.Option(help="Strength of the entropy, in mean squared cosines.")
    ] = 0.03,
    seed: Annotated[int, typer.Option(min=0, help="Makes the distances repeatable.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Measure how far languages are apart.

    Entropic Gromov-Wasserstein, without a dictionary.
    """
    from isogloss.models.distances.languages import DistanceOptions, language_distances
    from isogloss.models.spaces.readers import read_space

    if output is not None and output.suffix not in (*_PICTURES, ".json"):
        raise OptionError(
            f"--output: expected a name that ends in .png, .svg or .json, found {output.name}"
        )
    files = named_files(spaces)
    options = DistanceOptions(words=words, softness=softness, solver=solver, seed=seed)
    with ProgressBars() as bars:
        read = [read_space(path, language=name, limit=words).space for name, path in files.items()]
        found = language_distances(read, options, observe=bars.observe)
    names = list(files)
    document = _document(found, names, options)
    if output is not None and output.suffix == ".json":
        output.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
    elif output is not None:
        from isogloss.scripts.pictures.language_distances import draw_distances

        draw_distances(found.distances, names, output)
    for i, first in enumerate(names):
        for j, second in enumerate(names[:i]):
            if (state := found.states[i][j]) != "found":
                notice(
                    f"{second} and {first}: alignment {TITLES[state]} (agreement "
                    f"{found.agreements[i, j]:.2f}); they may be nearer than it says"
                )
    if as_json:
        print_json(document)
    else:
        typer.echo(table(document))


def named_files(spaces: Sequence[str]) -> dict[str, Path]:
    """Take NAME=FILE apart, or name a file by itself up to its first dot.

    Raises:
        OptionError: There are fewer than two, or two have one name.

    """
    files: dict[str, Path] = {}
    for space in spaces:
        name, equals, path = space.partition("=")
        if not equals:
            name, path = Path(space).name.partition(".")[0], space
        if not name or not path:
            raise OptionError(f"expected FILE or NAME=FILE, found {space!r}")
        if name in files:
            raise OptionError(f"{space}: a space is named {name} already; write NAME={path}")
        files[name] = Path(path)
    if len(files) < 2:
        raise OptionError(f"expected at least two spaces, found {len(files)}")
    return files


def table(document: dict[str, object]) -> str:
    """Lay out the matrix as Markdown; a star marks pairs of which no alignment was found."""
    names, rows, states = (document[key] for key in ("spaces", "distances", "states"))
    assert isinstance(names, list) and isinstance(rows, list) and isinstance(states, list)
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for name, values, found in zip(names, rows, states, strict=True):
        cells = [
            f"{value:.3f}" + ("" if state == "found" else "*")
            for value, state in zip(values, found, strict=True)
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _document(
    found: LanguageDistances, names: list[str], options: DistanceOptions
) -> dict[str, object]:
    return {
        "spaces": names,
        "words": options.words,
        "softness": options.softness,
        "solver": options.solver,
        "epsilon": found.epsilon,
        "distances": [[round(float(value), 5) for value in row] for row in found.distances],
        "states": [list(row) for row in found.states],
        "agreements": [[round(float(value), 4) for value in row] for row in found.agreements],
    }
