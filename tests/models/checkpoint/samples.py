"""Translators to save, and what a forger would do to a saved one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from isogloss.models.maps.networks import ResidualTransport
from isogloss.models.retrieval import Translator
from isogloss.models.retrieval.indexing import with_index
from isogloss.models.retrieval.training_history import (
    Curve,
    InputFile,
    ObservedStage,
    TrainingHistory,
)
from isogloss.models.spaces.subwords import FastTextSubwords
from tests.rotated_spaces import rotated_translator, with_probabilities

HISTORY = TrainingHistory(
    inputs=(
        InputFile(
            role="source",
            name="fr.vec",
            format="fasttext-text",
            words=60,
            dimension=6,
            skipped={"duplicate": 2},
        ),
        InputFile(role="lexicon", name="fr-es.txt", format=None, words=40, dimension=None),
    ),
    limit=60,
    bound=0.3,
    stages=(
        ObservedStage(
            name="start 1 of 1: similarity-profiles",
            steps=2,
            total=4,
            seconds=0.25,
            curves={"criterion": Curve(steps=(1, 2), values=(0.1, 1 / 3))},
        ),
    ),
)


def translator_with_everything(languages: tuple[str, str] = ("fr", "es")) -> Translator:
    """Subwords, stages, float64 residual, two dimensions, index, table, history, probabilities."""
    rng = np.random.default_rng(5)
    subwords = FastTextSubwords(rng.standard_normal((40, 6)).astype(np.float32), 2, 4)
    plain = rotated_translator(
        source_dimension=6,
        target_dimension=9,
        languages=languages,
        subwords=subwords,
        stages=True,
    )
    torch.manual_seed(0)
    start, raw, refined = plain.alignment.stages
    residual = ResidualTransport(raw.transport.linear_part.double(), (7, 5))
    torch.nn.init.normal_(residual.residual[-1].weight, std=0.1)  # type: ignore[arg-type]
    stages = (start, replace(raw, transport=residual), refined)
    whole = replace(
        plain,
        alignment=replace(plain.alignment, stages=stages),
        details=replace(plain.details, history=HISTORY),
    )
    indexed = with_index(whole, kind="ivf", storage="fp16", recall=1.0)
    return with_probabilities(indexed).with_table(width=5)


def answers(translator: Translator) -> list[object]:
    """Everything that a translator can be asked, to be compared bit for bit."""
    words = [*translator.source.words, "inconnu", ""]
    vectors = np.random.default_rng(9).standard_normal((30, translator.source_dimension))
    raw = vectors.astype(np.float32)
    return [
        translator.translate(words, k=7, score="csls"),
        translator.translate(words, k=7, score="cosine"),
        translator.translate(words, k=5, score="csls"),
        translator.translate(words, k=2, score="cosine"),
        translator.search(raw, k=60),
        translator.align(raw).tobytes(),
        [
            word.vector is not None and word.vector.tobytes()
            for word in translator.align_words(words)
        ],
        [translator.at_stage(stage).translate(words, k=3) for stage in translator.alignment.stages],
    ]


def sign(content: dict[str, Any]) -> None:
    """Give a manifest the hash that belongs to its content."""
    content.pop("sha256", None)
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    content["sha256"] = hashlib.sha256(canonical.encode()).hexdigest()


def forge_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest and make its hash fit."""
    file = folder / "manifest.json"
    content = json.loads(file.read_text())
    change(content)
    sign(content)
    file.write_text(json.dumps(content))


def forge_file(folder: Path, name: str, data: bytes) -> None:
    """Change a file and make all hashes fit."""
    (folder / name).write_bytes(data)
    entry = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    forge_manifest(folder, lambda content: content["files"].update({name: entry}))
