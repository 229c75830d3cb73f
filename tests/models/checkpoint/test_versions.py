"""A checkpoint that an earlier version wrote, with the answers that it gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from models.checkpoint import FORMAT_VERSION, load_checkpoint, read_manifest, save_checkpoint
from models.retrieval import Score, Translator

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


def test_version_1_is_read_and_written_again_as_the_present_one(tmp_path: Path) -> None:
    old = load_checkpoint(FORMATS / "version-1")
    assert read_manifest(FORMATS / "version-1").format_version == 1
    assert old.table is None
    assert old.retriever.approximate is None
    check_answers(old)
    save_checkpoint(old.with_table(), tmp_path / "fr-es")
    new = load_checkpoint(tmp_path / "fr-es")
    assert read_manifest(tmp_path / "fr-es").format_version == FORMAT_VERSION
    assert new.table is not None
    check_answers(new)
