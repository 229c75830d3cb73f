"""What one writes, one reads: every format, any Unicode, every bit of the numbers."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from isogloss.models.spaces import ReadSpace, read_space
from tests.models.spaces.readers.writing import spaces, store, text, word2vec_binary

Written = tuple[list[str], np.ndarray]


def _check(read: ReadSpace, written: Written, expected_format: str) -> None:
    words, vectors = written
    assert read.report.format == expected_format
    assert list(read.space.words) == words
    assert read.space.vectors.dtype == np.float32
    np.testing.assert_array_equal(read.space.vectors.view(np.uint32), vectors.view(np.uint32))
    assert read.report.kept == len(words)
    assert read.report.dimension == vectors.shape[1]
    assert read.report.zero_vectors == sum(not vector.any() for vector in vectors)
    assert read.report.skipped == {}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


@given(written=spaces(), end=st.sampled_from(["\n", " \n", "\r\n", " \r\n"]))
def test_text_with_header(folder: Path, written: Written, end: str) -> None:
    path = store(folder / "any.name", text(*written, end=end))
    _check(read_space(path, language="fr"), written, "fasttext-text")


@given(written=spaces())
def test_text_without_header(folder: Path, written: Written) -> None:
    assume("\t" not in written[0][0])  # a tab in the first word may mean a file parted by tabs
    path = store(folder / "any.bin", text(*written, header=False))
    _check(read_space(path, language="fr"), written, "glove-text")


@given(written=spaces(), end=st.sampled_from([b"", b"\n"]))
def test_word2vec_binary(folder: Path, written: Written, end: bytes) -> None:
    path = store(folder / "any.txt", word2vec_binary(*written, end=end))
    _check(read_space(path, language="fr"), written, "word2vec-binary")


@given(written=spaces())
def test_array_with_word_list(folder: Path, written: Written) -> None:
    words, vectors = written
    np.save(folder / "array.npy", vectors)
    store(folder / "array.words.txt", "".join(word + "\n" for word in words).encode())
    _check(read_space(folder / "array.npy", language="fr"), written, "npy")


@given(written=spaces(), compressed=st.booleans())
def test_archive_of_arrays(folder: Path, written: Written, compressed: bool) -> None:
    words, vectors = written
    save = np.savez_compressed if compressed else np.savez
    save(folder / "arrays.npz", words=np.array(words), vectors=vectors)
    _check(read_space(folder / "arrays.npz", language="fr"), written, "npz")


@given(written=spaces())
def test_gensim_reads_the_same_text(folder: Path, written: Written) -> None:
    from gensim.models import KeyedVectors

    # gensim splits on whatever `str.split` splits on and strips the line; keep to what it can read.
    words = [
        f"w{row}{''.join(c for c in word if c.isalnum())}" for row, word in enumerate(written[0])
    ]
    path = store(folder / "gensim.vec", text(words, written[1]))
    oracle = KeyedVectors.load_word2vec_format(str(path))
    space = read_space(path, language="fr").space
    assert list(space.words) == oracle.index_to_key
    np.testing.assert_array_equal(space.vectors, oracle.vectors)


@given(written=spaces())
def test_gensim_reads_the_same_binary(folder: Path, written: Written) -> None:
    from gensim.models import KeyedVectors

    path = store(folder / "gensim.bin", word2vec_binary(*written, end=b""))
    oracle = KeyedVectors.load_word2vec_format(str(path), binary=True)
    space = read_space(path, language="fr").space
    assert list(space.words) == oracle.index_to_key
    np.testing.assert_array_equal(space.vectors, oracle.vectors)


def test_reads_what_gensim_writes(tmp_path: Path) -> None:
    from gensim.models import KeyedVectors

    generator = np.random.default_rng(0)
    vectors = generator.standard_normal((40, 7)).astype(np.float32)
    words = [f"mot\u00a0{number}é" for number in range(40)]
    written = KeyedVectors(7)
    written.add_vectors(words, vectors)
    for binary, header in ((False, True), (False, False), (True, True)):
        path = tmp_path / f"{binary}-{header}"
        written.save_word2vec_format(str(path), binary=binary, write_header=header)
        space = read_space(path, language="fr").space
        assert list(space.words) == words
        np.testing.assert_array_equal(space.vectors, vectors)
