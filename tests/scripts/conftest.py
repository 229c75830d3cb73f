"""A command line to call, a pair of languages whose map is known, and a checkpoint of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from isogloss.models.checkpoint import save_checkpoint
from isogloss.scripts.cli import app
from tests.rotated_spaces import isometry, rotated_translator

WORDS = 120


class Invoke(Protocol):
    """Calls `isogloss` with arguments."""

    def __call__(self, *arguments: object, standard_input: str | bytes = "") -> Result:
        """Give what it printed and its exit code."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files of vectors, where `es-i` is `fr-i` rotated, and the lexicon that says so."""

    source: Path
    target: Path
    lexicon: Path

    def arguments(self, output: Path) -> list[object]:
        files = ["--source", self.source, "--target", self.target, "--output", output]
        return ["train", *files, "--source-language", "fr", "--target-language", "es"]


def without_steps(errors: str) -> str:
    """What a command said on standard error, without the lines that say at which step it is."""
    return re.sub(r"(?m)^\d+/\d+ .*\n", "", errors)


@pytest.fixture
def invoke() -> Invoke:
    def call(*arguments: object, standard_input: str | bytes = "") -> Result:
        return CliRunner().invoke(app, [str(item) for item in arguments], input=standard_input)

    return call


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    folder = tmp_path_factory.mktemp("pair")
    rng = np.random.default_rng(0)
    source = rng.standard_normal((WORDS, 8))
    target = source @ isometry(rng, 8, 8).T
    for name, vectors in (("fr", source), ("es", target)):
        lines = [
            f"{name}-{i} " + " ".join(map(repr, row.tolist())) for i, row in enumerate(vectors)
        ]
        text = f"{WORDS} 8\n" + "\n".join(lines) + "\n"
        (folder / f"{name}.vec").write_text(text, encoding="utf-8")
    lexicon = "".join(f"fr-{i} es-{i}\n" for i in range(WORDS))
    (folder / "lexicon.txt").write_text(lexicon, encoding="utf-8")
    return Pair(folder / "fr.vec", folder / "es.vec", folder / "lexicon.txt")


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoints") / "fr-es"
    save_checkpoint(rotated_translator(stages=True), path)
    return path
