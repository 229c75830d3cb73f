"""`isogloss transfer-labels`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from isogloss.models.choices import Device
from isogloss.scripts.options import JsonOption
from isogloss.scripts.output import notice, print_json
from isogloss.scripts.progress import ProgressBars


def transfer_labels(
    *,
    source: Annotated[Path, typer.Option(help="Vectors of the words that have labels.")],
    labels: Annotated[
        Path, typer.Option(help="Lines `word <tab> label`; not every word needs one.")
    ],
    target: Annotated[Path, typer.Option(help="Vectors of the words to label.")],
    output: Annotated[
        Path, typer.Option(help="File to write: word, label, and a probability for each label.")
    ],
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Fitted map between the two; without it one is searched for."),
    ] = None,
    same_space: Annotated[
        bool, typer.Option("--same-space", help="Both files have the same coordinates already.")
    ] = False,
    steps: Annotated[
        int, typer.Option(min=1, help="Steps in which plan and classifiers are learnt together.")
    ] = 200,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Read only the N first words of each file.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Makes the run repeatable.")] = 0,
    device: Annotated[
        Device, typer.Option(help="Where the search computes; auto takes a GPU if there is one.")
    ] = "auto",
    as_json: JsonOption = False,
) -> None:
    """Carry labels of words to a language without labels.

    Or of any vectors to an unlabelled space (DASPOT).
    """
    from isogloss.scripts.label_transfer import LabelTransferOptions, transfer

    options = LabelTransferOptions(
        source=source,
        labels=labels,
        target=target,
        output=output,
        checkpoint=checkpoint,
        same_space=same_space,
        steps=steps,
        limit=limit,
        seed=seed,
        device=device,
    )
    with ProgressBars() as bars:
        outcome = transfer(options, observe=bars.observe, observe_reading=bars.observe_reading)
    if outcome.verdict is not None and not outcome.verdict.found:
        notice(f"alignment {outcome.verdict.text}; the labels are no better than chance")
    counts = Counter(outcome.labels.best())
    if as_json:
        print_json(
            {
                "output": str(output),
                "words": len(outcome.labels.words),
                "labels_given": outcome.given,
                "labels_used": outcome.labels.labelled,
                "agreement": None if outcome.verdict is None else outcome.verdict.agreement,
                "verdict": None if outcome.verdict is None else outcome.verdict.as_dict(),
                "labels": {name: counts[name] for name in outcome.labels.names},
            }
        )
        return
    used = f"from {outcome.labels.labelled} of {outcome.given} labelled words"
    typer.echo(f"{output}: {len(outcome.labels.words)} words, {used}")
    for name in outcome.labels.names:
        typer.echo(f"  {counts[name]:>8}  {name}")
