"""Files that a space can be written to: one registry, for the library and the command line."""

from __future__ import annotations

import contextlib
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, cast

import numpy as np

from isogloss.models.conversion.libraries import to_arrow, to_keyed_vectors
from isogloss.models.conversion.optional_packages import optional_package
from isogloss.models.errors import FileError, InputError, OptionError
from isogloss.models.spaces.embedding_space import EmbeddingSpace

_ROWS_AT_ONCE = 1024
_ENDS = frozenset(" \t\n\v\f\r")
"""What readers of text take for the end of a word or of a line."""
_SAFETENSORS_HEADER = 100_000_000
"""Bytes that a reader of safetensors takes as a header at most; the words stand there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorFormat:
    """A kind of file that holds words and their vectors.

    Attributes:
        name: Under which it is asked for, for instance ``vec``.
        suffixes: By which it is told from the name of a file; the first is the usual one.
        description: What reads it.
        write: Writes a space to a path at which nothing stands.

    """

    name: str
    suffixes: tuple[str, ...]
    description: str
    write: Callable[[EmbeddingSpace, Path], None]


def choose_format(path: Path, name: str | None = None) -> VectorFormat:
    """Find a format by its name, or by the end of the path where no name is given.

    >>> choose_format(Path("aligned/en.vec")).name
    'vec'
    >>> choose_format(Path("aligned/en.parquet")).description
    'Parquet: columns `word` and `vector`'

    Raises:
        OptionError: There is no such format; names those that there are.

    """
    if name is not None:
        if name not in VECTOR_FORMATS:
            known = ", ".join(VECTOR_FORMATS)
            raise OptionError(f"format: expected one of {known}; found {name!r}")
        return VECTOR_FORMATS[name]
    for each in VECTOR_FORMATS.values():
        if path.name.lower().endswith(each.suffixes):
            return each
    known = ", ".join(suffix for each in VECTOR_FORMATS.values() for suffix in each.suffixes)
    raise OptionError(f"{path}: expected a name that ends in one of {known}")


def write_space(space: EmbeddingSpace, path: Path, *, format_name: str | None = None) -> None:
    """Write words and vectors to a file, exactly; what stood there is replaced as a whole.

    Every format keeps float32 numbers bit for bit.

    Args:
        space: The words with their vectors.
        path: The file; folders that are missing are made.
        format_name: A key of :data:`VECTOR_FORMATS`; None tells it from the end of the path.

    Raises:
        OptionError: There is no such format.
        InputError: The format cannot hold a word; names it.
        DependencyError: The package that writes the format is not installed.
        FileError: The file cannot be written.

    """
    chosen = choose_format(path, format_name)
    # The end stays, as it may say that the file is to be compressed.
    unfinished = path.with_name(f".unfinished.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise FileError(path, "expected the name of a file, found a folder")
        chosen.write(space, unfinished)
        unfinished.replace(path)
    except OSError as error:
        raise FileError(path, f"cannot be written: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _write_vec(space: EmbeddingSpace, path: Path) -> None:
    for word in space.words:
        if not word or not _ENDS.isdisjoint(word):
            raise _unfit(word, "vec", "a word without white space")
    numbers = " ".join(["%.9g"] * space.dimension)
    with _opened(path) as file:
        file.write(f"{len(space)} {space.dimension}\n".encode())
        for begin in range(0, len(space), _ROWS_AT_ONCE):
            rows = space.vectors[begin : begin + _ROWS_AT_ONCE].tolist()
            words = space.words[begin : begin + _ROWS_AT_ONCE]
            # Nine digits tell every float32 from its neighbours.
            lines = [
                f"{word} {numbers % tuple(row)}\n" for word, row in zip(words, rows, strict=True)
            ]
            file.write(_encoded("".join(lines), space.words, "vec"))


def _write_npz(space: EmbeddingSpace, path: Path) -> None:
    for word in space.words:
        if word.endswith("\0"):
            raise _unfit(word, "npz", "a word that does not end in a zero byte")
    with path.open("wb") as file:
        np.savez(file, words=np.array(space.words), vectors=space.vectors)


def _write_parquet(space: EmbeddingSpace, path: Path) -> None:
    parquet = optional_package("pyarrow.parquet", purpose="writing Parquet", install="pyarrow")
    parquet.write_table(to_arrow(space), path)


def _write_gensim(space: EmbeddingSpace, path: Path) -> None:
    # One file, however large: else gensim puts the numbers into a second one beside it.
    to_keyed_vectors(space).save(str(path), sep_limit=1 << 62)


def _write_safetensors(space: EmbeddingSpace, path: Path) -> None:
    from safetensors.numpy import save_file  # noqa: PLC0415

    words = json.dumps(space.words)
    if len(words) > _SAFETENSORS_HEADER // 2:
        raise InputError("safetensors: the words are too many for the header; parquet holds them")
    vectors = np.ascontiguousarray(space.vectors)
    save_file({"vectors": vectors}, path, {"language": space.language, "words": words})


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with path.open("wb") as file:
        if path.suffix != ".gz":
            yield file
            return
        # Without the time, the same space gives the same file.
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as compressed:
            yield cast("BinaryIO", compressed)


def _encoded(text: str, words: tuple[str, ...], name: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        broken = next(word for word in words if not word.isascii() and _is_broken(word))
        raise _unfit(broken, name, "a word in Unicode") from error


def _is_broken(word: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in word)


def _unfit(word: str, name: str, expected: str) -> InputError:
    return InputError(f"{name}: expected {expected}, found {word!r}; npz and parquet hold any word")


VECTOR_FORMATS: Mapping[str, VectorFormat] = MappingProxyType(
    {
        each.name: each
        for each in (
            VectorFormat(
                name="vec",
                suffixes=(".vec", ".vec.gz"),
                description="text of fastText and word2vec, read by nearly everything",
                write=_write_vec,
            ),
            VectorFormat(
                name="npz",
                suffixes=(".npz",),
                description="NumPy: arrays `words` and `vectors`",
                write=_write_npz,
            ),
            VectorFormat(
                name="parquet",
                suffixes=(".parquet",),
                description="Parquet: columns `word` and `vector`",
                write=_write_parquet,
            ),
            VectorFormat(
                name="gensim",
                suffixes=(".kv",),
                description="gensim: KeyedVectors.load",
                write=_write_gensim,
            ),
            VectorFormat(
                name="safetensors",
                suffixes=(".safetensors",),
                description="safetensors: `vectors`, and the words as JSON in the metadata",
                write=_write_safetensors,
            ),
        )
    }
)
"""Name → format, in the order in which they are shown."""
