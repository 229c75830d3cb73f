"""Decimal numbers in text, many at once.

A file of 200,000 words × 300 holds sixty million numbers; the time to read it is the time to parse
them. Written with commas and brackets, a block of them is a JSON array, and pydantic's parser reads
that several times faster than `float` or `numpy.fromstring`, rounding as `float` does. What is not
JSON (``+1``, ``.5``, ``1.``) takes the slow way, with the same result.
"""

from __future__ import annotations

import re

import numpy as np
from jaxtyping import Float64
from pydantic_core import from_json

_NUMBER = re.compile(
    rb"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|nan|inf|infinity)", re.IGNORECASE
)
_ALPHABET = b"0123456789+-.eE "


def is_number(field: bytes) -> bool:
    """Whether a field is a decimal number, NaN or infinity; without underscores or spaces."""
    return _NUMBER.fullmatch(field) is not None


def parse_block(text: bytes, count: int) -> Float64[np.ndarray, " count"] | None:
    """Parse numbers parted by single spaces.

    Args:
        text: The numbers.
        count: How many are expected.

    Returns:
        The numbers, each what ``float`` makes of it, or None where the text is not exactly
        ``count`` plain finite JSON numbers and has to be looked at one by one.

    """
    # Nothing but numbers may reach the parser: JSON knows strings and lists too.
    if text.translate(None, _ALPHABET):
        return None
    if b"-0 " in text or text.endswith(b"-0"):
        # As JSON "-0" is an integer, and integers have no negative zero.
        text = (text + b" ").replace(b"-0 ", b"-0.0 ")[:-1]
    try:
        values = from_json(b"[" + text.replace(b" ", b",") + b"]")
        if len(values) != count:
            return None
        return np.fromiter(values, np.float64, count)
    except (ValueError, OverflowError):
        return None


def parse_fields(fields: list[bytes]) -> Float64[np.ndarray, " n"]:
    """Parse numbers one by one.

    Raises:
        ValueError: A field is not a number; its argument is the field's position, from 1.

    """
    for position, field in enumerate(fields, start=1):
        if not is_number(field):
            raise ValueError(position)
    return np.array([float(field) for field in fields], np.float64)
