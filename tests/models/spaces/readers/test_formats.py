"""Every format by its first bytes: read, or refused by its name with what to do instead."""

import io
import json
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.feather
import pyarrow.parquet
import pytest
from safetensors.numpy import save_file

from isogloss.models.errors import (
    CorruptArchiveError,
    EmptyFileError,
    MalformedLineError,
    UnknownFormatError,
    UnreadableFileError,
    VectorFileError,
    WordListError,
    WrongDimensionError,
)
from isogloss.models.spaces import read_space
from isogloss.models.spaces.readers.formats import FORMATS
from isogloss.models.spaces.readers.refused import REFUSED, REFUSED_TEXTS
from tests.models.spaces.conftest import TrainedModel, train
from tests.models.spaces.readers.writing import store

WORDS = ["le", "la ", "\tles\n", "a\u0301"]
VECTORS = np.random.default_rng(0).standard_normal((4, 5)).astype(np.float32)


def _assert_read(path: Path, name: str, vectors: np.ndarray = VECTORS) -> None:
    read = read_space(path, language="fr")
    assert read.report.format == name
    assert list(read.space.words) == WORDS
    np.testing.assert_array_equal(read.space.vectors, vectors)


# Tables


def _lists(kind: pyarrow.DataType) -> pyarrow.Table:
    rows = pyarrow.array(VECTORS.tolist(), kind)
    return pyarrow.table({"rank": pyarrow.array(range(4)), "word": WORDS, "vector": rows})


TABLES: dict[str, pyarrow.Table] = {
    "lists": _lists(pyarrow.list_(pyarrow.float32())),
    "large lists": _lists(pyarrow.large_list(pyarrow.float64())),
    "fixed lists": _lists(pyarrow.list_(pyarrow.float32(), 5)),
    "a column a dimension": pyarrow.table(
        {"token": WORDS, **{str(column): VECTORS[:, column] for column in range(5)}}
    ),
    "words as a dictionary": _lists(pyarrow.list_(pyarrow.float32())).set_column(
        1, "word", pyarrow.array(WORDS).dictionary_encode()
    ),
    "other names": _lists(pyarrow.list_(pyarrow.float32())).rename_columns(["n", "key", "emb"]),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables(tmp_path: Path, name: str) -> None:
    pyarrow.parquet.write_table(TABLES[name], tmp_path / "x", compression="zstd")
    _assert_read(tmp_path / "x", "parquet")
    pyarrow.feather.write_feather(TABLES[name], str(tmp_path / "x"))
    _assert_read(tmp_path / "x", "arrow")


def test_a_long_table_is_read_in_batches_and_as_far_as_is_asked(tmp_path: Path) -> None:
    words = [f"w{number}" for number in range(5000)]
    vectors = np.random.default_rng(0).standard_normal((5000, 3)).astype(np.float32)
    table = pyarrow.table({"word": words, "vector": vectors.tolist()})
    pyarrow.parquet.write_table(table, tmp_path / "x", row_group_size=700)
    read = read_space(tmp_path / "x", language="fr", limit=2500)
    assert list(read.space.words) == words[:2500]
    np.testing.assert_array_equal(read.space.vectors, vectors[:2500])


@pytest.mark.parametrize(
    ("columns", "kind", "message"),
    [
        ({"word": ["a"], "n": [1]}, UnknownFormatError, r"found word \(string\), n \(int64\)"),
        ({"x": ["a"], "y": ["b"], "v": [[1.0]]}, UnknownFormatError, "named word and vector"),
        ({"word": ["a"], "n": [1], "v": [0.5]}, UnknownFormatError, "column n holds whole numbers"),
        ({"word": ["a", None], "v": [[1.0], [2.0]]}, MalformedLineError, ":2: .*empty cell"),
        ({"word": ["a", "b"], "v": [[1.0], None]}, MalformedLineError, ":2: .*empty cell"),
        ({"word": ["a", "b"], "v": [[1.0], [1.0, 2.0]]}, WrongDimensionError, ":2: .*found 2"),
        ({"word": ["a", "b"], "v": [[1.0], [None]]}, MalformedLineError, ":2: .*empty cell"),
        ({"word": pyarrow.array([], pyarrow.string()), "v": TABLES["lists"]["vector"][:0]},
         EmptyFileError, "found none"),
    ],
    ids=range(8),
)  # fmt: skip
def test_tables_that_do_not_fit(
    tmp_path: Path, columns: dict[str, object], kind: type[VectorFileError], message: str
) -> None:
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "x")
    with pytest.raises(kind, match=message):
        read_space(tmp_path / "x", language="fr")


@pytest.mark.parametrize("cut", [5, 100, -1, -9])
def test_a_table_that_is_cut(tmp_path: Path, cut: int) -> None:
    pyarrow.parquet.write_table(TABLES["lists"], tmp_path / "x")
    store(tmp_path / "x", (tmp_path / "x").read_bytes()[:cut])
    with pytest.raises(CorruptArchiveError, match="Parquet file is damaged"):
        read_space(tmp_path / "x", language="fr")


def test_a_table_within_an_archive(tmp_path: Path) -> None:
    pyarrow.parquet.write_table(TABLES["lists"], tmp_path / "x")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(tmp_path / "x")
    with pytest.raises(UnreadableFileError, match="compressed once more"):
        read_space(tmp_path / "x.zip", language="fr")


# safetensors


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", ["vectors", "embeddings.weight"])
def test_safetensors(tmp_path: Path, kind: type, name: str) -> None:
    tensors = {"bias": np.zeros(3, np.float32), name: VECTORS.astype(kind)}
    save_file(tensors, tmp_path / "x", {"words": json.dumps(WORDS)})
    _assert_read(tmp_path / "x", "safetensors", VECTORS.astype(kind).astype(np.float32))


def test_safetensors_of_brain_floats(tmp_path: Path) -> None:
    halves = (VECTORS.view(np.uint32) >> 16).astype("<u2")
    header = json.dumps(
        {
            "__metadata__": {"words": json.dumps(WORDS)},
            "e": {"dtype": "BF16", "shape": [4, 5], "data_offsets": [0, 40]},
        }
    ).encode()
    content = len(header).to_bytes(8, "little") + header + halves.tobytes()
    expected = (VECTORS.view(np.uint32) & 0xFFFF0000).view(np.float32)
    _assert_read(store(tmp_path / "x", content), "safetensors", expected)
    with pytest.raises(VectorFileError, match="expected 4 vectors, found 2"):
        read_space(store(tmp_path / "x", content[:-15]), language="fr")
    read = read_space(tmp_path / "x", language="fr", on_error="skip")
    assert list(read.space.words) == WORDS[:2]
    assert read.report.skipped == {"truncated": 2}


def test_safetensors_with_a_list_of_words(tmp_path: Path) -> None:
    save_file({"vectors": VECTORS}, tmp_path / "x.safetensors")
    with pytest.raises(WordListError, match=r"tried x\.words\.txt"):
        read_space(tmp_path / "x.safetensors", language="fr")
    store(tmp_path / "x.words.txt", b"a\nb\nc\nd\n")
    assert read_space(tmp_path / "x.safetensors", language="fr").space.words == tuple("abcd")
    store(tmp_path / "other", b"a\nb\nc\n")
    with pytest.raises(WordListError, match="each of 4 vectors, found 3"):
        read_space(tmp_path / "x.safetensors", language="fr", words=tmp_path / "other")


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"a": VECTORS, "b": VECTORS}, r"found a \(F32 \[4, 5\]\), b"),
        ({"vectors": VECTORS.astype(np.int64)}, "I64"),
        ({"vectors": VECTORS[0]}, r"\[5\]"),
    ],
)
def test_safetensors_without_vectors(
    tmp_path: Path, tensors: dict[str, np.ndarray], message: str
) -> None:
    save_file(tensors, tmp_path / "x", {"words": json.dumps(WORDS)})
    with pytest.raises(UnknownFormatError, match=message):
        read_space(tmp_path / "x", language="fr")


# fastText


def test_a_model_whose_text_holds_label_tokens_is_read(tmp_path: Path) -> None:
    model = train(tmp_path, extra="__label__ le la __label__x une\n" * 9)
    assert struct.unpack_from("<i", model.path.read_bytes(), 8 + 7 * 4) == (2,)  # skipgram
    _, words, labels = struct.unpack_from("<3i", model.path.read_bytes(), 8 + 56)
    assert labels > 0
    read = read_space(model.path, language="fr")
    assert len(read.space) == words
    assert not any("__label__" in word for word in read.space.words)
    for word in (*read.space.words, "cafeteria"):
        expected = model.model.get_word_vector(word)
        np.testing.assert_allclose(read.space.vector(word), expected, rtol=1e-5, atol=1e-7)


def test_a_model_without_magic_number_is_read(trained: TrainedModel, tmp_path: Path) -> None:
    content = trained.path.read_bytes()
    names = b"".join(word.encode() + b"\0" + bytes(9) for word in trained.model.get_words())
    pruned, flag = 8 + 56 + 20, 8 + 56 + 28 + len(names)
    old = content[8:pruned] + content[pruned + 8 : flag] + content[flag + 1 :]
    read = read_space(store(tmp_path / "x", old), language="fr")
    new = read_space(trained.path, language="fr")
    assert read.report.format == "fasttext-binary"
    assert read.space.words == new.space.words
    np.testing.assert_array_equal(read.space.vectors, new.space.vectors)
    np.testing.assert_array_equal(read.space.vector("cafeteria"), new.space.vector("cafeteria"))


def test_the_quantised_and_the_supervised_are_told_by_their_header(tmp_path: Path) -> None:
    import fasttext

    corpus = tmp_path / "labelled.txt"
    corpus.write_text("__label__a one two\n__label__b three four\n" * 99, encoding="utf-8")
    model = fasttext.train_supervised(str(corpus), dim=4, thread=1, verbose=0, bucket=0)
    model.save_model(str(tmp_path / "x.bin"))
    with pytest.raises(UnknownFormatError, match=r"supervised fastText model .*model = 3"):
        read_space(tmp_path / "x.bin", language="en")
    content = bytearray((tmp_path / "x.bin").read_bytes())
    content[8 + 28 : 8 + 32] = struct.pack("<i", 1)  # cbow
    content[8 + 56 + 20 : 8 + 56 + 28] = bytes(8)  # pruned
    with pytest.raises(UnknownFormatError, match=r"quantised fastText model \(\.ftz\)"):
        read_space(store(tmp_path / "x.ftz", bytes(content)), language="en")


# Refused


def _keyed_vectors(path: Path) -> None:
    from gensim.models import KeyedVectors

    written = KeyedVectors(5)
    written.add_vectors(["le", "la"], VECTORS[:2])
    written.save(str(path))


def _word2vec_model(path: Path) -> None:
    from gensim.models import Word2Vec

    Word2Vec([["le", "la"]], vector_size=3, min_count=1).save(str(path))


def _pytorch(path: Path) -> None:
    import torch

    torch.save({"vectors": torch.ones(2, 3)}, path)


def _tar(path: Path) -> None:
    content = b"2 2\nle 1 2\nla 3 4\n"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("fr.vec")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))


def _content(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        store(path, content)

    return write


FOREIGN: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "name.kv": ("gensim", _keyed_vectors, "isogloss.align takes KeyedVectors.load"),
    "name.model": ("gensim", _word2vec_model, "save_word2vec_format"),
    "name.pkl": ("pickle", _content(pickle.dumps({"le": VECTORS[0]})), "numpy.savez"),
    "old.pkl": ("pickle", _content(pickle.dumps({"le": [0.1]}, protocol=0)), "numpy.savez"),
    "two.pkl": ("pickle", _content(pickle.dumps(VECTORS, protocol=2)), "numpy.savez"),
    "name.pt": ("pytorch", _pytorch, "torch.load"),
    "name.h5": ("hdf5", _content(b"\x89HDF\r\n\x1a\n" + bytes(500)), "h5py"),
    "name.magnitude": ("sqlite", _content(b"SQLite format 3\0" + bytes(99)), "numpy.savez"),
    "name.index": ("faiss", _content(b"IxFI" + bytes(99)), "no words"),
    "name.gguf": ("gguf", _content(b"GGUF\x03" + bytes(99)), "safetensors"),
    "name.mat": ("matlab", _content(b"MATLAB 5.0 MAT-file, Platform" + bytes(99)), "loadmat"),
    "name.tar.gz": ("tar", _tar, "tar -xf"),
    "name.7z": ("7z-rar", _content(b"7z\xbc\xaf\x27\x1c" + bytes(99)), "unpack"),
    "name.lz4": ("lz4-compress", _content(b"\x04\x22\x4d\x18" + bytes(99)), "unpack"),
    "lfs.vec": (
        "git-lfs",
        _content(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2\nsize 12345\n"),
        "git lfs pull",
    ),
    "name.pdf": ("pdf-picture", _content(b"%PDF-1.7\n%\xe2\xe3\n"), "another file"),
    "page.vec": ("web-page", _content(b"\n<!DOCTYPE html>\n<html><head>\n"), "browser"),
    "name.json": ("json", _content(b'{"le": [0.1, 0.2],\n "la": [0.3, 0.4]}\n'), "json.load"),
    "name.csv": ("csv", _content(b"word,d0,d1\nle,0.1,0.2\nla,0.3,0.4\n"), "tr ','"),
    "excel.csv": ("csv", _content(b"le;0,1;0,2\nla;0,3;0,4\n"), "semicolons"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files_are_refused_by_name(tmp_path: Path, name: str) -> None:
    known, write, instead = FOREIGN[name]
    write(tmp_path / name)
    title = next(each.title for each in (*REFUSED, *REFUSED_TEXTS) if each.name == known)
    for on_error in ("fail", "skip"):
        with pytest.raises(UnknownFormatError) as caught:
            read_space(tmp_path / name, language="fr", on_error=on_error)
        assert title in str(caught.value)
        assert instead in str(caught.value)


def test_every_format_that_is_refused_is_tried_here() -> None:
    above = {"fasttext-quantised", "fasttext-classifier"}
    tried = {known for known, *_ in FOREIGN.values()} | above
    assert tried == {each.name for each in (*REFUSED, *REFUSED_TEXTS)}


@pytest.mark.parametrize("word", ["PAR1", "ARROW1", "GGUF", "IHN", "IxF", "{", "[", "<s>", "LZIP"])
def test_a_first_word_that_looks_like_magic_is_a_word(tmp_path: Path, word: str) -> None:
    path = store(tmp_path / "x", f"{word} 0.5 1.5\nla 1 2\n".encode())
    assert read_space(path, language="fr").space.words == (word, "la")


def test_names_of_formats_are_used_once() -> None:
    names = [each.name for each in FORMATS]
    names += [each.name for each in (*REFUSED, *REFUSED_TEXTS)]
    assert len(names) == len(set(names))
