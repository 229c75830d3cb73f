"""A folder as the examples of the documentation have it: two files, two lexicons, a checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest

import isogloss
from isogloss.models.conversion.writers import write_space
from isogloss.models.spaces.lexicon import read_lexicon

SAMPLE = Path(__file__).parents[2] / "scripts" / "sample"
WORDS = 1000


@pytest.fixture(scope="session")
def example_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`en.vec`, `fr.vec`, `train.txt`, `test.txt` and the checkpoint `en-fr`, all small."""
    folder = tmp_path_factory.mktemp("examples")
    for language in ("en", "fr"):
        space = isogloss.read(SAMPLE / f"{language}.vec.gz", language=language, limit=WORDS)
        write_space(space, folder / f"{language}.vec")
    entries = read_lexicon(SAMPLE / "en-fr.txt").entries
    for name, first in (("train.txt", 0), ("test.txt", 1)):
        lines = [
            f"{word} {translation}\n"
            for word in list(entries)[first::2]
            for translation in entries[word]
        ]
        (folder / name).write_text("".join(lines), encoding="utf-8")
    files = folder / "en.vec", folder / "fr.vec"
    pair = isogloss.align(
        *files, aligner="procrustes", lexicon=folder / "train.txt", progress=False
    )
    pair.save(folder / "en-fr")
    return folder
