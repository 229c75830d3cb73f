"""The files of a checkpoint: arrays, words, maps. Each is written and read in one place."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from isogloss.models.checkpoint.manifest import TransportEntry
from isogloss.models.errors import CheckpointContentError, CheckpointError
from isogloss.models.maps.fitted import FittedMap, TransportSpecification, map_of, shapes_of_weights
from isogloss.models.spaces.row_blocks import all_finite

SOURCE_WORDS = "source-words.json"
TARGET_WORDS = "target-words.json"
SOURCE_VECTORS = "source-vectors.safetensors"
NORMALIZERS = "normalizers.safetensors"
SUBWORDS = "subwords.safetensors"
TARGET_VECTORS = "target-vectors.safetensors"
NEIGHBOURS = "neighbours.safetensors"
POSTERIOR = "posterior.safetensors"
INDEX = "index.faiss"
HISTORY = "history.json"

Shape = tuple[int, ...]
_TYPES: Mapping[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
    "I32": np.dtype("<i4"),
}


def write_arrays(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays.

    Raises:
        CheckpointError: The disk cannot be written.

    """
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with _named_write_errors(file):
        safetensors.numpy.save_file(contiguous, file)


@contextmanager
def _named_write_errors(file: Path) -> Iterator[None]:
    """Name the error that the package has of its own for a disk that is full."""
    try:
        yield
    except safetensors.SafetensorError as error:
        raise CheckpointError(f"{file.name}: cannot be written: {error}") from error


def read_arrays(
    file: Path, shapes: Mapping[str, Shape | None], *, integers: Collection[str] = ()
) -> dict[str, np.ndarray]:
    """Map arrays into memory: every process that reads the file shares one copy of them.

    Args:
        file: Its hash was verified.
        shapes: The arrays that are expected; a shape of None is any matrix.
        integers: Names of those that are int32; the others are float32 and finite.

    Raises:
        CheckpointContentError: The names, types, shapes or values are not those expected.

    """
    arrays = _map(file)
    _check_names(file, set(shapes), set(arrays))
    for name, shape in shapes.items():
        array = arrays[name]
        expected = np.dtype(np.int32 if name in integers else np.float32)
        if array.dtype != expected:
            raise CheckpointContentError(
                f"{file}: {name}: expected {expected}, found {array.dtype}"
            )
        if array.shape != shape if shape is not None else array.ndim != 2:
            raise CheckpointContentError(
                f"{file}: {name}: expected shape {list(shape) if shape else '[n, m]'}, "
                f"found {list(array.shape)}"
            )
        if name not in integers and not all_finite(array.reshape(len(array), -1)):
            raise CheckpointContentError(f"{file}: {name}: holds NaN or infinity")
    return arrays


def _map(file: Path) -> dict[str, np.ndarray]:
    """Map the arrays of a safetensors file, once the package has checked its header."""
    try:
        with safetensors.safe_open(file, framework="np") as checked:
            names = list(checked.keys())
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            header = json.loads(opened.read(length))
        return {name: _map_array(file, 8 + length, header[name]) for name in names}
    except (safetensors.SafetensorError, KeyError, ValueError) as error:
        raise CheckpointContentError(f"{file}: expected safetensors: {error}") from error


def _map_array(file: Path, start: int, entry: Mapping[str, Any]) -> np.ndarray:
    dtype, shape = _TYPES[entry["dtype"]], tuple(entry["shape"])
    if 0 in shape:
        return np.empty(shape, dtype)
    # Copy on write: torch wants arrays that could be written to, and the file is never written.
    begin = start + int(entry["data_offsets"][0])
    mapped: np.ndarray = np.memmap(file, dtype, "c", begin, shape).view(np.ndarray)
    return mapped


def write_transport(file: Path, transport: FittedMap) -> TransportEntry:
    """Write the weights of a map; the entry says how to rebuild it.

    Raises:
        CheckpointContentError: The weights are neither float32 nor float64, or the map is composed
            of two others.

    """
    specification = transport.specification
    if specification.kind == "composed":
        raise CheckpointContentError("a map composed of two cannot be saved: save the two")
    weights = transport.arrays()
    write_arrays(file, weights)
    types = {str(array.dtype) for array in weights.values()}
    match sorted(types):
        case ["float32" | "float64" as dtype]:
            return TransportEntry(
                file=file.name,
                kind=specification.kind,
                hidden_widths=list(specification.hidden_widths),
                dtype=dtype,
            )
    raise CheckpointContentError(f"a map has weights of {sorted(types)}: cannot be saved")


def read_transport(
    folder: Path, entry: TransportEntry, source_dimension: int, target_dimension: int, device: str
) -> FittedMap:
    """Rebuild a map on a device, with exactly the weights that were written.

    On the CPU it consists of arrays, so that nothing of PyTorch is loaded for it.

    Raises:
        CheckpointContentError: The weights are not those of the map that the manifest describes.

    """
    file = folder / entry.file
    specification = TransportSpecification(
        entry.kind, source_dimension, target_dimension, tuple(entry.hidden_widths)
    )
    weights = _read_weights(file, entry, shapes_of_weights(specification))
    if device == "cpu":
        return map_of(specification, weights)
    from isogloss.models.maps.networks import rebuild_transport  # noqa: PLC0415 (PyTorch)

    return rebuild_transport(specification, weights, device)


def _read_weights(
    file: Path, entry: TransportEntry, shapes: Mapping[str, Shape]
) -> dict[str, np.ndarray]:
    try:
        weights: dict[str, np.ndarray] = safetensors.numpy.load_file(file)
    except (safetensors.SafetensorError, KeyError, ValueError) as error:
        raise CheckpointContentError(f"{file}: expected safetensors: {error}") from error
    _check_names(file, set(shapes), set(weights))
    for name, array in weights.items():
        found, shape = list(array.shape), list(shapes[name])
        if found != shape:
            raise CheckpointContentError(f"{file}: {name}: expected shape {shape}, found {found}")
        if str(array.dtype) != entry.dtype:
            raise CheckpointContentError(
                f"{file}: {name}: expected {entry.dtype}, found {array.dtype}"
            )
        if not np.isfinite(array).all():
            raise CheckpointContentError(f"{file}: {name}: holds NaN or infinity")
    return weights


def write_words(file: Path, words: tuple[str, ...]) -> None:
    """Write words as a JSON list in ASCII, one a line."""
    lines = ",\n".join(json.dumps(word) for word in words)
    file.write_text(f"[\n{lines}\n]\n", encoding="ascii")


def read_words(file: Path, count: int) -> tuple[str, ...]:
    """Read as many words as the manifest says, each once.

    Raises:
        CheckpointContentError: The file is not a list of that many different words.

    """
    try:
        words = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise CheckpointContentError(f"{file}: expected JSON: {error}") from error
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise CheckpointContentError(f"{file}: expected a list of words")
    if len(words) != count:
        raise CheckpointContentError(f"{file}: expected {count} words, found {len(words)}")
    if len(set(words)) != count:
        raise CheckpointContentError(f"{file}: a word stands twice")
    return tuple(words)


def _check_names(file: Path, expected: set[str], found: set[str]) -> None:
    if expected != found:
        raise CheckpointContentError(
            f"{file}: expected arrays {sorted(expected)}, found {sorted(found)}"
        )
