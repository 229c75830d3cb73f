"""A checkpoint that an earlier version wrote, with the answers that it gave."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from isogloss.models.checkpoint import (
    FORMAT_VERSION,
    load_checkpoint,
    read_manifest,
    save_checkpoint,
)
from isogloss.models.retrieval import Score, Translator
from isogloss.models.retrieval.approximate_index import ApproximateIndex
from isogloss.models.retrieval.faiss_build import load_faiss
from tests.rotated_spaces import rotated_translator

FORMATS = Path(__file__).parents[2] / "data" / "formats"


def check_answers(translator: Translator) -> None:
    recorded = json.loads((FORMATS / "version-1-answers.json").read_text())
    for score in get_args(Score):
        for answer in recorded[score]:
            [found] = translator.translate([answer["word"]], 4, score)
            assert found.in_vocabulary == answer["in_vocabulary"]
            assert [one.word for one in found.neighbours] == [
                word for word, _ in answer["neighbours"]
            ]
            assert [one.score for one in found.neighbours] == pytest.approx(
                [value for _, value in answer["neighbours"]], abs=2e-6
            )


@pytest.mark.parametrize("version", range(1, FORMAT_VERSION))
def test_earlier_versions_are_read_and_written_again_as_the_present_one(
    version: int, tmp_path: Path
) -> None:
    folder = FORMATS / f"version-{version}"
    old = load_checkpoint(folder)
    assert read_manifest(folder).format_version == version
    assert (old.table is None) == (version == 1)
    assert old.retriever.approximate is None
    assert old.details.history is None
    check_answers(old)
    save_checkpoint(old.with_table(), tmp_path / "fr-es")
    new = load_checkpoint(tmp_path / "fr-es")
    assert read_manifest(tmp_path / "fr-es").format_version == FORMAT_VERSION
    assert new.table is not None
    check_answers(new)


def test_an_index_without_zeros_at_the_end_of_its_vectors_is_read(tmp_path: Path) -> None:
    """As they were written before that was found to be slow."""
    exact = rotated_translator(words=200)
    retriever = exact.retriever
    faiss = load_faiss()
    index = faiss.IndexHNSWFlat(retriever.dimension + 1, 8, faiss.METRIC_INNER_PRODUCT)
    index.add(np.concatenate([retriever.target, -retriever.hubness[:, None] / 2], axis=1))
    approximate = ApproximateIndex(index, "hnsw", "fp32", effort=200, recall=1.0)
    old = replace(exact, retriever=replace(retriever, approximate=approximate))
    save_checkpoint(old, tmp_path / "fr-es")
    read = load_checkpoint(tmp_path / "fr-es")
    assert read.retriever.approximate is not None
    assert read.translate(exact.source.words, 5) == exact.translate(exact.source.words, 5)
