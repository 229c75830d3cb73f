import bz2
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from isogloss.models.errors import (
    EmptyFileError,
    MalformedLineError,
    OptionError,
    TextEncodingError,
    UnknownFormatError,
    WordListError,
)
from isogloss.models.spaces import read_space
from tests.models.spaces.readers.writing import store

VECTORS = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)


def test_words_as_given(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", VECTORS)
    words = store(tmp_path / "list", b"le chat\n la\r\nles ")
    read = read_space(tmp_path / "a.npy", language="fr", words=words)
    assert read.space.words == ("le chat", " la", "les ")
    assert read.report.format == "npy"


def test_words_beside_the_array(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", VECTORS)
    store(tmp_path / "a.txt", b"\xef\xbb\xbfun\ndeux\ntrois")
    assert read_space(tmp_path / "a.npy", language="fr").space.words == ("un", "deux", "trois")
    store(tmp_path / "a.words.txt", b"le\nla\nles\n")
    assert read_space(tmp_path / "a.npy", language="fr").space.words == ("le", "la", "les")


def test_words_that_are_missing(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", VECTORS)
    with pytest.raises(WordListError, match=r"a\.words\.txt and a\.txt"):
        read_space(tmp_path / "a.npy", language="fr")


def test_empty_word(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", VECTORS)
    store(tmp_path / "a.txt", b"le\n\nles\n")
    with pytest.raises(MalformedLineError, match="word is empty") as caught:
        read_space(tmp_path / "a.npy", language="fr")
    assert caught.value.line == 2


def test_word_list_goes_with_an_array_only(tmp_path: Path) -> None:
    words = store(tmp_path / "words", b"le\n")
    path = store(tmp_path / "x.npy", b"le 1 2\n")
    with pytest.raises(OptionError, match="glove-text"):
        read_space(path, language="fr", words=words)
    np.savez(tmp_path / "a.npz", words=np.array(["le", "la", "les"]), vectors=VECTORS)
    with pytest.raises(OptionError, match="npz"):
        read_space(tmp_path / "a.npz", language="fr", words=words)


@pytest.mark.parametrize("dtype", ["<f2", "<f8", ">f4", ">f8"])
def test_other_floating_point_types(tmp_path: Path, dtype: str) -> None:
    np.save(tmp_path / "a.npy", VECTORS.astype(dtype))
    store(tmp_path / "a.txt", b"le\nla\nles\n")
    space = read_space(tmp_path / "a.npy", language="fr").space
    np.testing.assert_array_equal(space.vectors, VECTORS.astype(dtype).astype(np.float32))
    assert space.vectors.dtype == np.dtype(np.float32)


def test_compressed_array(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, VECTORS)
    path = store(tmp_path / "a.npy.bz2", bz2.compress(buffer.getvalue()))
    words = store(tmp_path / "w", bz2.compress(b"le\nla\nles\n"))
    read = read_space(path, language="fr", words=words)
    assert read.report.compression == "bzip2"
    np.testing.assert_array_equal(read.space.vectors, VECTORS)


def test_array_larger_than_a_block(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).standard_normal((5000, 70)).astype(np.float32)
    words = np.array([f"mot{number}" for number in range(5000)])
    np.savez(tmp_path / "a.npz", words=words, vectors=vectors)
    space = read_space(tmp_path / "a.npz", language="fr").space
    assert list(space.words) == words.tolist()
    np.testing.assert_array_equal(space.vectors, vectors)
    limited = read_space(tmp_path / "a.npz", language="fr", limit=4000).space
    np.testing.assert_array_equal(limited.vectors, vectors[:4000])


def test_archive_with_words_as_bytes(tmp_path: Path) -> None:
    words = np.array(["été", "ß", "日"])
    np.savez(tmp_path / "a.npz", words=np.char.encode(words, "utf-8"), vectors=VECTORS)
    assert read_space(tmp_path / "a.npz", language="fr").space.words == ("été", "ß", "日")


def test_archive_with_half_of_a_surrogate_pair(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", words=np.array(["a", "\ud800", "b"]), vectors=VECTORS)
    with pytest.raises(TextEncodingError) as caught:
        read_space(tmp_path / "a.npz", language="fr")
    assert caught.value.line == 2


def test_archive_with_other_keys(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", tokens=np.array(["a", "b", "c"]), embedding=VECTORS, n=np.ones(3))
    read = read_space(tmp_path / "a.npz", language="fr")
    assert read.space.words == ("a", "b", "c")
    np.testing.assert_array_equal(read.space.vectors, VECTORS)


def test_archive_whose_keys_could_be_several(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.array(["a", "b", "c"]), y=VECTORS, z=VECTORS)
    with pytest.raises(UnknownFormatError, match=r"keys words and vectors, found x .*y .*z"):
        read_space(tmp_path / "a.npz", language="fr")


def test_archive_with_words_that_are_numbers(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", words=np.arange(3), vectors=VECTORS)
    with pytest.raises(UnknownFormatError, match="list of strings"):
        read_space(tmp_path / "a.npz", language="fr")


def test_zip_of_an_array_is_an_archive_of_arrays(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, VECTORS)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.npy", buffer.getvalue())
    with pytest.raises(UnknownFormatError, match="keys words and vectors"):
        read_space(tmp_path / "a.zip", language="fr")


def test_array_without_rows(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", VECTORS[:0])
    store(tmp_path / "a.txt", b"")
    with pytest.raises(EmptyFileError):
        read_space(tmp_path / "a.npy", language="fr")


def test_pickle_in_an_array_is_never_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    np.save(tmp_path / "a.npy", np.array([[Trap()]], dtype=object), allow_pickle=True)
    store(tmp_path / "a.txt", b"le\n")
    with pytest.raises(UnknownFormatError, match="never read"):
        read_space(tmp_path / "a.npy", language="fr")
    assert not (tmp_path / "sprung").exists()
