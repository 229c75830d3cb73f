from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.errors import LexiconError
from isogloss.models.spaces import EmbeddingSpace, read_lexicon


def _store(folder: Path, content: bytes) -> Path:
    path = folder / "lexicon.txt"
    path.write_bytes(content)
    return path


def test_several_targets_in_the_order_of_the_file(tmp_path: Path) -> None:
    lexicon = read_lexicon(_store(tmp_path, b"cat chat\ndog chien\ncat matou\ncat chat\n"))
    assert lexicon.entries == {"cat": ("chat", "matou"), "dog": ("chien",)}
    assert len(lexicon) == 2


def test_tabs_blank_lines_and_windows_line_ends(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbfcat\tchat\r\n\r\ndog  chien\r\n"
    assert read_lexicon(_store(tmp_path, content)).entries == {"cat": ("chat",), "dog": ("chien",)}


def test_no_break_space_and_case_stay(tmp_path: Path) -> None:
    lexicon = read_lexicon(_store(tmp_path, "New\u00a0York new\u00a0york\n".encode()))
    assert lexicon.entries == {"New\u00a0York": ("new\u00a0york",)}


WORD = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=" \t\n\r\ufeff"), min_size=1
)


@given(st.lists(st.tuples(WORD, WORD), min_size=1, max_size=10))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]) -> None:
    content = "".join(f"{source} {target}\n" for source, target in pairs).encode()
    lexicon = read_lexicon(_store(tmp_path_factory.getbasetemp(), content))
    read = {(source, target) for source, targets in lexicon.entries.items() for target in targets}
    assert read == set(pairs)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", None, "found none"),
        (b"\n\n", None, "found none"),
        (b"cat chat\ndog\n", 2, "found 1 words"),
        (b"cat chat\n\ndog gros chien\n", 3, "found 3 words"),
        (b"cat chat\ndog chi\xe9n\n", 2, "UTF-8"),
    ],
)
def test_faults_are_named(tmp_path: Path, content: bytes, line: int | None, message: str) -> None:
    with pytest.raises(LexiconError, match=message) as caught:
        read_lexicon(_store(tmp_path, content))
    assert caught.value.line == line


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="cannot be read"):
        read_lexicon(tmp_path / "missing")


def test_row_pairs_of_the_words_in_both_vocabularies(tmp_path: Path) -> None:
    lexicon = read_lexicon(_store(tmp_path, b"cat chat\ncat matou\ndog chien\nsun soleil\n"))
    source = EmbeddingSpace("en", ("dog", "cat"), np.ones((2, 2), np.float32))
    target = EmbeddingSpace("fr", ("soleil", "matou", "chat"), np.ones((3, 2), np.float32))
    assert lexicon.row_pairs(source, target).tolist() == [[1, 2], [1, 1]]
