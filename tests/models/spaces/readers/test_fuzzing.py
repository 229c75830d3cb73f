"""Files that once ended in a traceback or did not end; `fuzz.py` finds more."""

import random
from pathlib import Path

import pytest

from tests.models.spaces.readers.fuzz import CORPUS, SEEDS, mutated, read


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(path.name for path in CORPUS.glob("*.bin")))
def test_what_was_found_is_read_or_refused(name: str) -> None:
    for kind in ("space", "lexicon"):
        read(kind, CORPUS / name)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", SEEDS)
def test_mutated_files_are_read_or_refused(tmp_path: Path, kind: str) -> None:
    chance = random.Random(1)
    for _ in range(60):
        (tmp_path / "x.bin").write_bytes(mutated(chance.choice(SEEDS[kind]), chance, SEEDS[kind]))
        read(kind, tmp_path / "x.bin")
