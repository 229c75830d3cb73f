"""`isogloss plot`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.models.errors import OptionError
from isogloss.scripts.options import Checkpoint, JsonOption, SimilarityOption
from isogloss.scripts.output import print_json

if TYPE_CHECKING:
    from isogloss.models.retrieval.word_plane import WordPlane

_SUFFIXES = (".html", ".svg", ".png")


def plot(
    checkpoint: Checkpoint,
    *,
    words: Annotated[
        list[str],
        typer.Option(metavar="WORDS", help="Source words, parted by spaces; may be repeated."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Picture: .html, .svg or .png.")],
    k: Annotated[int, typer.Option("-k", "--k", min=1, help="Neighbours of each word.")] = 5,
    around: Annotated[
        int, typer.Option(min=0, help="Words of each language around each of them.")
    ] = 5,
    score: SimilarityOption = "csls",
    as_json: JsonOption = False,
) -> None:
    """Draw words and their translations on a plane.

    With the words around them in both languages.
    """
    from isogloss.models.checkpoint import load_checkpoint
    from isogloss.models.retrieval.back_search import BackSearch
    from isogloss.models.retrieval.word_plane import word_plane
    from isogloss.scripts.pictures.joint_map import check_picture
    from isogloss.scripts.pictures.word_plane_image import draw_word_image
    from isogloss.scripts.pictures.word_plane_page import draw_word_page

    if output.suffix.lower() not in _SUFFIXES:
        raise OptionError(f"{output}: expected one of {', '.join(_SUFFIXES)}")
    check_picture(output)
    asked = [word for given in words for word in given.split()]
    if not asked:
        raise OptionError("--words: expected at least one word, found none")
    translator = load_checkpoint(checkpoint)
    back = BackSearch.build(translator)
    plane = word_plane(translator, back, asked, k=k, score=score, around=around)
    languages = (translator.source.language, translator.target_language)
    if output.suffix.lower() == ".html":
        output.write_text(draw_word_page(plane, languages), encoding="utf-8")
    else:
        draw_word_image(plane, languages, output)
    if as_json:
        print_json(_document(plane, output))
    else:
        typer.echo(
            f"{output}: {len(plane.places)} words; the plane shows {sum(plane.shown):.0%} of what "
            "sets them apart"
        )


def _document(plane: WordPlane, output: Path) -> dict[str, object]:
    return {
        "output": str(output),
        "shown": list(plane.shown),
        "places": [
            {
                "word": place.word,
                "side": place.side,
                "role": place.role,
                "x": place.x,
                "y": place.y,
            }
            for place in plane.places
        ],
        "links": [
            {
                "query": plane.places[link.query].word,
                "neighbour": plane.places[link.neighbour].word,
                "score": link.score,
            }
            for link in plane.links
        ],
    }
