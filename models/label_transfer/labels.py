"""Labels of words, for instance parts of speech or topics."""

from __future__ import annotations

from pathlib import Path

from isogloss.models.errors import LabelsError


def read_labels(path: Path) -> dict[str, str]:
    """Read lines of ``word <tab> label``; empty lines hold nothing.

    Returns:
        Word → label, in the order of the file.

    Raises:
        LabelsError: The file cannot be read or is empty, a line is not a word and a label, or a
            word has two labels; names the line.

    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise LabelsError(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        raise LabelsError(path, "expected UTF-8", line=before.count(b"\n") + 1) from error
    labels: dict[str, str] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        content = line.rstrip("\r")
        if not content:
            continue
        word, tab, label = content.partition("\t")
        if not (word and tab and label) or "\t" in label:
            raise LabelsError(path, f"expected 'word<tab>label', found {content!r}", line=number)
        if labels.setdefault(word, label) != label:
            raise LabelsError(
                path, f"{word!r} has the labels {labels[word]!r} and {label!r}", line=number
            )
    if not labels:
        raise LabelsError(path, "expected at least one word with a label, found none")
    return labels
