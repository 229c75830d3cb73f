r"""Words in lines whose fields are parted by tabs: one way to write them, everywhere.

A tab, a line end or a backslash within a word is written as in C, as PostgreSQL's text format and
linear TSV do. A word that begins with a quotation mark, or has blanks at its ends, is quoted.
"""

from __future__ import annotations

import re

_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_TABLE = str.maketrans(_ESCAPES)
_MEANINGS = {written: meant for meant, written in _ESCAPES.items()}
_WRITTEN = re.compile(r"\\[\\tnr]")


def escaped(word: str) -> str:
    r"""Write a word so that it is one field of one line.

    >>> escaped("a\tb\\c")
    'a\\tb\\\\c'
    """
    written = word.translate(_TABLE)
    if written[:1] in {" ", '"'} or written[-1:] == " ":
        # Blanks around a field do not count, and quotation marks would be taken off.
        written = f'"{written.replace(chr(34), chr(34) * 2)}"'
    return written


def unescaped(text: str) -> str:
    r"""Read a field that was written by :func:`escaped`; other backslashes stay.

    >>> unescaped(escaped("a\tb\\c")) == "a\tb\\c"
    True
    >>> unescaped(r"C:\users")
    'C:\\users'
    """
    return _WRITTEN.sub(lambda found: _MEANINGS[found[0]], unquoted(text))


def unquoted(text: str) -> str:
    """Take off quotation marks that enclose a field; a mark alone is a word.

    >>> [unquoted(text) for text in ('"New York"', '"', '""', 'say "x"')]
    ['New York', '"', '""', 'say "x"']
    """
    inner = text[1:-1]
    if len(text) > 2 and text[0] == text[-1] == '"' and '"' not in inner.replace('""', ""):
        return inner.replace('""', '"')
    return text
