"""What a program holds in memory → a space: known by what it can do, without importing anything.

| what | known by |
| --- | --- |
| a space | its class |
| words and a matrix | a pair |
| word → vector | a mapping |
| gensim `KeyedVectors`, or a model that has them as `wv` | `index_to_key` and `vectors` |
| spaCy `Vectors`, `Vocab` or a pipeline | `key2row` and `data`; `vocab`, `vectors` and `strings` |
| a table of Arrow, pandas or Polars with a word and a list column | `columns` |
| a pandas frame of numbers, the words being its index | `columns` and `index` |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from isogloss.models.choices import OnError
from isogloss.models.errors import InputError, OptionError, ShapeError, TextEncodingError
from isogloss.models.spaces.embedding_space import EmbeddingSpace, SubwordModel
from isogloss.models.spaces.readers.collector import Collector
from isogloss.models.spaces.readers.read_space import ReadSpace
from isogloss.models.spaces.readers.report import ReadReport
from isogloss.models.spaces.row_blocks import count_zero_rows

EXPECTED = (
    "the path of a file, a Space, (words, matrix), a dictionary of vectors, gensim KeyedVectors, "
    "spaCy Vectors, or a table of pandas or Arrow with a word and a list column"
)
"""What may be given as the vectors of a language."""


class _Rows(NamedTuple):
    """Words and their vectors as an object gave them."""

    words: Sequence[object]
    vectors: np.ndarray
    subwords: SubwordModel | None = None


def space_of(
    source: object,
    *,
    language: str,
    limit: int | None = None,
    on_error: OnError = "fail",
    observe: Callable[[int], None] | None = None,
) -> ReadSpace:
    """Take words and vectors that a program holds in memory, the most frequent first.

    The vectors are copied: what happens to the object later changes nothing.

    Args:
        source: See the table of this module.
        language: Code of the language.
        limit: Keep the first so many words; None keeps all.
        on_error: ``fail`` raises at the first bad word; ``skip`` counts it and goes on.
        observe: Is told how many words are taken so far.

    Raises:
        InputError: The object is none of these, or its words and vectors do not fit together.
        ShapeError: The vectors are no matrix with a row per word.
        VectorFileError: A word or a vector cannot be used; names it and its row from 1.
        OptionError: ``limit`` is not positive.

    """
    if limit is not None and limit < 1:
        raise OptionError(f"limit: expected at least 1, found {limit}")
    kind, rows = _rows_of(source, language)
    vectors = _matrix(rows.vectors, len(rows.words), language)
    path = Path(f"<vectors of {language}>")
    collector = Collector(
        path,
        dimension=vectors.shape[1],
        promised=len(vectors),
        limit=limit,
        on_error=on_error,
        observe=observe,
    )
    _collect(rows.words, vectors, collector)
    words, kept = collector.finish()
    report = ReadReport(
        path=path,
        format=kind,
        compression="none",
        kept=len(words),
        dimension=collector.dimension,
        zero_vectors=count_zero_rows(kept),
        skipped=collector.skipped,
        examples=collector.examples,
    )
    return ReadSpace(EmbeddingSpace(language, words, kept, rows.subwords), report)


def is_known(source: object) -> bool:
    """Whether an object is of a kind that vectors may be taken from."""
    return any(kind.recognises(source) for kind in _KINDS)


def _rows_of(source: Any, language: str) -> tuple[str, _Rows]:
    for kind in _KINDS:
        if kind.recognises(source):
            return kind.name, kind.rows(source, language)
    raise InputError(f"vectors of {language}: expected {EXPECTED}; found {type(source).__name__}")


def _of_space(space: EmbeddingSpace, language: str) -> _Rows:
    return _Rows(space.words, space.vectors, space.subwords)


def _of_pair(pair: Sequence[Any], language: str) -> _Rows:
    return _Rows(_listed(pair[0]), _numbers(pair[1], language))


def _of_mapping(source: Mapping[Any, Any], language: str) -> _Rows:
    if not source:
        raise InputError(f"vectors of {language}: the dictionary holds no word")
    return _Rows(list(source), _stacked(source.values(), list(source), language))


def _of_gensim(source: Any, language: str) -> _Rows:
    keyed = getattr(source, "wv", source)
    return _Rows(_listed(keyed.index_to_key), _numbers(keyed.vectors, language))


def _of_spacy(source: Any, language: str) -> _Rows:
    vocabulary = getattr(source, "vocab", source)
    strings, vectors = vocabulary.strings, getattr(vocabulary, "vectors", source)
    if getattr(vectors, "mode", "default") != "default":
        raise InputError(
            f"vectors of {language}: spaCy's {vectors.mode} vectors belong to no list of words"
        )
    # The keys are hashes; several words may share a row.
    rows = sorted(vectors.key2row.items(), key=lambda item: int(item[1]))
    try:
        words = [strings[int(key)] for key, _ in rows]
    except KeyError as error:
        raise InputError(
            f"vectors of {language}: spaCy's table lacks the string of a key; give the pipeline "
            "or its vocab, which has the strings"
        ) from error
    data = vectors.data
    data = data.get() if hasattr(data, "get") else data  # CuPy
    return _Rows(words, np.asarray(data)[[int(row) for _, row in rows]])


def _of_arrow(table: Any, language: str) -> _Rows:
    names = list(table.column_names)
    kinds = {name: str(table.schema.field(name).type) for name in names}
    lists = [name for name in names if "list" in kinds[name]]
    word, vector = _columns(names, lists, language)
    column = table.column(vector)
    if column.null_count or table.column(word).null_count:
        raise InputError(f"vectors of {language}: the table has empty cells in {word} or {vector}")
    return _Rows(
        table.column(word).to_pylist(),
        _stacked(column.to_numpy(), table.column(word).to_pylist(), language),
    )


def _of_pandas(frame: Any, language: str) -> _Rows:
    names = list(frame.columns)
    numeric = [name for name in names if getattr(frame[name].dtype, "kind", "O") in "fiu"]
    if names and len(numeric) == len(names):
        return _Rows(frame.index.tolist(), _numbers(frame.to_numpy(), language))
    lists = [
        name
        for name in names
        if len(frame) and not isinstance(frame[name].iloc[0], str) and name not in numeric
    ]
    word, vector = _columns(names, lists, language)
    words = frame[word].tolist()
    return _Rows(words, _stacked(frame[vector].tolist(), words, language))


def _of_polars(frame: Any, language: str) -> _Rows:
    return _of_arrow(frame.to_arrow(), language)


def _columns(names: Sequence[Any], lists: Sequence[Any], language: str) -> tuple[Any, Any]:
    others = [name for name in names if name not in lists]
    if "vector" in lists:
        lists = ["vector"]
    if "word" in others:
        others = ["word"]
    if len(lists) != 1 or len(others) != 1:
        raise InputError(
            f"vectors of {language}: expected a table with one column of words and one of lists "
            "of numbers, or some named word and vector; found the columns "
            f"{', '.join(map(str, names))}"
        )
    return others[0], lists[0]


def _listed(words: Any) -> Sequence[object]:
    if isinstance(words, str) or not isinstance(words, Iterable):
        raise InputError(f"words: expected a sequence of words, found {type(words).__name__}")
    listed: Sequence[object] = words.tolist() if hasattr(words, "tolist") else list(words)
    return listed


def _stacked(vectors: Iterable[Any], words: Sequence[object], language: str) -> np.ndarray:
    rows: list[np.ndarray] = []
    for word, vector in zip(words, vectors, strict=True):
        row = _numbers(vector, language, word)
        if row.ndim != 1 or (rows and row.shape != rows[0].shape):
            expected = f"{len(rows[0])} numbers" if rows else "a list of numbers"
            raise ShapeError(
                f"vector of {word!r} ({language})", expected=expected, found=str(list(row.shape))
            )
        rows.append(row)
    return np.stack(rows) if rows else np.empty((0, 0), np.float32)


def _numbers(values: Any, language: str, word: object = None) -> np.ndarray:
    what = f"vectors of {language}" if word is None else f"vector of {word!r} ({language})"
    values = values.detach().cpu() if hasattr(values, "detach") else values  # PyTorch
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputError(f"{what}: expected numbers, all vectors of one length") from error
    if array.dtype.kind not in "fiu":
        raise InputError(f"{what}: expected numbers, found {array.dtype}")
    return array


def _matrix(vectors: np.ndarray, words: int, language: str) -> np.ndarray:
    if vectors.ndim != 2 or len(vectors) != words or 0 in vectors.shape:
        raise ShapeError(
            f"vectors of {language}",
            expected=f"[{words}, dimension], a row for each word",
            found=str(list(vectors.shape)),
        )
    return vectors if vectors.dtype.kind == "f" else vectors.astype(np.float64)


def _collect(words: Sequence[object], vectors: np.ndarray, collector: Collector) -> None:
    for row, word in enumerate(words):
        if not isinstance(word, str):
            raise InputError(
                f"{collector.path}:{row + 1}: expected a word, found {word!r} "
                f"({type(word).__name__})"
            )
    block = 4096
    for begin in range(0, len(words), block):
        if collector.full:
            return
        some = [str(word) for word in words[begin : begin + block]]
        good = [row for row, word in enumerate(some) if _is_unicode(word)]
        if len(good) < len(some):
            for row in sorted(set(range(len(some))) - set(good)):
                reason = f"expected a word in Unicode, found {some[row]!r}"
                collector.refuse(TextEncodingError(collector.path, reason, line=begin + row + 1))
        collector.take(
            [some[row] for row in good],
            vectors[begin : begin + block][good],
            [begin + row + 1 for row in good],
        )


def _is_unicode(word: str) -> bool:
    try:
        word.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _has(*names: str) -> Callable[[object], bool]:
    return lambda source: all(hasattr(source, name) for name in names)


class _Kind(NamedTuple):
    name: str
    recognises: Callable[[Any], bool]
    rows: Callable[[Any, str], _Rows]


_KINDS = (
    _Kind("space", lambda source: isinstance(source, EmbeddingSpace), _of_space),
    _Kind("dictionary", lambda source: isinstance(source, Mapping), _of_mapping),
    _Kind(
        "words and matrix",
        lambda source: isinstance(source, tuple | list) and len(source) == 2,
        _of_pair,
    ),
    _Kind(
        "gensim",
        lambda source: _has("index_to_key", "vectors")(getattr(source, "wv", source)),
        _of_gensim,
    ),
    _Kind(
        "spacy",
        lambda source: _has("strings", "vectors")(getattr(source, "vocab", source)),
        _of_spacy,
    ),
    _Kind("spacy", _has("key2row", "data", "strings"), _of_spacy),
    _Kind("arrow", _has("column_names", "schema"), _of_arrow),
    _Kind("polars", _has("columns", "to_arrow"), _of_polars),
    _Kind("pandas", _has("columns", "iloc"), _of_pandas),
)
"""Asked in this order."""
