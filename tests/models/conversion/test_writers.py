from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.models.conversion.writers import VECTOR_FORMATS, choose_format, write_space
from isogloss.models.errors import DependencyError, FileError, InputError, OptionError
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.readers import read_space
from tests.models.spaces.readers.writing import WORD, spaces

UGLY = ("naïve", "l'été", "日本", "🙂", "a\u00a0b", '"quoted"', "1.5", "#", "\\n")
SPACE = EmbeddingSpace(
    "fr", UGLY, np.random.default_rng(0).normal(size=(len(UGLY), 5)).astype(np.float32)
)


def read_gensim(path: Path) -> tuple[list[str], np.ndarray]:
    from gensim.models import KeyedVectors

    keyed = KeyedVectors.load(str(path))
    return keyed.index_to_key, keyed.vectors


def read_parquet(path: Path) -> tuple[list[str], np.ndarray]:
    import pandas

    frame = pandas.read_parquet(path)
    return frame["word"].tolist(), np.stack(frame["vector"].tolist())


def read_safetensors(path: Path) -> tuple[list[str], np.ndarray]:
    import safetensors

    with safetensors.safe_open(path, framework="np") as file:
        return json.loads(file.metadata()["words"]), file.get_tensor("vectors")


def read_npz(path: Path) -> tuple[list[str], np.ndarray]:
    with np.load(path, allow_pickle=False) as arrays:
        return arrays["words"].tolist(), arrays["vectors"]


def read_vec(path: Path) -> tuple[list[str], np.ndarray]:
    from gensim.models import KeyedVectors

    keyed = KeyedVectors.load_word2vec_format(str(path))
    return keyed.index_to_key, keyed.vectors


READERS = {
    "vec": read_vec,
    "npz": read_npz,
    "parquet": read_parquet,
    "gensim": read_gensim,
    "safetensors": read_safetensors,
}


@pytest.mark.parametrize("name", VECTOR_FORMATS)
def test_what_is_written_is_read_by_others_bit_for_bit(name: str, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / f"fr{VECTOR_FORMATS[name].suffixes[0]}"
    write_space(SPACE, path)
    words, vectors = READERS[name](path)
    assert list(words) == list(UGLY)
    assert vectors.dtype == np.float32
    assert np.array_equal(vectors, SPACE.vectors)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@given(drawn=spaces(), suffix=st.sampled_from([".vec", ".vec.gz", ".npz"]))
@settings(max_examples=30)
def test_any_words_and_numbers_come_back(
    drawn: tuple[list[str], np.ndarray], suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    words, vectors = drawn
    path = tmp_path_factory.mktemp("written") / f"xx{suffix}"
    space = EmbeddingSpace("xx", tuple(words), vectors)
    if suffix != ".npz" and any(set(word) & set("\t\v\f") for word in words):
        with pytest.raises(InputError, match="without white space"):
            write_space(space, path)
        return
    write_space(space, path)
    read = read_space(path, language="xx").space
    assert read.words == space.words
    assert read.vectors.tobytes() == space.vectors.tobytes()


def test_the_same_space_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.vec.gz", "b.vec.gz"):
        write_space(SPACE, tmp_path / name)
    assert (tmp_path / "a.vec.gz").read_bytes() == (tmp_path / "b.vec.gz").read_bytes()


@pytest.mark.parametrize(
    ("word", "name"),
    [("two words", "vec"), ("half \ud800", "vec"), ("x\ud800", "vec"), ("", "vec")],
)
def test_a_word_that_a_format_cannot_hold_is_named(word: str, name: str, tmp_path: Path) -> None:
    space = EmbeddingSpace("fr", ("bon", word), np.ones((2, 2), np.float32))
    with pytest.raises(InputError) as caught:
        write_space(space, tmp_path / "fr.out", format_name=name)
    assert repr(word) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_says_no_format_is_refused_with_those_that_do() -> None:
    with pytest.raises(OptionError, match=r"ends in one of \.vec, \.vec\.gz, \.npz, \.parquet"):
        choose_format(Path("en.doc"))
    with pytest.raises(OptionError, match="one of vec, npz, parquet, gensim, safetensors"):
        choose_format(Path("en.vec"), "excel")
    assert choose_format(Path("en.doc"), "npz").name == "npz"


def test_a_package_that_is_missing_is_one_line_and_leaves_what_stood_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gensim.models", None)
    path = tmp_path / "fr.kv"
    path.write_text("before")
    with pytest.raises(DependencyError, match="needs gensim, which is not installed; pip install"):
        write_space(SPACE, path)
    assert path.read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    places: dict[Path, Any] = {
        tmp_path / "file" / "fr.vec": "cannot be written",
        tmp_path: "found a folder",
    }
    for path, message in places.items():
        with pytest.raises(FileError, match=message):
            write_space(SPACE, path, format_name="vec")


@given(word=WORD)
@settings(max_examples=20)
def test_safetensors_keeps_any_word(word: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("written") / "xx.safetensors"
    write_space(EmbeddingSpace("xx", (word,), np.ones((1, 2), np.float32)), path)
    assert read_safetensors(path)[0] == [word]
