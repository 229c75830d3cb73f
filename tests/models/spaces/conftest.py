"""A small fastText model, trained once, with words of one to four bytes per character."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_SENTENCES = (
    "le café est fermé et l' été déjà fini",
    "où êtes vous allés l' été dernier à côté du café",
    "naïve Straße größer ÜBER über Ångström",
    "привет мир и ещё раз привет",
    "日本 日本語 東京 東京都 𝒳 🙂 🙂🙂",
    "a b c ab abc abcd abcde abcdef",
    "non\u00a0breaking words stay whole",
)


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """The model as fastText holds it, and the file it was saved to."""

    model: Any
    path: Path


def train(folder: Path, *, extra: str = "", **options: Any) -> TrainedModel:
    import fasttext

    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join(_SENTENCES * 8) + "\n" + extra, encoding="utf-8")
    settings = {"dim": 12, "minCount": 1, "bucket": 500, "epoch": 3, "thread": 1, "verbose": 0}
    model = fasttext.train_unsupervised(str(corpus), **{**settings, **options})
    path = folder / "model.bin"
    model.save_model(str(path))
    return TrainedModel(model, path)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    return train(tmp_path_factory.mktemp("fasttext"), minn=2, maxn=5)
