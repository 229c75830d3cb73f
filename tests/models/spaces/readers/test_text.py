from pathlib import Path

import numpy as np
import pytest

from isogloss.models.errors import (
    MalformedLineError,
    OptionError,
    TruncatedFileError,
    WrongDimensionError,
)
from isogloss.models.spaces import read_space
from tests.models.spaces.readers.writing import store, text


def test_no_break_spaces_and_line_separators_stay_in_words(tmp_path: Path) -> None:
    words = ["a\u00a0b", "c\u2028d", "e\u0085f", "g\u3000h", "tab\tbed", "i\x0bj", "k\rl"]
    path = store(tmp_path / "x", text(words, np.ones((7, 2), np.float32)))
    assert list(read_space(path, language="fr").space.words) == words


def test_case_and_composition_are_kept(tmp_path: Path) -> None:
    words = ["É", "é", "e\u0301", "E\u0301", "ﬁ", "fi"]
    path = store(tmp_path / "x", text(words, np.ones((6, 2), np.float32)))
    assert list(read_space(path, language="fr").space.words) == words


def test_words_with_spaces_as_in_glove_840b(tmp_path: Path) -> None:
    words = ["the", ". . .", "at name@domain.com", "• name@domain.com", "2010"]
    path = store(tmp_path / "x", text(words, np.ones((5, 3), np.float32), header=False))
    read = read_space(path, language="en")
    assert list(read.space.words) == words
    assert read.report.dimension == 3


def test_word_with_spaces_in_the_first_line(tmp_path: Path) -> None:
    path = store(tmp_path / "x", b". . . 0.5 1.5\nthe 1 2\n")
    assert read_space(path, language="en").space.words == (". . .", "the")


def test_first_word_may_be_a_number(tmp_path: Path) -> None:
    path = store(tmp_path / "x", b"1 0.5 1.5\n2 1 2\n")
    assert read_space(path, language="en").space.words == ("1", "2")


def test_surplus_field_that_is_a_number_is_no_part_of_the_word(tmp_path: Path) -> None:
    path = store(tmp_path / "x", b"the 1 2\nin 2010 1 2\n")
    with pytest.raises(WrongDimensionError) as caught:
        read_space(path, language="en")
    assert caught.value.line == 2
    assert "expected 2 numbers, found 3" in str(caught.value)


def test_byte_order_mark_is_dropped_and_reported(tmp_path: Path) -> None:
    for header in (True, False):
        content = text(["le", "\ufeffla"], np.ones((2, 2), np.float32), header=header)
        read = read_space(store(tmp_path / "x", b"\xef\xbb\xbf" + content), language="fr")
        assert read.report.byte_order_mark
        assert read.space.words == ("le", "\ufeffla")
    read = read_space(store(tmp_path / "x", content), language="fr")
    assert not read.report.byte_order_mark


def test_numbers_in_unusual_notation(tmp_path: Path) -> None:
    path = store(tmp_path / "x", b"2 4\na +1 .5 1. 01.5\nb 1E3 -.25e-1 -0 0\n")
    read = read_space(path, language="en")
    np.testing.assert_array_equal(
        read.space.vectors, np.array([[1, 0.5, 1, 1.5], [1000, -0.025, 0, 0]], np.float32)
    )


def test_last_line_without_end(tmp_path: Path) -> None:
    path = store(tmp_path / "x", b"a 1 2\nb 3 4")
    assert read_space(path, language="en").space.words == ("a", "b")


def test_file_that_ends_within_a_line(tmp_path: Path) -> None:
    path = store(tmp_path / "x", b"a 1 2\nb 3 4\nc 5")
    with pytest.raises(TruncatedFileError) as caught:
        read_space(path, language="en")
    assert caught.value.line == 3
    read = read_space(path, language="en", on_error="skip")
    assert read.space.words == ("a", "b")
    assert read.report.skipped == {"truncated": 1}
    assert read.report.examples == {"truncated": 3}


def test_one_line_too_many(tmp_path: Path) -> None:
    path = store(tmp_path / "x", b"1 2\na 1 2\nb 3 4\nc 5 6\n")
    with pytest.raises(MalformedLineError, match="promises 1 words") as caught:
        read_space(path, language="en")
    assert caught.value.line == 3
    read = read_space(path, language="en", on_error="skip")
    assert read.space.words == ("a",)
    assert read.report.skipped == {"malformed": 2}


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_limit_keeps_the_first_words(tmp_path: Path, limit: int) -> None:
    # What stands after the last word wanted is not looked at.
    path = store(tmp_path / "x", b"a 1 2\nb 3 4\nc 5 6\nd 7 8\nd nonsense\n")
    read = read_space(path, language="en", limit=limit)
    assert read.space.words == ("a", "b", "c", "d")[:limit]
    assert read.space.vectors.shape == (limit, 2)


def test_limit_counts_words_kept(tmp_path: Path) -> None:
    path = store(tmp_path / "x", b"a 1 2\nb x 4\na 5 6\nc 7 8\nd 9 9\n")
    read = read_space(path, language="en", limit=3, on_error="skip")
    assert read.space.words == ("a", "c", "d")
    assert read.report.skipped == {"malformed": 1, "duplicate": 1}
    assert read.report.examples == {"malformed": 2, "duplicate": 3}


@pytest.mark.parametrize("limit", [0, -1])
def test_limit_has_to_be_positive(tmp_path: Path, limit: int) -> None:
    with pytest.raises(OptionError):
        read_space(store(tmp_path / "x", b"a 1 2\n"), language="en", limit=limit)


def test_zero_vectors_are_kept_and_counted(tmp_path: Path) -> None:
    path = store(tmp_path / "x", b"a 0 0\nb 1 0\nc 0.0 -0\n")
    read = read_space(path, language="en")
    assert read.space.words == ("a", "b", "c")
    assert read.report.zero_vectors == 2


def test_many_blocks(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    vectors = generator.standard_normal((9000, 30)).astype(np.float32)
    words = [f"w{number}" for number in range(9000)]
    content = text(words, vectors)
    assert len(content) > 4 << 20
    seen: list[int] = []
    read = read_space(store(tmp_path / "x", content), language="en", observe=seen.append)
    assert list(read.space.words) == words
    np.testing.assert_array_equal(read.space.vectors, vectors)
    assert seen == sorted(seen)
    assert len(seen) > 4
    assert seen[-1] == 9000


@pytest.mark.parametrize("line", [2, 2500, 7000, 9001])
def test_line_of_a_mistake_in_any_block(tmp_path: Path, line: int) -> None:
    lines = text([f"w{n}" for n in range(9000)], np.full((9000, 30), 0.123456, np.float32)).split(
        b"\n"
    )
    lines[line - 1] = lines[line - 1].replace(b" ", b" x", 1)
    with pytest.raises(MalformedLineError) as caught:
        read_space(store(tmp_path / "x", b"\n".join(lines)), language="en")
    assert caught.value.line == line
    assert f"number 1 of 'w{line - 2}'" in str(caught.value)


def test_growing_without_header(tmp_path: Path) -> None:
    # More words than the first capacity: the matrix has to grow.
    from isogloss.models.spaces.readers import collector

    count, first = 300, 64
    vectors = np.arange(count * 2, dtype=np.float32).reshape(count, 2)
    path = store(tmp_path / "x", text([f"w{n}" for n in range(count)], vectors, header=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collector, "_FIRST_CAPACITY", first)
        space = read_space(path, language="en").space
    np.testing.assert_array_equal(space.vectors, vectors)
