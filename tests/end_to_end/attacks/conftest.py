from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from isogloss.models.checkpoint import save_checkpoint
from research.benchmarks.attacks.victim import PAIR, Victim, attacked
from research.benchmarks.served import make_translator


@pytest.fixture(scope="package")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attacked")
    translator = make_translator(pair=("en", "fr"), words=2000, dimension=100)
    save_checkpoint(translator, folder / PAIR)
    return folder


@pytest.fixture(scope="package")
def victim(checkpoints: Path) -> Iterator[Victim]:
    """One server for all attacks: none of them may harm the next."""
    with attacked(checkpoints) as victim:
        yield victim
