from pathlib import Path

import numpy as np
import pytest

from isogloss.models.errors import UnknownFormatError, VectorFileError, WrongDimensionError
from isogloss.models.spaces import read_space
from isogloss.models.spaces.readers.formats import FORMATS
from isogloss.models.spaces.readers.head import Head
from tests.models.spaces.readers.writing import store, text, word2vec_binary

WORDS = ["le", "la", "les"]
VECTORS = np.random.default_rng(0).standard_normal((3, 300)).astype(np.float32)


def _format(data: bytes) -> str:
    head = Head(Path("x"), data, whole=True)
    return next(each.name for each in FORMATS if each.recognise(head))


@pytest.mark.parametrize(
    "name", ["x.vec", "x.bin", "x.txt", "x.gz", "x.npy", "x.npz", "x.zip", "x"]
)
def test_the_name_does_not_matter(tmp_path: Path, name: str) -> None:
    for content, expected in (
        (text(WORDS, VECTORS), "fasttext-text"),
        (text(WORDS, VECTORS, header=False), "glove-text"),
        (word2vec_binary(WORDS, VECTORS), "word2vec-binary"),
    ):
        read = read_space(store(tmp_path / name, content), language="fr")
        assert read.report.format == expected
        np.testing.assert_array_equal(read.space.vectors, VECTORS)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("dimension", [2, 5, 50])
def test_binary_is_never_taken_for_text(seed: int, dimension: int) -> None:
    vectors = np.random.default_rng(seed).standard_normal((2, dimension)).astype(np.float32)
    for words in (["le", "la"], ["a\u00a0b", "c"], ["1", "2"], [",", "."]):
        head = word2vec_binary(words, vectors)
        assert _format(head) == "word2vec-binary"


@pytest.mark.parametrize("words", [["0"], ["0", "1"], ["le", "la", "les"]])
@pytest.mark.parametrize("separator", [b"", b"\n"])
def test_binary_whose_bytes_all_are_letters(words: list[str], separator: bytes) -> None:
    """0.95 is written 33s?; nothing but the length tells that this is no text."""
    vector = np.full(2, 0.95, np.float32).tobytes()
    assert vector == b"33s?33s?"
    head = f"{len(words)} 2\n".encode()
    head += b"".join(word.encode() + b" " + vector + separator for word in words)
    assert _format(head) == "word2vec-binary"
    # A record that is not promised, or that is cut off, leaves a text with a mistake.
    for wrong in (head + b"more", head.rstrip(b"\n")[:-1]):
        assert _format(wrong) == "fasttext-text"


def test_binary_of_zeros() -> None:
    head = word2vec_binary(["le"], np.zeros((1, 4), np.float32))
    assert _format(head) == "word2vec-binary"


def test_text_with_a_mistake_in_its_first_line_is_no_binary(tmp_path: Path) -> None:
    for line in (b"le 0.1 x 0.3 0.4", b"le 0,1 0,2 0,3 0,4", b"le", b"un mot"):
        path = store(tmp_path / "x", b"2 4\n" + line + b"\nla 1 2 3 4\n")
        with pytest.raises(VectorFileError) as caught:
            read_space(path, language="fr")
        assert caught.value.line == 2


def test_header_with_another_dimension(tmp_path: Path) -> None:
    path = store(tmp_path / "x", b"2 5\nle 1 2 3 4\nla 1 2 3 4\n")
    with pytest.raises(WrongDimensionError, match=":1: the header says 5 numbers"):
        read_space(path, language="fr")


def test_header_that_promises_the_impossible(tmp_path: Path) -> None:
    # It is not believed: no memory is taken for words that are not there.
    path = store(tmp_path / "x", b"999999999999 2\nle 1 2\n")
    read = read_space(path, language="fr", on_error="skip")
    assert read.space.words == ("le",)
    assert read.report.skipped == {"truncated": 999999999998}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\x89HDF\r\n\x1a\n" + bytes(50), "HDF5"),
        (b"<!DOCTYPE html>\n<html></html>\n", "web page"),
        (b"\x80\x04\x95" + bytes(50), "pickle"),
        (b"word,0.1,0.2\n", "parted by commas"),
        (bytes(100), "x00"),
    ],
)
def test_other_files_are_called_what_they_look_like(
    tmp_path: Path, content: bytes, found: str
) -> None:
    with pytest.raises(UnknownFormatError, match=found):
        read_space(store(tmp_path / "x.vec", content), language="fr")


def test_line_without_end(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match="no line ends"):
        read_space(store(tmp_path / "x", b"1 " * (3 << 20)), language="fr")
