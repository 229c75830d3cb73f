"""Ways in which the same word is written, tried where a vocabulary lacks it as it stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from typing import Literal

from isogloss.models.spaces.word_text import unescaped

_CONCEPTNET = re.compile(r"/c/[a-z]{2,3}(?:-[a-z]+)?/")


@dataclass(frozen=True, slots=True)
class WordForm:
    """A way to write words.

    Attributes:
        how: As it stands in sentences: the vocabulary has the word ``in lower case``.
        written: Writes a word of a language so.

    """

    how: str
    written: Callable[[str, str], str]


def _composed(kind: Literal["NFC", "NFD"]) -> Callable[[str, str], str]:
    return lambda word, _: unicodedata.normalize(kind, word)


_FORMS: tuple[WordForm, ...] = (
    WordForm("composed (NFC)", _composed("NFC")),
    WordForm("decomposed (NFD)", _composed("NFD")),
    WordForm("in lower case", lambda word, _: word.lower()),
    WordForm("with a capital", lambda word, _: word[:1].upper() + word[1:].lower()),
    WordForm("in capitals", lambda word, _: word.upper()),
    WordForm("with the prefix /c/…/", lambda word, language: f"/c/{language.lower()}/{word}"),
    WordForm("without the prefix /c/…/", lambda word, _: _CONCEPTNET.sub("", word, count=1)),
    WordForm("with underscores", lambda word, _: word.replace(" ", "_")),
    WordForm("with spaces", lambda word, _: word.replace("_", " ")),
    WordForm("without the byte-order mark", lambda word, _: word.removeprefix("\ufeff")),
    WordForm("without blanks around it", lambda word, _: word.strip()),
    WordForm("without escapes", lambda word, _: unescaped(word)),
)


def written_forms(word: str, language: str) -> Iterator[tuple[str, str]]:
    """Give other ways to write a word, and how each is called; the least change first.

    >>> dict(written_forms("CAFE\u0301", "fr"))["CAFÉ"]
    'composed (NFC)'
    """
    single = [(form.written(word, language), form.how) for form in _FORMS]
    changed = [(written, how) for written, how in single if written != word]
    yield from changed
    for once, first in changed:
        for form in _FORMS:
            twice = form.written(once, language)
            if twice not in (once, word):
                yield twice, f"{first}, {form.how}"


def known_form(word: str, vocabulary: Container[str], language: str) -> tuple[str, str] | None:
    """Find how the vocabulary writes a word that it lacks as it stands.

    Returns:
        The word as the vocabulary has it, and how that differs; None where it has none.

    """
    return next(
        ((written, how) for written, how in written_forms(word, language) if written in vocabulary),
        None,
    )
