from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.models.checkpoint import save_checkpoint
from isogloss.models.retrieval import Translator
from tests.models.checkpoint.samples import translator_with_everything


@pytest.fixture(scope="session")
def translator() -> Translator:
    return translator_with_everything()


@pytest.fixture
def saved(translator: Translator, tmp_path: Path) -> Path:
    folder = tmp_path / "fr-es"
    save_checkpoint(translator, folder)
    return folder
