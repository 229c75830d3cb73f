from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
import safetensors.numpy

from isogloss.models.checkpoint import load_checkpoint, save_checkpoint
from isogloss.models.errors import (
    CheckpointContentError,
    CheckpointError,
    CheckpointIntegrityError,
    CheckpointManifestError,
    CheckpointNotFoundError,
    CheckpointVersionError,
)
from isogloss.models.retrieval import Translator
from tests.models.checkpoint.samples import forge_file, forge_manifest

FILES = (
    "target-vectors.safetensors",
    "neighbours.safetensors",
    "source-words.json",
    "target-words.json",
    "source-vectors.safetensors",
    "normalizers.safetensors",
    "index.faiss",
    "history.json",
    "posterior.safetensors",
    "subwords.safetensors",
    "transport-0.safetensors",
    "transport-1.safetensors",
    "transport-2.safetensors",
)


def test_these_are_all_files(saved: Path) -> None:
    assert {file.name for file in saved.iterdir()} == {*FILES, "manifest.json"}


@pytest.mark.parametrize("name", FILES)
def test_missing_file(saved: Path, name: str) -> None:
    (saved / name).unlink()
    with pytest.raises(CheckpointIntegrityError, match=f"{name}: the file is missing"):
        load_checkpoint(saved)


@pytest.mark.parametrize("name", FILES)
def test_truncated_file(saved: Path, name: str) -> None:
    data = (saved / name).read_bytes()
    (saved / name).write_bytes(data[:-1])
    with pytest.raises(CheckpointIntegrityError, match=f"expected {len(data)} bytes, found"):
        load_checkpoint(saved)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", [0.0, 0.3, 0.7, 1.0])
def test_flipped_byte(saved: Path, name: str, place: float) -> None:
    data = bytearray((saved / name).read_bytes())
    data[int(place * (len(data) - 1))] ^= 1
    (saved / name).write_bytes(data)
    with pytest.raises(CheckpointIntegrityError, match=f"{name}: expected sha256"):
        load_checkpoint(saved)


def test_flipped_byte_anywhere_in_the_manifest(saved: Path) -> None:
    file = saved / "manifest.json"
    data = file.read_bytes()
    for place in range(0, len(data), 7):
        for bit in (1, 64):
            flipped = bytearray(data)
            flipped[place] ^= bit
            # White space says nothing; and a tab may be JSON's white space too.
            try:
                if json.loads(flipped) == json.loads(data):
                    continue
            except ValueError:
                pass
            file.write_bytes(flipped)
            with pytest.raises(CheckpointError):
                load_checkpoint(saved)


def test_truncated_manifest(saved: Path) -> None:
    data = (saved / "manifest.json").read_bytes()
    for kept in (0, 1, len(data) // 2, len(data) - 2):
        (saved / "manifest.json").write_bytes(data[:kept])
        with pytest.raises(CheckpointManifestError, match="expected JSON"):
            load_checkpoint(saved)


@pytest.mark.parametrize("text", ["[]", "null", '"text"', "NaN", "[" * 100_000, "\\xff"])
def test_manifest_that_is_no_object(saved: Path, text: str) -> None:
    (saved / "manifest.json").write_text(text)
    with pytest.raises(CheckpointManifestError):
        load_checkpoint(saved)


def test_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    for name, reason in (("none", "found nothing"), ("file", "a file"), ("empty", "no manifest")):
        with pytest.raises(CheckpointNotFoundError, match=reason):
            load_checkpoint(tmp_path / name)


def test_missing_manifest(saved: Path) -> None:
    (saved / "manifest.json").unlink()
    with pytest.raises(CheckpointNotFoundError, match=r"no manifest\.json"):
        load_checkpoint(saved)


def test_every_missing_field_is_named(saved: Path) -> None:
    content = json.loads((saved / "manifest.json").read_text())
    for field in content:
        if field == "sha256":
            continue
        forge_manifest(saved, lambda forged, field=field: forged.pop(field))  # type: ignore[misc]
        with pytest.raises(CheckpointManifestError, match=f"{field}: Field required"):
            load_checkpoint(saved)
        (saved / "manifest.json").write_text(json.dumps(content))


def test_every_wrong_type_is_named(saved: Path) -> None:
    content = json.loads((saved / "manifest.json").read_text())
    for field in content:
        forge = {**content, field: [["wrong"]]}
        (saved / "manifest.json").write_text(json.dumps(forge))
        with pytest.raises(CheckpointManifestError, match=field):
            load_checkpoint(saved)


def put(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    """Set one value of a manifest."""

    def change(content: Any) -> None:
        *parents, last = path
        for parent in parents:
            content = content[parent]
        content[last] = value

    return change


def rename(old: str, new: str) -> Callable[[dict[str, Any]], None]:
    """Give the file of the source vectors another name."""

    def change(content: dict[str, Any]) -> None:
        content["files"][new] = content["files"].pop(old)

    return change


@pytest.mark.parametrize(
    ("change", "error", "reason"),
    [
        (put("extra", value=1), CheckpointManifestError, "extra: Extra inputs"),
        (put("source", "extra", value=1), CheckpointManifestError, r"source\.extra: Extra"),
        (put("format_version", value=6), CheckpointVersionError, "version 1 to 5, found 6"),
        (put("format_version", value=0), CheckpointVersionError, "version 1 to 5, found 0"),
        (put("format_version", value="1"), CheckpointManifestError, "whole number, found '1'"),
        (put("format_version", value=True), CheckpointManifestError, "found True"),
        (put("seed", value="1"), CheckpointManifestError, "seed"),
        (put("seed", value=1.5), CheckpointManifestError, "seed"),
        (put("found", value=1), CheckpointManifestError, "found"),
        (put("hubs", value=0), CheckpointManifestError, "hubs"),
        (put("created", value="yesterday"), CheckpointManifestError, "created"),
        (put("created", value="2026-11-22T10:00:00"), CheckpointManifestError, "created"),
        (put("input_sha256", "source", value="abc"), CheckpointManifestError, "input_sha256"),
        (put("metrics", "criterion", value="high"), CheckpointManifestError, "metrics"),
        (put("transport", "kind", value="magic"), CheckpointManifestError, r"transport\.kind"),
        (put("transport", "dtype", value="int8"), CheckpointManifestError, r"transport\.dtype"),
        (put("stages", 1, "seconds", value=None), None, ""),
        (put("source", "words", value=59), CheckpointContentError, "shape"),
        (put("target", "words", value=59), CheckpointContentError, "59"),
        (put("source", "dimension", value=7), CheckpointContentError, r"\[60, 7\]"),
        (put("target", "dimension", value=10), CheckpointContentError, "10"),
        (put("transport", "dtype", value="float64"), CheckpointContentError, "found float32"),
        (
            put("stages", 1, "transport", "hidden_widths", value=[10**12, 5]),
            CheckpointContentError,
            "expected shape",
        ),
        (put("stages", 1, "transport", "hidden_widths", value=[7]), CheckpointContentError, "arr"),
        (
            put("transport", "file", value="transport-9.safetensors"),
            CheckpointManifestError,
            r"'transport-9\.safetensors' is missing",
        ),
        (
            put("files", "more.json", value={"sha256": "0" * 64, "bytes": 0}),
            CheckpointManifestError,
            r"'more\.json' is not used",
        ),
        (put("subwords", "minimum_length", value=5), CheckpointContentError, "lengths"),
        (put("subwords", value=None), CheckpointManifestError, "not used"),
        (put("index", value=None), CheckpointManifestError, "'index.faiss' is not used"),
        (put("index", "kind", value="magic"), CheckpointManifestError, r"index\.kind"),
        (put("index", "kind", value="hnsw"), CheckpointContentError, "expected hnsw"),
        (put("index", "effort", value=0), CheckpointManifestError, r"index\.effort"),
        (put("neighbours", value=None), CheckpointManifestError, "is not used"),
        (put("posterior", value=None), CheckpointManifestError, "is not used"),
        (put("posterior", "bands", value=3), CheckpointContentError, r"band_rows.*\[3\]"),
        (put("posterior", "likeness_steps", value=9), CheckpointContentError, r"likeness.*\[9\]"),
        (put("posterior", "temperature", value=0), CheckpointManifestError, "temperature"),
        (put("posterior", "none_share", value=1), CheckpointManifestError, "none_share"),
        (put("history", value=None), CheckpointManifestError, "'history.json' is not used"),
        (put("history", "file", value="../h.json"), CheckpointManifestError, r"history\.file"),
        (put("neighbours", "width", value=6), CheckpointContentError, r"\[60, 6\]"),
        *(
            (put("transport", "file", value=name), CheckpointManifestError, r"transport\.file")
            for name in (
                "../transport-0.safetensors",
                "/etc/passwd",
                "a/b.safetensors",
                "..",
                ".hidden.safetensors",
                "a\\b.safetensors",
                "a.safetensors\n",
                "a\x00.safetensors",
                "weights.pt",
                "",
            )
        ),
        (
            rename("index.faiss", "../index.faiss"),
            CheckpointManifestError,
            r"files\.\.\./index\.faiss",
        ),
    ],
)
def test_forged_manifest(
    saved: Path,
    change: Callable[[dict[str, Any]], None],
    error: type[CheckpointError] | None,
    reason: str,
) -> None:
    forge_manifest(saved, change)
    if error is None:
        load_checkpoint(saved)
        return
    with pytest.raises(error, match=reason):
        load_checkpoint(saved)


def test_a_changed_figure_is_noticed(saved: Path) -> None:
    file = saved / "manifest.json"
    changed = file.read_text().replace("0.625", "0.925")
    file.write_text(changed)
    with pytest.raises(CheckpointIntegrityError, match="was changed after it was written"):
        load_checkpoint(saved)


def floats(**arrays: Any) -> bytes:
    """Safetensors of float32 arrays."""
    return safetensors.numpy.save(
        {name: np.asarray(array, np.float32) for name, array in arrays.items()}
    )


def table(rows: np.ndarray, dtype: type = np.int32) -> bytes:
    """Safetensors of a table of neighbours."""
    scores = np.zeros(rows.shape, np.float32)
    return bytes(
        safetensors.numpy.save(
            {
                "csls_rows": rows.astype(dtype),
                "csls_scores": scores,
                "cosine_rows": rows.astype(dtype),
                "cosine_scores": scores,
            }
        )
    )


def index(kind: Callable[[int], Any], rows: int, dimension: int, value: float = 0) -> bytes:
    """Serialise a FAISS index."""
    made = kind(dimension)
    made.add(np.full((rows, dimension), value, np.float32))
    return bytes(faiss.serialize_index(made))


def stage(values: list[Any], steps: Sequence[int] = (1,)) -> bytes:
    """History of one stage with one curve."""
    curve = {"steps": steps, "values": values}
    whole = {"name": "a", "steps": 1, "total": 1, "seconds": 1.0, "curves": {"loss": curve}}
    return json.dumps({"stages": [whole]}).encode()


WORDS = [f"fr-{i}" for i in range(60)]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("source-words.json", json.dumps(WORDS[:-1]).encode(), "expected 60 words, found 59"),
        ("source-words.json", json.dumps([*WORDS[:-1], "fr-0"]).encode(), "stands twice"),
        ("source-words.json", json.dumps([*WORDS[:-1], 5]).encode(), "list of words"),
        ("source-words.json", b'{"fr-0": 1}', "list of words"),
        ("source-words.json", b"[", "expected JSON"),
        ("target-words.json", b'"\xff"', "expected JSON"),
        ("target-words.json", json.dumps(WORDS * 2).encode(), "expected 60 words, found 120"),
        ("source-vectors.safetensors", b"", "expected safetensors"),
        ("source-vectors.safetensors", b"x" * 100, "expected safetensors"),
        ("source-vectors.safetensors", floats(vectors=np.ones((60, 5))), r"found \[60, 5\]"),
        ("source-vectors.safetensors", floats(vectors=np.ones((59, 6))), r"found \[59, 6\]"),
        ("source-vectors.safetensors", floats(other=np.ones((60, 6))), "expected arrays"),
        (
            "source-vectors.safetensors",
            floats(vectors=np.full((60, 6), np.nan)),
            "vectors: holds NaN",
        ),
        (
            "source-vectors.safetensors",
            safetensors.numpy.save({"vectors": np.ones((60, 6))}),
            "expected float32, found float64",
        ),
        ("normalizers.safetensors", floats(source_mean=np.ones(6)), "target_mean"),
        (
            "normalizers.safetensors",
            floats(source_mean=np.ones(6), target_mean=np.ones(8)),
            r"target_mean: expected shape \[9\], found \[8\]",
        ),
        ("subwords.safetensors", floats(ngrams=np.ones((40, 5))), "vectors of 6, found 5"),
        ("subwords.safetensors", floats(ngrams=np.ones(6)), r"expected shape \[n, m\]"),
        ("transport-0.safetensors", floats(weight=np.ones((6, 9))), r"\[9, 6\], found \[6, 9\]"),
        ("transport-0.safetensors", floats(weight=np.full((9, 6), np.inf)), "holds NaN"),
        ("transport-1.safetensors", floats(weight=np.ones((9, 6))), "expected arrays"),
        ("transport-2.safetensors", b"x" * 100, "expected safetensors"),
        ("history.json", b"", "EOF"),
        ("history.json", b"[]", "history: "),
        ("history.json", b'{"more": 1}', "more: Unexpected"),
        ("history.json", stage(values=[0.5, 0.6]), "expected 1 values, found 2"),
        ("history.json", stage(values=["a"]), r"values\.0"),
        ("history.json", stage(values=[float("nan")]), r"values\.0"),
        ("history.json", stage(steps=[2, 2], values=[1, 1]), "steps that increase"),
        ("index.faiss", b"", "expected a FAISS index"),
        ("index.faiss", b"x" * 100, "expected a FAISS index"),
        ("index.faiss", index(faiss.IndexFlatIP, 60, 10), "expected ivf .* found IndexFlat"),
        ("index.faiss", index(faiss.IndexFlatIP, 60, 9), "60 vectors of 16, found 60 of 9"),
        ("index.faiss", index(faiss.IndexFlatIP, 59, 10), "60 vectors of 16, found 59 of 10"),
        (
            "target-vectors.safetensors",
            floats(vectors=np.ones((60, 9)), hubness=np.full(60, np.nan)),
            "hubness: holds NaN",
        ),
        (
            "target-vectors.safetensors",
            floats(vectors=np.ones((60, 8)), hubness=np.ones(60)),
            r"expected shape \[60, 9\], found \[60, 8\]",
        ),
        ("neighbours.safetensors", table(rows=np.zeros((60, 4))), r"\[60, 5\], found \[60, 4\]"),
        ("neighbours.safetensors", table(rows=np.zeros((59, 5))), r"\[60, 5\], found \[59, 5\]"),
        ("neighbours.safetensors", table(rows=np.full((60, 5), 60)), "60 target words, found 60"),
        ("neighbours.safetensors", table(rows=np.full((60, 5), -1)), "60 target words, found -1"),
        (
            "neighbours.safetensors",
            table(rows=np.zeros((60, 5)), dtype=np.float32),
            "csls_rows: expected int32, found float32",
        ),
        ("neighbours.safetensors", floats(csls_rows=np.ones((60, 5))), "expected arrays"),
    ],
)
def test_files_that_are_intact_but_do_not_fit(
    saved: Path, name: str, data: bytes, reason: str
) -> None:
    forge_file(saved, name, data)
    with pytest.raises(CheckpointContentError, match=reason) as caught:
        load_checkpoint(saved)
    assert name in str(caught.value)


def test_files_of_another_checkpoint(translator: Translator, saved: Path, tmp_path: Path) -> None:
    other = replace(translator, target_words=tuple(reversed(translator.target_words)))
    save_checkpoint(other, tmp_path / "other")
    shutil.copy(tmp_path / "other" / "target-words.json", saved)
    with pytest.raises(CheckpointIntegrityError, match=r"target-words\.json"):
        load_checkpoint(saved)
