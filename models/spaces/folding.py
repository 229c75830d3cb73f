"""Words without case and marks."""

from __future__ import annotations

import unicodedata


def folded(word: str) -> str:
    """Take case and marks off a word, so that ``Ecole`` and ``école`` are the same."""
    parts = unicodedata.normalize("NFKD", word)
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()
