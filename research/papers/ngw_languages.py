"""`python -m research.papers ngw-languages`: Table 3 of NGW, by its protocol.

A fifth of the source words is held out. The fit sees the rest and the whole target. Accuracy is
that of CSLS over the whole target vocabulary, with the images of the seen words alone correcting
for hubs. The fit uses no dictionary, so that both parts of the lexicon measure it; the supervised
map is fitted on the train part and measured on the test part. As held-out words may be harder or
easier than the seen ones, a second fit sees them all, and the held-out words are measured with its
last map too: the difference is what it costs a word not to have been seen.

The folder holds `COLLECTION/LANGUAGE.vec.gz` and `COLLECTION/lexicons/XX-YY.{train,test}.txt`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer

from isogloss.models.aligners import Recipe
from isogloss.models.errors import OptionError
from isogloss.models.fitting.recipe_files import find_recipe, read_recipe, resolved
from isogloss.models.spaces import read_space
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon, read_lexicon
from isogloss.scripts.progress import tracked
from research.measurement import add_result, read_results
from research.papers.ngw_fits import fit, fit_supervised, part_of, precision_of_stages
from research.papers.ngw_languages_table import table

_HELD_OUT = 0.2
_SPLIT_SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A pair of spaces of which a fifth of the source words is held out.

    Attributes:
        source: All source words.
        seen: Those that the fit sees, in the same order.
        target: All target words.
        train: Train part of the lexicon, seen source words alone.
        lexicons: ``seen`` and ``held_out``: both parts of the lexicon, by source word;
            ``test_seen``: the test part, seen source words alone.

    """

    source: EmbeddingSpace
    seen: EmbeddingSpace
    target: EmbeddingSpace
    train: Lexicon
    lexicons: dict[str, Lexicon]


def reproduce(
    *,
    data: Annotated[Path, typer.Option(help="Folder of the collections.")],
    pairs: Annotated[list[str], typer.Option("--pair", help="COLLECTION:XX-YY; repeatable.")],
    seeds: Annotated[int, typer.Option(min=1, help="Restarts, from seed 0.")] = 3,
    limit: Annotated[
        int | None, typer.Option(min=10, help="Read only the N first words of each file.")
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(help="Settings: a name, or the path of a .toml file.")
    ] = None,
    output: Annotated[Path, typer.Option(help="File of the results; kept rows stay.")] = Path(
        "research/results/ngw_languages.json"
    ),
) -> None:
    """NGW between languages, a fifth of the source words held out (Table 3): minutes a restart."""
    settings = Recipe() if recipe is None else read_recipe(find_recipe(recipe))
    rows = read_results(output)
    for pair in tracked(pairs, "pairs"):
        split = split_of(data, pair, limit)
        for seed in range(seeds):
            row = measure(pair, split, settings, seed)
            shared = {"held_out": _HELD_OUT, "limit": limit, "recipe": resolved(settings)}
            rows = add_result(output, row, key=itemgetter("pair", "seed"), settings=shared)
    typer.echo(table(rows))


def measure(pair: str, split: Split, recipe: Recipe, seed: int) -> dict[str, Any]:
    """Fit a pair without and with a dictionary, and once with all words; measure both parts."""
    fitted = fit(split.seen, split.target, recipe, seed=seed)
    knowing = fit(split.source, split.target, recipe, seed=seed).alignment
    held_out = {"held_out": split.lexicons["held_out"]}
    supervised = fit_supervised(split.seen, split.target, split.train)
    spaces = split.seen, split.target, split.lexicons
    return {
        "pair": pair,
        "seed": seed,
        "seconds": round(fitted.seconds, 1),
        "threads": torch.get_num_threads(),
        "found": fitted.alignment.found,
        "criterion": round(fitted.alignment.stages[-1].criterion, 4),
        "stages": precision_of_stages(fitted.alignment, *spaces, whole_source=split.source),
        "supervised": precision_of_stages(supervised, *spaces, whole_source=split.source),
        "having_seen_all": precision_of_stages(
            replace(knowing, stages=knowing.stages[-1:]), split.source, split.target, held_out
        ),
    }


def split_of(data: Path, pair: str, limit: int | None) -> Split:
    """Read a pair and hold a fifth of its source words out, the same fifth for every seed."""
    collection, colon, languages = pair.partition(":")
    source_language, dash, target_language = languages.partition("-")
    if not (colon and dash and target_language):
        raise OptionError(f"--pair: expected COLLECTION:XX-YY, found {pair!r}")
    folder = data / collection
    source, target = (
        read_space(folder / f"{language}.vec.gz", language=language, limit=limit).space
        for language in (source_language, target_language)
    )
    drawn = np.random.default_rng(_SPLIT_SEED).random(len(source)) >= _HELD_OUT
    rows = np.flatnonzero(drawn)
    words = tuple(source.words[row] for row in rows)
    seen = EmbeddingSpace(source.language, words, source.vectors[rows])
    train, test = (
        read_lexicon(folder / "lexicons" / f"{languages}.{part}.txt") for part in ("train", "test")
    )
    both = Lexicon({**train.entries, **test.entries})
    return Split(
        source,
        seen,
        target,
        part_of(train, words),
        {
            "seen": part_of(both, words),
            "held_out": part_of(both, set(source.words) - set(words)),
            "test_seen": part_of(test, words),
        },
    )
