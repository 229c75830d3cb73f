"""`isogloss index`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from isogloss.models.choices import ApproximateKind, Device, Storage
from isogloss.models.errors import OptionError
from isogloss.scripts.options import Checkpoint, JsonOption
from isogloss.scripts.output import print_json
from isogloss.scripts.progress import ProgressBars

if TYPE_CHECKING:
    from isogloss.models.retrieval import Translator


def index(
    checkpoint: Checkpoint,
    *,
    precompute: Annotated[
        bool | None,
        typer.Option(
            "--precompute/--no-precompute",
            help="Keep the neighbours of all source words, or keep none.",
            show_default="as it is",
        ),
    ] = None,
    width: Annotated[int, typer.Option(min=1, help="Neighbours of each word that are kept.")] = 50,
    kind: Annotated[
        Literal["flat", ApproximateKind] | None,
        typer.Option(
            help="How other words and vectors are searched: flat is exact.",
            show_default="as it is",
        ),
    ] = None,
    storage: Annotated[
        Storage, typer.Option(help="How an approximate index keeps the vectors; scores stay exact.")
    ] = "fp32",
    recall: Annotated[
        float, typer.Option(help="Share of the exact 10 nearest that such an index must find.")
    ] = 0.99,
    seed: Annotated[int, typer.Option(min=0, help="Makes the index repeatable.")] = 0,
    device: Annotated[Device, typer.Option(help="Where the exact search runs.")] = "auto",
    as_json: JsonOption = False,
) -> None:
    """Make a checkpoint answer faster.

    By neighbours computed beforehand, or by an approximate index.
    """
    from isogloss.models.checkpoint import load_checkpoint, save_checkpoint
    from isogloss.models.progress.observation import Progress
    from isogloss.models.retrieval.indexing import with_index, without_index

    if precompute is None and kind is None:
        raise OptionError("nothing to do: expected --precompute, --no-precompute or --kind")
    translator = load_checkpoint(checkpoint, device)
    if kind == "flat":
        translator = without_index(translator)
    elif kind is not None:
        with ProgressBars() as bars:
            bars.stage(f"building and measuring {kind}")
            translator = with_index(
                translator, kind=kind, storage=storage, recall=recall, seed=seed
            )
    if precompute is False:
        translator = replace(translator, table=None)
    elif precompute:
        with ProgressBars() as bars:
            translator = translator.with_table(
                width=width,
                observe=lambda done, of: bars.observe(
                    Progress(stage="neighbours", step=done, total=of)
                ),
            )
    save_checkpoint(translator, checkpoint)
    outcome = _outcome(translator)
    if as_json:
        print_json(outcome)
    else:
        for name, value in outcome.items():
            typer.echo(f"{name:<11} {value}")


def _outcome(translator: Translator) -> dict[str, object]:
    approximate = translator.retriever.approximate
    outcome: dict[str, object] = {
        "pair": translator.pair,
        "neighbours": 0 if translator.table is None else translator.table.width,
        "kind": "flat" if approximate is None else approximate.kind,
    }
    if approximate is None:
        return outcome
    return {
        **outcome,
        "storage": approximate.storage,
        "effort": approximate.effort,
        "recall": approximate.recall,
    }
