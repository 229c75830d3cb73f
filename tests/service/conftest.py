from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from isogloss.models.retrieval import Translator
from isogloss.service import Settings, create_app
from tests.models.checkpoint.samples import translator_with_everything
from tests.rotated_spaces import rotated_translator
from tests.service.running import running

SETTINGS = Settings(
    max_words=50, max_vectors=40, max_k=30, max_word_length=100, max_body_bytes=200_000
)


@pytest.fixture(scope="session")
def translators() -> dict[str, Translator]:
    plain = rotated_translator(languages=("fr", "de"), found=False)
    return {"fr-es": translator_with_everything(), "fr-de": plain}


@pytest.fixture(scope="session")
def client(translators: dict[str, Translator]) -> Iterator[httpx.Client]:
    with running(create_app(SETTINGS, translators=translators)) as client:
        yield client
