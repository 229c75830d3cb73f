"""The one rule by which a line of text falls into a word and its numbers.

Blanks are ASCII spaces and tabs. Any number of them parts two fields, and those at the ends of a
line part nothing. The numbers stand at the right; what is left of them, without the blanks at its
ends, is the word. So a word may hold blanks but neither begins nor ends with one. Every other
character, such as a no-break space, belongs to words.
"""

from __future__ import annotations

from collections.abc import Sequence

from isogloss.models.spaces.readers.numbers import is_number

BLANKS = b" \t"
LINE_ENDS = BLANKS + b"\r"
"""What may stand between the last number and the line feed."""


def fields_of(line: bytes) -> list[bytes]:
    r"""Split at blanks.

    >>> fields_of(b" le  0.5\t1 ")
    [b'le', b'0.5', b'1']
    """
    return [field for field in line.replace(b"\t", b" ").split(b" ") if field]


def from_the_right(line: bytes, count: int) -> tuple[bytes, list[bytes]]:
    """Split off the last ``count`` fields; what is left keeps its inner blanks.

    >>> from_the_right(b"a  b 1  2", 2)
    (b'a  b', [b'1', b'2'])
    """
    rest = line.rstrip(BLANKS)
    last: list[bytes] = []
    while len(last) < count and rest:
        cut = max(rest.rfind(b" "), rest.rfind(b"\t")) + 1
        last.append(rest[cut:])
        rest = rest[:cut].rstrip(BLANKS)
    return rest.lstrip(BLANKS), last[::-1]


def numbers_at_end(fields: Sequence[bytes]) -> int:
    """Count the numbers at the right; the first field is a word, whatever it looks like."""
    count = 0
    for field in reversed(fields[1:]):
        if not is_number(field):
            break
        count += 1
    return count


def is_whole(field: bytes) -> bool:
    """Whether a field is digits alone, as counts and headers are; not more than 64 bits hold."""
    return len(field) <= 18 and field.isdigit()
