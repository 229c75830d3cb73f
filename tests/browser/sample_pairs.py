"""Checkpoints to look at: English and French of the sample, both ways, with a joint map."""

from __future__ import annotations

import json
from pathlib import Path

from isogloss.models.aligners.procrustes import ProcrustesAligner
from isogloss.models.checkpoint import save_checkpoint
from isogloss.models.retrieval import TrainingRecord, Translator
from isogloss.models.retrieval.neighbourhood import principal_plane
from isogloss.models.spaces import EmbeddingSpace, read_lexicon, read_space
from isogloss.models.spaces.lexicon import Lexicon

SAMPLE = Path(__file__).parents[2] / "scripts" / "sample"


def save_sample_pairs(
    folder: Path, *, words: int = 2000, both_ways: bool = True, mapped: int = 150
) -> None:
    """Save ``en-fr``, its map beside it, and ``fr-en`` where both ways are wanted."""
    english, french = (_read(language, words) for language in ("en", "fr"))
    lexicon = read_lexicon(SAMPLE / "en-fr.txt")
    _save(folder, english, french, lexicon)
    _save_map(folder / "en-fr.map.json", english, french, mapped)
    if both_ways:
        _save(folder, french, english, _reversed(lexicon))


def _read(language: str, words: int) -> EmbeddingSpace:
    return read_space(SAMPLE / f"{language}.vec.gz", language=language, limit=words).space


def _reversed(lexicon: Lexicon) -> Lexicon:
    entries: dict[str, tuple[str, ...]] = {}
    for source, targets in lexicon.entries.items():
        for target in targets:
            entries[target] = (*entries.get(target, ()), source)
    return Lexicon(entries)


def _save(
    folder: Path, source: EmbeddingSpace, target: EmbeddingSpace, lexicon: Lexicon
) -> Translator:
    alignment = ProcrustesAligner(lexicon).fit(source, target)
    record = TrainingRecord(aligner="procrustes")
    translator = Translator.build(alignment, source, target, details=record)
    translator = translator.with_table().with_posterior()
    save_checkpoint(translator, folder / translator.pair)
    return translator


def _save_map(file: Path, source: EmbeddingSpace, target: EmbeddingSpace, words: int) -> None:
    """Lay each side on a plane of its own: what is drawn is tried here, not where it lies."""
    sides = [side.most_frequent(words) for side in (source, target)]
    document = {
        "sphere": False,
        "found": True,
        "languages": [side.language for side in sides],
        "words": [side.words for side in sides],
        "places": [principal_plane(side.vectors)[0].tolist() for side in sides],
    }
    file.write_text(json.dumps(document), encoding="utf-8")
