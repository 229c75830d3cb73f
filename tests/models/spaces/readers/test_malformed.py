"""Each malformed file yields its named error, with the line where there is one."""

from pathlib import Path

import pytest

from isogloss.models import errors
from isogloss.models.errors import VectorFileError
from isogloss.models.spaces import read_space

DATA = Path(__file__).parents[3] / "data" / "vectors"

FAULTS: dict[str, tuple[type[VectorFileError], int | None, str]] = {
    "empty.vec": (errors.EmptyFileError, None, "empty file"),
    "header_only_zero.vec": (errors.EmptyFileError, 1, "promises 0 words"),
    "duplicate.vec": (errors.DuplicateWordError, 4, "'le' stands twice, first as word 1"),
    "short_vector.vec": (errors.WrongDimensionError, 3, "'la': expected 4 numbers, found 3"),
    "long_vector.vec": (errors.WrongDimensionError, 3, "'la': expected 4 numbers, found 5"),
    "long_vector_glove.txt": (errors.WrongDimensionError, 2, "expected 4 numbers, found 5"),
    "not_a_number.vec": (errors.MalformedLineError, 3, "number 3 of 'la'.*found b'0,7'"),
    "nan.vec": (errors.NonFiniteVectorError, 3, "number 3 of 'la'.*found nan"),
    "infinity.vec": (errors.NonFiniteVectorError, 3, "number 3 of 'la'.*found -inf"),
    "beyond_float32.vec": (errors.NonFiniteVectorError, 3, "expected a finite float32"),
    "latin1.vec": (errors.TextEncodingError, 3, r"found b'l\\xe0'"),
    "empty_line.vec": (errors.MalformedLineError, 3, "found an empty line"),
    "empty_word.vec": (errors.MalformedLineError, 3, "the word is empty"),
    "header_promises_more.vec": (errors.TruncatedFileError, 5, "promises 5 words, found 3"),
    "header_promises_less.vec": (errors.MalformedLineError, 4, "promises 2 words"),
    "utf16.vec": (errors.TextEncodingError, 1, "UTF-16"),
    "prose.txt": (errors.UnknownFormatError, 1, "expected lines of a word and numbers"),
    "commas.csv": (errors.UnknownFormatError, None, "parted by commas"),
    "three_numbers_in_the_header.vec": (errors.MalformedLineError, 1, "found '3 4 1'"),
    "header_with_points.vec": (errors.MalformedLineError, 1, "found '3.0 4.0'"),
    "comment.vec": (errors.MalformedLineError, 1, "found '# made by hand'"),
    "header_of_another_dimension.vec": (errors.WrongDimensionError, 1, "says 3 numbers"),
    "counts.txt": (errors.UnknownFormatError, 1, "a column of counts"),
    "index.tsv": (errors.UnknownFormatError, 1, "a column of an index"),
    "pickle.bin": (errors.UnknownFormatError, 1, "pickle, which is never read"),
    "truncated.vec.gz": (errors.TruncatedFileError, None, "archive ends before its end mark"),
    "truncated.vec.bz2": (errors.TruncatedFileError, None, "archive ends before its end mark"),
    "truncated.vec.xz": (errors.TruncatedFileError, None, "archive ends before its end mark"),
    "damaged.vec.gz": (errors.CorruptArchiveError, 402, "damaged"),
    "truncated.zip": (errors.TruncatedFileError, None, "zip archive lacks its end"),
    "two_files.zip": (errors.CorruptArchiveError, None, "glove.50d.txt, glove.100d.txt"),
    "no_file.zip": (errors.EmptyFileError, None, "no file"),
    "truncated_word2vec.bin": (errors.TruncatedFileError, 3, "promises 3 words, found 2"),
    "promises_more_word2vec.bin": (errors.TruncatedFileError, 4, "promises 5 words, found 3"),
    "promises_less_word2vec.bin": (errors.MalformedLineError, 3, "more bytes after them"),
    "duplicate_word2vec.bin": (errors.DuplicateWordError, 3, "'le' stands twice"),
    "latin1_word2vec.bin": (errors.TextEncodingError, 2, r"found b'l\\xe0'"),
    "nan_word2vec.bin": (errors.NonFiniteVectorError, 2, "number 3 of 'la'"),
    "no_words.npy": (errors.WordListError, None, "tried no_words.words.txt and no_words.txt"),
    "few_words.npy": (errors.WordListError, None, "each of 3 vectors, found 2"),
    "truncated.npy": (errors.TruncatedFileError, 3, "expected 3 vectors, found 2"),
    "integers.npy": (errors.UnknownFormatError, None, "found int64"),
    "one_row.npy": (errors.UnknownFormatError, None, r"shape \[4\]"),
    "by_column.npy": (errors.UnknownFormatError, None, "stored by columns"),
    "nan.npy": (errors.NonFiniteVectorError, 2, "number 3 of 'la'"),
    "latin1_words.npy": (errors.TextEncodingError, 2, r"found b'l\\xe0'"),
    "without_words.npz": (errors.UnknownFormatError, None, "keys words and vectors, found vectors"),
    "objects.npz": (errors.UnknownFormatError, None, "Python objects"),
    "few_words.npz": (errors.WordListError, None, "each of 3 vectors, found 2"),
    "duplicate.npz": (errors.DuplicateWordError, 3, "'le' stands twice"),
}

SKIPPED: dict[str, dict[str, int]] = {
    "duplicate.vec": {"duplicate": 1},
    "short_vector.vec": {"dimension": 1},
    "long_vector.vec": {"dimension": 1},
    "long_vector_glove.txt": {"dimension": 1},
    "not_a_number.vec": {"malformed": 1},
    "nan.vec": {"non-finite": 1},
    "infinity.vec": {"non-finite": 1},
    "beyond_float32.vec": {"non-finite": 1},
    "latin1.vec": {"encoding": 1},
    "empty_line.vec": {"malformed": 1},
    "empty_word.vec": {"malformed": 1},
    "header_promises_more.vec": {"truncated": 2},
    "header_promises_less.vec": {"malformed": 1},
    "truncated_word2vec.bin": {"truncated": 1},
    "promises_more_word2vec.bin": {"truncated": 2},
    "promises_less_word2vec.bin": {"malformed": 1},
    "duplicate_word2vec.bin": {"duplicate": 1},
    "latin1_word2vec.bin": {"encoding": 1},
    "nan_word2vec.bin": {"non-finite": 1},
    "truncated.npy": {"truncated": 1},
    "nan.npy": {"non-finite": 1},
    "latin1_words.npy": {"encoding": 1},
    "duplicate.npz": {"duplicate": 1},
    "damaged.vec.gz": {"damaged": 1},
    "three_numbers_in_the_header.vec": {"malformed": 1},
    "header_with_points.vec": {"malformed": 1},
    "comment.vec": {"malformed": 1},
    "header_of_another_dimension.vec": {"dimension": 1},
}


def test_every_file_has_its_line_in_the_table() -> None:
    names = {path.name for path in DATA.iterdir()}
    word_lists = {
        f"{Path(name).stem}{ending}"
        for name in FAULTS
        if name.endswith(".npy")
        for ending in (".txt", ".words.txt")
    }
    assert names - word_lists == set(FAULTS)
    assert set(SKIPPED) <= set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_named(name: str) -> None:
    kind, line, message = FAULTS[name]
    with pytest.raises(kind, match=message) as caught:
        read_space(DATA / name, language="fr")
    assert type(caught.value) is kind
    assert caught.value.path == DATA / name
    if not name.startswith("truncated.vec"):
        assert caught.value.line == line


NOTHING_TO_KEEP = [
    # Of a truncated archive the whole lines are kept; see the tests of archives.
    name
    for name in FAULTS
    if name not in SKIPPED and not name.startswith("truncated.vec")
]


@pytest.mark.parametrize("name", NOTHING_TO_KEEP)
def test_what_leaves_nothing_to_keep_fails_all_the_same(name: str) -> None:
    with pytest.raises(FAULTS[name][0]):
        read_space(DATA / name, language="fr", on_error="skip")


@pytest.mark.parametrize("name", SKIPPED)
def test_skipped_and_counted(name: str) -> None:
    read = read_space(DATA / name, language="fr", on_error="skip")
    assert read.report.skipped == SKIPPED[name]
    assert set(read.report.examples) == set(SKIPPED[name])
    (line,) = read.report.examples.values()
    assert line == FAULTS[name][1]
    assert read.report.kept == len(read.space) > 0
