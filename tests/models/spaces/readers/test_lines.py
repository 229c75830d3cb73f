"""One rule for the fields of a line, headers in every variant, and lines that fit neither."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.errors import (
    MalformedLineError,
    TruncatedFileError,
    UnknownFormatError,
    VectorFileError,
    WrongDimensionError,
)
from isogloss.models.spaces import read_space
from tests.models.spaces.readers.writing import spaces, store, text

WORDS = [f"sa{number}" for number in range(40)]
VECTORS = np.random.default_rng(0).standard_normal((40, 12)).round(4).astype(np.float32)
LINES = text(WORDS, VECTORS, header=False).decode().splitlines()


def _read(path: Path, lines: list[str], *, end: str = "\n", on_error: str = "fail"):  # type: ignore[no-untyped-def]
    content = "".join(line + end for line in lines).encode()
    return read_space(store(path / "x", content), language="aa", on_error=on_error)  # type: ignore[arg-type]


def _assert_whole(read) -> None:  # type: ignore[no-untyped-def]
    assert list(read.space.words) == WORDS
    np.testing.assert_array_equal(read.space.vectors, VECTORS)
    assert not read.report.skipped


@pytest.mark.parametrize("header", ["40 12", None])
@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(" ", "  "),
        lambda line: line.replace(" ", "   ", 1),
        lambda line: line.replace(" ", "\t"),
        lambda line: line.replace(" ", "\t", 1),
        lambda line: line.replace(" ", " \t "),
        lambda line: f" {line}",
        lambda line: f"\t{line}",
        lambda line: f"{line}  ",
        lambda line: f"{line}\t",
        lambda line: f"{line} \r",
        lambda line: f"{line}\r\r",
        lambda line: f"{line.partition(' ')[0]:<9}{line.partition(' ')[2]}",
    ],
    ids=range(12),
)
def test_any_number_of_blanks_parts_two_fields(tmp_path: Path, header: str | None, change) -> None:  # type: ignore[no-untyped-def]
    lines = [] if header is None else [header]
    _assert_whole(_read(tmp_path, [*lines, *map(change, LINES)]))


@given(written=spaces(), blanks=st.lists(st.text(" \t", min_size=1, max_size=3), min_size=1))
def test_blanks_change_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    written: tuple[list[str], np.ndarray],
    blanks: list[str],
) -> None:
    words, vectors = written
    lines = text(words, vectors).decode().split("\n")
    taken = iter(blanks * 200)
    changed = "\n".join("".join(next(taken) if c == " " else c for c in line) for line in lines)
    path = store(tmp_path_factory.getbasetemp() / "blanks", changed.encode())
    space = read_space(path, language="aa").space
    assert list(space.words) == words
    np.testing.assert_array_equal(space.vectors, vectors)


@pytest.mark.parametrize(
    "header",
    ["40  12", "40\t12", " 40 12", "40 12 ", "40 12\r", "\ufeff40 12", "040 012"],
)
def test_headers_that_are_meant(tmp_path: Path, header: str) -> None:
    read = _read(tmp_path, [header, *LINES])
    _assert_whole(read)
    assert read.report.format == "fasttext-text"


@pytest.mark.parametrize(
    "header",
    [
        "40 12 1",
        "40.0 12.0",
        "40",
        "-40 12",
        "4e1 12",
        "12 40",
        "40 10",
        "40 300",
        "# vectors\n40 12",
        "0 1 2 3 4 5 6 7 8 9 10 11",
        "\n40 12",
    ],
)
def test_headers_that_are_broken_are_named_and_lose_no_word(tmp_path: Path, header: str) -> None:
    with pytest.raises((MalformedLineError, WrongDimensionError)) as caught:
        _read(tmp_path, [header, *LINES])
    assert caught.value.line == 1
    read = _read(tmp_path, [header, *LINES], on_error="skip")
    assert list(read.space.words) == WORDS
    np.testing.assert_array_equal(read.space.vectors, VECTORS)
    assert sum(read.report.skipped.values()) == 1
    assert set(read.report.examples.values()) == {1}


def test_words_and_dimension_exchanged_is_said(tmp_path: Path) -> None:
    with pytest.raises(WrongDimensionError, match="exchanged"):
        _read(tmp_path, ["12 40", *LINES])


@pytest.mark.parametrize("header", [True, False])
def test_line_ends_of_old_macs(tmp_path: Path, header: bool) -> None:
    lines = ["40 12", *LINES] if header else LINES
    _assert_whole(_read(tmp_path, lines, end="\r"))
    content = "\r".join(lines).encode()
    _assert_whole(read_space(store(tmp_path / "x", content), language="aa"))
    broken = [*lines[:20], "no numbers", *lines[20:]]
    with pytest.raises(MalformedLineError) as caught:
        _read(tmp_path, broken, end="\r")
    assert caught.value.line == 21


@pytest.mark.parametrize("empty", ["", " ", "\t ", "\r"])
@pytest.mark.parametrize("count", [1, 3, 5000])
def test_empty_lines_at_the_end_are_none(tmp_path: Path, empty: str, count: int) -> None:
    _assert_whole(_read(tmp_path, ["40 12", *LINES, *[empty] * count]))
    _assert_whole(_read(tmp_path, [*LINES, *[empty] * count]))


def test_empty_lines_between_words_are_named(tmp_path: Path) -> None:
    lines = [*LINES[:7], "", "", *LINES[7:]]
    with pytest.raises(MalformedLineError, match="found an empty line") as caught:
        _read(tmp_path, lines)
    assert caught.value.line == 8
    read = _read(tmp_path, lines, on_error="skip")
    assert list(read.space.words) == WORDS
    assert read.report.skipped == {"malformed": 2}


def test_empty_lines_do_not_make_up_for_words(tmp_path: Path) -> None:
    with pytest.raises(TruncatedFileError, match="promises 41 words, found 40"):
        _read(tmp_path, ["41 12", *LINES, "", ""])


@pytest.mark.parametrize(
    "word",
    ["Windows 10", "iPhone 7 Plus", "Python 2.7", "1 2 3", "10 000", "2 + 2", "a  b", "a\tb 7"],
)
def test_words_of_several_parts_where_the_header_gives_the_dimension(
    tmp_path: Path, word: str
) -> None:
    numbers = LINES[20].partition(" ")[2]
    lines = ["41 12", *LINES[:20], f"{word} {numbers}", *LINES[20:]]
    read = _read(tmp_path, lines)
    assert read.space.words[20] == word
    np.testing.assert_array_equal(read.space.vectors[20], VECTORS[20])
    assert len(read.space) == 41


def test_a_vector_that_is_too_long_is_no_word_of_several_parts(tmp_path: Path) -> None:
    lines = ["40 12", *LINES[:20], f"{LINES[20]} 0.1234", *LINES[21:]]
    with pytest.raises(WrongDimensionError, match="'sa20': expected 12 numbers, found 13") as found:
        _read(tmp_path, lines)
    assert found.value.line == 22


def test_a_column_of_counts_is_noticed(tmp_path: Path) -> None:
    lines = [line.replace(" ", f" {9000 - 7 * row} ", 1) for row, line in enumerate(LINES, start=1)]
    for header in ([], ["40 12"], ["40 13"]):
        for on_error in ("fail", "skip"):
            with pytest.raises(UnknownFormatError, match=r"8993, 8986.*column of counts"):
                _read(tmp_path, [*header, *lines], on_error=on_error)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("separator", [" ", "\t"])
def test_a_column_of_an_index_is_noticed(tmp_path: Path, first: int, separator: str) -> None:
    lines = [f"{row}{separator}{line}" for row, line in enumerate(LINES, start=first)]
    for header in ([], ["40 12"]):
        with pytest.raises(UnknownFormatError, match="column of an index"):
            _read(tmp_path, [*header, *lines])


def test_words_that_are_numbers_are_no_index(tmp_path: Path) -> None:
    lines = [f"{row} {line.partition(' ')[2]}" for row, line in enumerate(LINES)]
    for header in ([], ["40 12"]):
        assert _read(tmp_path, [*header, *lines]).space.words[:3] == ("0", "1", "2")


def test_a_bad_first_line_does_not_hide_the_dimension(tmp_path: Path) -> None:
    for first in ("sa x 0.5", "sa 0.5 0.25", "word dim0 dim1", "sa 0,5 0,25"):
        read = _read(tmp_path, [first, *LINES], on_error="skip")
        assert list(read.space.words) == WORDS
        with pytest.raises(VectorFileError) as caught:
            _read(tmp_path, [first, *LINES])
        assert caught.value.line == 1


def test_a_decimal_comma_is_named(tmp_path: Path) -> None:
    lines = ["40 12", *LINES[:3], LINES[3].replace(".", ",", 1), *LINES[4:]]
    with pytest.raises(MalformedLineError, match="decimals are parted by a point") as caught:
        _read(tmp_path, lines)
    assert caught.value.line == 5


@pytest.mark.parametrize("number", ["0x1F", "1_000", "−0.5", "１", "1e", "--1", "NaN1", "∞"])
def test_what_is_no_number_is_named(tmp_path: Path, number: str) -> None:
    lines = [*LINES[:3], f"sa3 {number} " + LINES[3].split(" ", 2)[2], *LINES[4:]]
    with pytest.raises((MalformedLineError, WrongDimensionError)) as caught:
        _read(tmp_path, lines)
    assert caught.value.line == 4


def test_a_line_without_end_is_left_out_and_the_others_kept(tmp_path: Path) -> None:
    endless = "sa 1" + " 1" * (3 << 20)
    lines = ["41 12", *LINES[:20], endless, *LINES[20:]]
    with pytest.raises(MalformedLineError) as caught:
        _read(tmp_path, lines)
    assert caught.value.line == 22
    read = _read(tmp_path, lines, on_error="skip")
    assert list(read.space.words) == WORDS
    assert read.report.skipped == {"malformed": 1}
