"""Files of word labels, good and bad, and categories by suffix."""

from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.models.errors import LabelsError, OptionError
from isogloss.models.label_transfer.labels import read_labels
from research.methods.suffix_categories import suffix_categories


def test_words_and_labels_stand_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "labels.tsv"
    path.write_bytes("\ufeffÀ la\tNOUN phrase\r\n\nb\tverb\nb\tverb\n".encode())
    assert read_labels(path) == {"À la": "NOUN phrase", "b": "verb"}


@pytest.mark.parametrize(
    ("content", "message", "line"),
    [
        (b"a\tx\nb x\n", "expected 'word<tab>label', found 'b x'", 2),
        (b"a\t\n", "expected 'word<tab>label'", 1),
        (b"a\tx\ty\n", "expected 'word<tab>label'", 1),
        (b"a\tx\na\ty\n", "'a' has the labels 'x' and 'y'", 2),
        (b"a\tx\n\xff\ty\n", "expected UTF-8", 2),
        (b"\n\n", "expected at least one word with a label", None),
    ],
)
def test_a_bad_line_is_named(
    content: bytes, message: str, line: int | None, tmp_path: Path
) -> None:
    path = tmp_path / "labels.tsv"
    path.write_bytes(content)
    with pytest.raises(LabelsError) as caught:
        read_labels(path)
    assert message in caught.value.reason
    assert caught.value.line == line
    assert caught.value.path == path


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match=r"none\.tsv: cannot be read"):
        read_labels(tmp_path / "none.tsv")


def test_categories_follow_from_the_ending_of_a_long_enough_word() -> None:
    english = ["function", "cities", "quickly", "fly", "readable", "reading", "ring", "word"]
    assert suffix_categories("en", english) == {
        "function": "noun",
        "quickly": "adverb",
        "readable": "adjective",
        "reading": "participle",
    }
    french = ["fonction", "automatiquement", "document", "visible", "suivant", "mot"]
    assert suffix_categories("fr", french) == {
        "fonction": "noun",
        "automatiquement": "adverb",
        "visible": "adjective",
        "suivant": "participle",
    }
    assert suffix_categories("es", ["velocidad", "rápidamente"])["velocidad"] == "noun"
    with pytest.raises(OptionError, match="found de"):
        suffix_categories("de", ["Wort"])
