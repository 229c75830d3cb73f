"""Words from standard input."""

from __future__ import annotations

import sys

from isogloss.models.errors import InputError


def words_from_standard_input() -> list[str]:
    """Read one word per line, as it stands; empty lines hold no word.

    Raises:
        InputError: A line is not UTF-8, or there is no word at all.

    """
    words = []
    # Windows puts a byte-order mark before what it pipes.
    text = sys.stdin.buffer.read().removeprefix(b"\xef\xbb\xbf")
    for number, line in enumerate(text.split(b"\n"), start=1):
        try:
            word = line.removesuffix(b"\r").decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"standard input:{number}: expected UTF-8") from error
        if word:
            words.append(word)
    if not words:
        raise InputError("standard input: expected one word per line, found none")
    return words
