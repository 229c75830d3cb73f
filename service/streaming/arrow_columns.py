"""Columns of an Arrow record batch to rows, and answers to columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float

from isogloss.service.streaming.problems import check_word, missing, wrong_length
from isogloss.service.streaming.rows import (
    AlignedRows,
    MalformedStreamError,
    Problem,
    Rows,
    TranslatedRows,
)
from isogloss.service.streaming.vectors import checked_rows

_NEIGHBOUR = pa.struct([("word", pa.string()), ("score", pa.float32())])
TRANSLATED = pa.schema(
    [
        ("word", pa.string()),
        ("neighbours", pa.list_(_NEIGHBOUR)),
        ("in_vocabulary", pa.bool_()),
        ("error", pa.string()),
        ("message", pa.string()),
    ]
)
"""Columns of the answers of ``translate``."""


def aligned_schema(dimension: int) -> pa.Schema:
    """Columns of the answers of ``align``; ``vector`` and the last two exclude each other."""
    return pa.schema(
        [
            ("word", pa.string()),
            ("vector", pa.list_(pa.float32(), dimension)),
            ("error", pa.string()),
            ("message", pa.string()),
        ]
    )


def check_schema(schema: pa.Schema, dimension: int) -> None:
    """Refuse columns that cannot be read.

    Raises:
        MalformedStreamError: A column is unknown or of another type, or there is none.

    """
    expected = f"word: string, vector: fixed_size_list<float>[{dimension}], one or both"
    types = {field.name: field.type for field in schema}
    word, vector = types.get("word"), types.get("vector")
    if (
        not types
        or len(types) != len(schema)
        or types.keys() - {"word", "vector"}
        or not (word is None or pa.types.is_string(word) or pa.types.is_large_string(word))
        or not (vector is None or _is_vector(vector))
    ):
        found = ", ".join(f"{field.name}: {field.type}" for field in schema)
        raise MalformedStreamError(
            f"columns: expected {expected}, found {ascii(found)[1:-1][:200]}",
            expected=expected,
            found=ascii(found)[1:-1][:200],
        )
    if vector is not None and pa.types.is_fixed_size_list(vector) and vector.list_size != dimension:
        raise MalformedStreamError(
            f"vector: expected {dimension} numbers, found {vector.list_size} numbers",
            expected=f"{dimension} numbers",
            found=f"{vector.list_size} numbers",
        )


def rows_of_batch(
    batch: pa.RecordBatch, first: int, dimension: int, *, most_word_length: int
) -> Rows:
    """Read the columns of a batch whose schema was checked."""
    problems: dict[int, Problem] = {}
    words: tuple[str | None, ...] | None = None
    if "word" in batch.schema.names:
        words = tuple(batch.column("word").to_pylist())
        for row, word in enumerate(words):
            if word is not None and (problem := check_word(word, most_word_length)):
                problems[row] = problem
    vectors: Float[np.ndarray, "n m"] | None = None
    given: Bool[np.ndarray, " n"] | None = None
    if "vector" in batch.schema.names:
        column = batch.column("vector")
        vectors, lengths = _matrix(column, dimension)
        if column.null_count:
            given = np.asarray(column.is_valid())
        for row in np.flatnonzero(lengths != dimension).tolist():
            if given is None or given[row]:
                problems[row] = wrong_length(dimension, int(lengths[row]))
    if vectors is None or given is not None:
        for row in range(batch.num_rows):
            has_vector = given is not None and given[row]
            if not has_vector and (words is None or words[row] is None):
                problems[row] = missing()
    if vectors is None:
        return Rows(first, batch.num_rows, words, problems=problems)
    return checked_rows(first, vectors, words=words, given=given, problems=problems)


def aligned_batch(answers: AlignedRows, schema: pa.Schema) -> pa.RecordBatch:
    """Answers of ``align`` as columns."""
    dimension = answers.vectors.shape[1]
    numbers = pa.array(answers.vectors.reshape(-1))
    absent = _mask(len(answers.vectors), list(answers.problems))
    vectors = pa.FixedSizeListArray.from_arrays(numbers, dimension, mask=absent)
    return pa.record_batch(
        [
            _words(answers.words, len(answers.vectors)),
            vectors,
            *_errors(answers.problems, len(answers.vectors)),
        ],
        schema=schema,
    )


def translated_batch(answers: TranslatedRows) -> pa.RecordBatch:
    """Answers of ``translate`` as columns."""
    count = len(answers.neighbours)
    neighbours = [
        [{"word": one.word, "score": one.score} for one in each] for each in answers.neighbours
    ]
    return pa.record_batch(
        [
            _words(answers.words, count),
            pa.array(neighbours, TRANSLATED.field("neighbours").type),
            pa.array(answers.in_vocabulary, pa.bool_()),
            *_errors(answers.problems, count),
        ],
        schema=TRANSLATED,
    )


def _is_vector(found: pa.DataType) -> bool:
    lists = (pa.types.is_fixed_size_list, pa.types.is_list, pa.types.is_large_list)
    return any(is_list(found) for is_list in lists) and pa.types.is_floating(found.value_type)


def _matrix(column: pa.Array, dimension: int) -> tuple[Float[np.ndarray, "n m"], np.ndarray]:
    """Numbers of a column, of shape [n, m], and how many each row has.

    A row that is null or of another length is zero.
    """
    if pa.types.is_fixed_size_list(column.type):
        values = column.values.slice(column.offset * dimension, len(column) * dimension)
        matrix = values.to_numpy(zero_copy_only=False).reshape(len(column), dimension)
        if column.null_count:
            matrix = np.where(np.asarray(column.is_valid())[:, None], matrix, 0)
        return matrix, np.full(len(column), dimension)
    offsets = column.offsets.to_numpy()
    lengths = np.diff(offsets)
    fits = (lengths == dimension) & np.asarray(column.is_valid())
    numbers = column.values.to_numpy(zero_copy_only=False)
    if fits.all():
        return numbers[offsets[0] : offsets[-1]].reshape(-1, dimension), lengths
    matrix = np.zeros((len(column), dimension), numbers.dtype)
    for row in np.flatnonzero(fits).tolist():
        matrix[row] = numbers[offsets[row] : offsets[row + 1]]
    return matrix, lengths


def _words(words: tuple[str | None, ...] | None, count: int) -> pa.Array:
    return pa.nulls(count, pa.string()) if words is None else pa.array(words, pa.string())


def _errors(problems: Mapping[int, Problem], count: int) -> tuple[pa.Array, pa.Array]:
    """Columns ``error`` and ``message``."""
    if not problems:
        return pa.nulls(count, pa.string()), pa.nulls(count, pa.string())
    by_row = [problems.get(row) for row in range(count)]
    return (
        pa.array([each and each.code for each in by_row], pa.string()),
        pa.array([each and each.message for each in by_row], pa.string()),
    )


def _mask(count: int, rows: list[int]) -> pa.Array | None:
    if not rows:
        return None
    absent = np.zeros(count, bool)
    absent[rows] = True
    return pa.array(absent)
