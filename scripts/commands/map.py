"""`isogloss map`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.models.choices import Device, Surface
from isogloss.models.errors import OptionError
from isogloss.scripts.options import JsonOption, check_language
from isogloss.scripts.output import notice, print_json
from isogloss.scripts.progress import ProgressBars

if TYPE_CHECKING:
    from isogloss.scripts.joint_map import JointMap

_Language = Annotated[str, typer.Option(callback=check_language, help="Its code, for the legend.")]


def map_(
    *,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="What to write: .html, .svg, .png, or .json."),
    ],
    source: Annotated[
        Path | None, typer.Option(help="Word vectors; with --target, nothing else is used.")
    ] = None,
    target: Annotated[Path | None, typer.Option(help="Word vectors of the other language.")] = None,
    source_language: _Language = "source",
    target_language: _Language = "target",
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Folder of a fitted map to start from, instead of two files."),
    ] = None,
    words: Annotated[
        int, typer.Option(min=3, help="Most frequent words of each language to show.")
    ] = 500,
    space: Annotated[Surface, typer.Option(help="Surface to draw on.")] = "plane",
    lexicon: Annotated[
        Path | None,
        typer.Option(help="Lines `source target`, to measure with; the map does not see it."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Makes the map repeatable.")] = 0,
    device: Annotated[Device, typer.Option(help="auto takes a GPU where there is one.")] = "auto",
    as_json: JsonOption = False,
) -> None:
    """Draw two vocabularies on one map.

    From two files alone, or from a checkpoint.
    """
    from isogloss.models.optimal_transport.joint_embedding import MapOptions
    from isogloss.scripts.joint_map import map_checkpoint, map_files, share_closer
    from isogloss.scripts.pictures.joint_map import check_picture, draw_joint_map

    check_picture(output)
    options = MapOptions(surface=space, seed=seed)
    if checkpoint is not None and source is None and target is None:
        with ProgressBars() as bars:
            joint = map_checkpoint(
                checkpoint,
                words=words,
                options=options,
                device=device,
                observe=bars.stage("drawing together"),
            )
    elif checkpoint is None and source is not None and target is not None:
        with ProgressBars() as bars:
            joint = map_files(
                (source, source_language),
                (target, target_language),
                words=words,
                options=options,
                device=device,
                observe=bars.stage("drawing together"),
            )
    else:
        raise OptionError("expected either --source and --target, or --checkpoint alone")
    summary = _summary(joint, output)
    if lexicon is not None:
        summary["share_closer_than_translation"], summary["pairs"] = share_closer(joint, lexicon)
    draw_joint_map(joint, output)
    if not joint.found:
        notice(
            f"alignment {joint.verdict.text}; each language is drawn faithfully, but that they lie "
            "on each other means nothing"
        )
    if as_json:
        print_json(summary)
    else:
        for name, value in summary.items():
            shown = f"{value:.3f}" if isinstance(value, float) else str(value)
            typer.echo(f"{name.replace('_', ' '):<30} {shown}")


def _summary(joint: JointMap, output: Path) -> dict[str, object]:
    embedding = joint.result.embedding
    return {
        "output": str(output),
        "source_words": len(joint.source.words),
        "target_words": len(joint.target.words),
        "start": "checkpoint" if joint.from_checkpoint else "distances",
        "agreement": joint.agreement,
        "alignment": joint.verdict.title,
        "cost": embedding.cost,
        "distance_between_images": embedding.transport,
        "source_distortion": embedding.source_distortion,
        "target_distortion": embedding.target_distortion,
        "iterations": embedding.iterations,
        "converged": embedding.converged,
        "seconds": joint.seconds,
    }
