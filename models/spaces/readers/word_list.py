"""The words of a file that holds vectors alone: a text beside it, one word per line."""

from __future__ import annotations

import codecs
from pathlib import Path

from isogloss.models.errors import WordListError
from isogloss.models.spaces.readers.byte_source import open_source
from isogloss.models.spaces.readers.request import Request

_ENDINGS = (".words.txt", ".txt")
_SPACY = "key2row"


def read_word_list(request: Request) -> list[bytes]:
    """Read the word list of an array; nothing is stripped but the line ends.

    Looks for ``NAME.words.txt`` and ``NAME.txt`` beside the array where none was named.

    Raises:
        WordListError: There is none.
        VectorFileError: It cannot be read.

    """
    words = request.words if request.words is not None else _beside(request.path)
    pieces: list[bytes] = []
    with open_source(words, request.bounds) as source:
        while chunk := source.read_chunk():
            pieces.append(chunk)
        if source.failure is not None:
            raise source.failure
    text = b"".join(pieces).removeprefix(codecs.BOM_UTF8)
    if b"\0" in text[:4096]:
        raise WordListError(words, "expected one word per line, found no text")
    if b"\n" not in text:
        text = text.replace(b"\r", b"\n")  # an old Mac's
    return text.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")


def check_word_list(path: Path, found: int, vectors: int) -> None:
    """Refuse a list that does not fit.

    Raises:
        WordListError: There are more or fewer words than vectors.

    """
    if found != vectors:
        raise WordListError(path, f"expected a word for each of {vectors} vectors, found {found}")


def _beside(path: Path) -> Path:
    candidates = [path.with_name(path.stem + ending) for ending in _ENDINGS]
    words = next((each for each in candidates if each != path and each.is_file()), None)
    if words is None:
        tried = " and ".join(candidate.name for candidate in candidates)
        reason = f"an array needs a list of words; tried {tried} beside it"
        if path.with_name(_SPACY).exists():
            reason += "; of spaCy's folders, isogloss.align takes the pipeline: spacy.load(…)"
        raise WordListError(path, reason)
    return words
