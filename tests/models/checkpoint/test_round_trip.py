from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from isogloss.models.checkpoint import (
    load_checkpoint,
    read_manifest,
    save_checkpoint,
    sha256_of_file,
)
from isogloss.models.errors import CheckpointContentError, CheckpointError
from isogloss.models.retrieval import TrainingRecord, Translator
from tests.models.checkpoint.samples import answers, translator_with_everything
from tests.rotated_spaces import rotated_translator


def test_saved_and_loaded_answers_are_the_same_bit_for_bit(
    translator: Translator, saved: Path, tmp_path: Path
) -> None:
    loaded = load_checkpoint(saved)
    assert answers(loaded) == answers(translator)
    save_checkpoint(loaded, tmp_path / "again")
    assert answers(load_checkpoint(tmp_path / "again")) == answers(translator)
    for file in saved.iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


def test_all_that_is_known_of_the_fit_is_kept(translator: Translator, saved: Path) -> None:
    loaded = load_checkpoint(saved)
    assert loaded.pair == "fr-es"
    assert loaded.found
    recipe = {"hubs": 10, "epsilon": 0.1, "sizes": [1000, 2000], "nested": {"on": True}}
    assert loaded.details == replace(translator.details, recipe=recipe)
    assert [(stage.name, stage.criterion, stage.seconds) for stage in loaded.alignment.stages] == [
        ("start", 0.0, 1.5),
        ("raw", 0.1, 1.5),
        ("refined", 0.2, 1.5),
    ]
    kinds = [stage.transport.specification.kind for stage in loaded.alignment.stages]
    assert kinds == ["linear", "residual", "linear"]
    assert loaded.alignment.stages[-1].transport is loaded.alignment.transport
    np.testing.assert_array_equal(loaded.source.vectors, translator.source.vectors)


def test_a_map_without_stages_or_subwords_that_found_nothing(tmp_path: Path) -> None:
    translator = rotated_translator(found=False)
    record = TrainingRecord(
        aligner="neural-gw",
        recipe={"path": Path("a/b"), "rate": math.inf, "nothing": None},
        metrics={"criterion": math.nan},
    )
    save_checkpoint(replace(translator, details=record), tmp_path / "new" / "fr-es")
    loaded = load_checkpoint(tmp_path / "new" / "fr-es")
    assert not loaded.found
    assert loaded.alignment.stages == ()
    assert loaded.source.subwords is None
    assert math.isnan(loaded.details.metrics["criterion"])
    assert loaded.details.recipe == {"path": "a/b", "rate": None, "nothing": None}
    assert answers(loaded) == answers(translator)


def test_any_word_survives(tmp_path: Path) -> None:
    plain = rotated_translator(words=8)
    words = ("\u00a0", '"', "\\", "\n", "e\u0301", "é", "\x00", "𝕏")
    space = type(plain.source)("fr", words, plain.source.vectors)
    save_checkpoint(replace(plain, source=space, target_words=words), tmp_path / "fr-es")
    loaded = load_checkpoint(tmp_path / "fr-es")
    assert loaded.source.words == loaded.target_words == words


def test_manifest_says_what_the_folder_holds(saved: Path) -> None:
    manifest = read_manifest(saved)
    assert set(manifest.files) == {file.name for file in saved.iterdir()} - {"manifest.json"}
    for name, entry in manifest.files.items():
        assert sha256_of_file(saved / name) == entry.sha256
        assert (saved / name).stat().st_size == entry.bytes
    assert (manifest.source.words, manifest.source.dimension) == (60, 6)
    assert (manifest.target.words, manifest.target.dimension) == (60, 9)
    assert manifest.created.utcoffset() == timedelta(0)
    assert {"python", "numpy", "torch", "safetensors"} <= set(manifest.package_versions)
    assert manifest.input_sha256 == {"source": "a" * 64}
    assert json.loads((saved / "manifest.json").read_text())["format_version"] == 5


def test_nothing_is_pickled(saved: Path) -> None:
    suffixes = {file.suffix for file in saved.iterdir()}
    assert suffixes == {".json", ".safetensors", ".faiss"}


def test_a_recipe_that_json_cannot_hold_is_named(tmp_path: Path) -> None:
    record = TrainingRecord(aligner="procrustes", recipe={"inner": {"thing": [1, object()]}})
    translator = replace(rotated_translator(), details=record)
    with pytest.raises(CheckpointContentError, match=r"inner\.thing\[1\].*found object"):
        save_checkpoint(translator, tmp_path / "fr-es")
    assert list(tmp_path.iterdir()) == []


def test_unknown_subwords_are_named(tmp_path: Path) -> None:
    class Parts:
        dimension = 8

        def vector(self, word: str) -> np.ndarray | None:
            return None

    with pytest.raises(CheckpointContentError, match="found Parts"):
        save_checkpoint(rotated_translator(subwords=Parts()), tmp_path / "fr-es")


def test_what_is_not_a_checkpoint_is_never_replaced(tmp_path: Path) -> None:
    translator = translator_with_everything()
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years")
    with pytest.raises(CheckpointError, match=r"not of a checkpoint: 'thesis\.txt'"):
        save_checkpoint(translator, folder)
    with pytest.raises(CheckpointError, match="found a file"):
        save_checkpoint(translator, folder / "thesis.txt")
    assert (folder / "thesis.txt").read_text() == "years"
