import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from isogloss.models.errors import (
    NonFiniteVectorError,
    TextEncodingError,
    TruncatedFileError,
    UnknownFormatError,
)
from isogloss.models.spaces import read_space
from tests.models.spaces.conftest import TrainedModel, train

_HEADER_BYTES = 8 + 56


def test_words_and_vectors_are_those_of_fasttext(trained: TrainedModel) -> None:
    read = read_space(trained.path, language="fr")
    assert read.report.format == "fasttext-binary"
    assert list(read.space.words) == trained.model.get_words()
    for word in read.space.words:
        np.testing.assert_allclose(
            read.space.vector(word), trained.model.get_word_vector(word), rtol=1e-5, atol=1e-7
        )


def test_words_and_vectors_are_those_of_gensim(trained: TrainedModel) -> None:
    from gensim.models.fasttext import load_facebook_vectors

    oracle = load_facebook_vectors(str(trained.path))
    space = read_space(trained.path, language="fr").space
    assert list(space.words) == oracle.index_to_key
    # gensim gives n-grams to the end of sentence too; fastText, whose format it is, does not.
    assert space.words[0] == "</s>"
    np.testing.assert_allclose(space.vectors[1:], oracle.vectors[1:], rtol=1e-5, atol=1e-7)


def test_unknown_word_gets_the_vector_of_fasttext(trained: TrainedModel) -> None:
    space = read_space(trained.path, language="fr").space
    assert "cafeteria" not in space.rows
    np.testing.assert_allclose(
        space.vector("cafeteria"), trained.model.get_word_vector("cafeteria"), rtol=1e-6
    )


def test_limit_keeps_the_first_words_and_all_ngrams(trained: TrainedModel) -> None:
    whole = read_space(trained.path, language="fr").space
    part = read_space(trained.path, language="fr", limit=5).space
    assert part.words == whole.words[:5]
    np.testing.assert_array_equal(part.vectors, whole.vectors[:5])
    np.testing.assert_array_equal(part.vector("cafeteria"), whole.vector("cafeteria"))


def test_compressed_model(trained: TrainedModel, tmp_path: Path) -> None:
    path = tmp_path / "model.bin.gz"
    path.write_bytes(gzip.compress(trained.path.read_bytes()))
    read = read_space(path, language="fr")
    assert read.report.compression == "gzip"
    whole = read_space(trained.path, language="fr").space
    np.testing.assert_array_equal(read.space.vectors, whole.vectors)


def test_model_without_ngrams(tmp_path: Path) -> None:
    model = train(tmp_path, minn=0, maxn=0)
    space = read_space(model.path, language="fr").space
    assert space.subwords is None
    np.testing.assert_allclose(space.vector("café"), model.model.get_word_vector("café"), rtol=1e-6)


def test_classifier_is_refused(tmp_path: Path) -> None:
    import fasttext

    corpus = tmp_path / "labelled.txt"
    corpus.write_text("__label__a one two\n__label__b three four\n" * 9, encoding="utf-8")
    model = fasttext.train_supervised(
        str(corpus), dim=4, thread=1, verbose=0, bucket=500, minn=2, maxn=3
    )
    path = tmp_path / "classifier.bin"
    model.save_model(str(path))
    with pytest.raises(UnknownFormatError, match="supervised"):
        read_space(path, language="en")
    model.quantize()
    model.save_model(str(path))
    with pytest.raises(UnknownFormatError):
        read_space(path, language="en")


def _matrix_offset(trained: TrainedModel) -> int:
    """Where the flag of quantisation stands: after header, sizes and vocabulary."""
    words = trained.model.get_words()
    return _HEADER_BYTES + 28 + sum(len(word.encode()) + 10 for word in words)


def test_quantised_matrix_is_refused(trained: TrainedModel, tmp_path: Path) -> None:
    content = bytearray(trained.path.read_bytes())
    content[_matrix_offset(trained)] = 1
    path = tmp_path / "quantised.bin"
    path.write_bytes(content)
    with pytest.raises(UnknownFormatError, match="quantised"):
        read_space(path, language="fr")


def test_newer_version_is_refused(trained: TrainedModel, tmp_path: Path) -> None:
    content = bytearray(trained.path.read_bytes())
    content[4:8] = struct.pack("<i", 13)
    path = tmp_path / "newer.bin"
    path.write_bytes(content)
    with pytest.raises(UnknownFormatError, match="found 13"):
        read_space(path, language="fr")


@pytest.mark.parametrize("place", ["header", "vocabulary", "words", "ngrams"])
@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_truncated_model(trained: TrainedModel, tmp_path: Path, place: str, on_error: str) -> None:
    matrix = _matrix_offset(trained) + 17
    words = len(trained.model.get_words())
    cut = {
        "header": 30,
        "vocabulary": _HEADER_BYTES + 60,
        "words": matrix + 100,
        "ngrams": matrix + 4 * 12 * (words + 20),
    }[place]
    path = tmp_path / "cut.bin"
    path.write_bytes(trained.path.read_bytes()[:cut])
    # Without the n-grams no vector is what fastText gives: there is nothing whole to keep.
    with pytest.raises(TruncatedFileError):
        read_space(path, language="fr", on_error="skip" if on_error == "skip" else "fail")


def test_bad_ngram_is_refused(trained: TrainedModel, tmp_path: Path) -> None:
    content = bytearray(trained.path.read_bytes())
    words = len(trained.model.get_words())
    place = _matrix_offset(trained) + 17 + 4 * 12 * (words + 3)
    content[place : place + 4] = struct.pack("<f", float("nan"))
    path = tmp_path / "nan.bin"
    path.write_bytes(content)
    with pytest.raises(NonFiniteVectorError, match="n-gram"):
        read_space(path, language="fr", on_error="skip")


def test_word_that_is_not_utf8(trained: TrainedModel, tmp_path: Path) -> None:
    words = trained.model.get_words()
    encoded = words[2].encode()
    content = trained.path.read_bytes()
    at = content.index(encoded + b"\0", _HEADER_BYTES)
    path = tmp_path / "latin.bin"
    path.write_bytes(content[:at] + b"\xff" * len(encoded) + content[at + len(encoded) :])
    with pytest.raises(TextEncodingError) as caught:
        read_space(path, language="fr")
    assert caught.value.line == 3
    read = read_space(path, language="fr", on_error="skip")
    assert list(read.space.words) == words[:2] + words[3:]
    assert read.report.skipped == {"encoding": 1}
    np.testing.assert_allclose(
        read.space.vector(words[3]), trained.model.get_word_vector(words[3]), rtol=1e-5, atol=1e-7
    )
