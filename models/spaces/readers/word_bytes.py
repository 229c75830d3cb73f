"""Hands words that came as bytes, with their vectors, to the collector."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from isogloss.models.errors import TextEncodingError
from isogloss.models.spaces.readers.collector import Collector

_SHOWN = 40


def take_encoded(
    names: Sequence[bytes], vectors: Float[np.ndarray, "n d"], first: int, collector: Collector
) -> None:
    """Decode a block of words and hand it over; one by one where a word is not UTF-8.

    Args:
        names: The words.
        vectors: Their vectors, shape [n, dimension].
        first: Line or record of the first.
        collector: Where they go.

    Raises:
        TextEncodingError: A word is not UTF-8.
        VectorFileError: As ``Collector.take`` says.

    """
    if not names:
        return
    lines = range(first, first + len(names))
    try:
        words = [name.decode("utf-8") for name in names]
    except UnicodeDecodeError:
        for name, vector, line in zip(names, vectors, lines, strict=True):
            if collector.full:
                return
            try:
                word = name.decode("utf-8")
            except UnicodeDecodeError as error:
                reason = f"expected a word in UTF-8, found {name[:_SHOWN]!r}: {error.reason}"
                collector.refuse(TextEncodingError(collector.path, reason, line=line))
            else:
                collector.take([word], vector[None], [line])
    else:
        collector.take(words, vectors, lines)
