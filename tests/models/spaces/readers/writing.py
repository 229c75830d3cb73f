"""Writes word vectors in each format, independently of the readers; and draws them at random."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

WORD = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=" \n\r\0"), min_size=1, max_size=8
).filter(lambda word: not word.startswith("\ufeff") and word == word.strip("\t"))
"""Any word of a text file: no space, no line end, neither mark before it nor tab around it."""


@st.composite
def spaces(draw: st.DrawFn) -> tuple[list[str], np.ndarray]:
    words = draw(st.lists(WORD, min_size=1, max_size=12, unique=True))
    shape = (len(words), draw(st.integers(2, 9)))
    finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
    return words, draw(arrays.arrays(np.float32, shape, elements=finite))


def text(
    words: Sequence[str], vectors: np.ndarray, *, header: bool = True, end: str = "\n"
) -> bytes:
    lines = [f"{len(words)} {vectors.shape[1]}"] if header else []
    for word, vector in zip(words, vectors, strict=True):
        lines.append(" ".join([word, *(repr(float(number)) for number in vector)]))
    return "".join(line + end for line in lines).encode()


def word2vec_binary(words: Sequence[str], vectors: np.ndarray, *, end: bytes = b"\n") -> bytes:
    records = [f"{len(words)} {vectors.shape[1]}\n".encode()]
    for word, vector in zip(words, vectors, strict=True):
        records.append(word.encode() + b" " + vector.astype("<f4").tobytes() + end)
    return b"".join(records)


def store(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
