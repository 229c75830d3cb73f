"""The files of a checkpoint: arrays, words, the index. Each is written and read in one place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
import safetensors.torch
import torch
from torch import Tensor

from models.aligners.transports import Transport, TransportSpecification, build_transport
from models.checkpoint.manifest import TransportEntry
from models.errors import CheckpointContentError
from models.retrieval.faiss_build import load_faiss

SOURCE_WORDS = "source-words.json"
TARGET_WORDS = "target-words.json"
SOURCE_VECTORS = "source-vectors.safetensors"
NORMALIZERS = "normalizers.safetensors"
SUBWORDS = "subwords.safetensors"
INDEX = "index.faiss"

Shape = tuple[int, ...]


def write_arrays(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write float32 arrays."""
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    safetensors.numpy.save_file(contiguous, file)


def read_arrays(file: Path, shapes: Mapping[str, Shape | None]) -> dict[str, np.ndarray]:
    """Read finite float32 arrays; a shape of None is any matrix.

    Raises:
        CheckpointContentError: The names, types, shapes or values are not those expected.

    """
    try:
        arrays: dict[str, np.ndarray] = safetensors.numpy.load_file(file)
    except (safetensors.SafetensorError, KeyError, ValueError) as error:
        raise CheckpointContentError(f"{file}: expected safetensors: {error}") from error
    _check_names(file, set(shapes), set(arrays))
    for name, shape in shapes.items():
        array = arrays[name]
        if array.dtype != np.float32:
            raise CheckpointContentError(f"{file}: {name}: expected float32, found {array.dtype}")
        if array.shape != shape if shape is not None else array.ndim != 2:
            raise CheckpointContentError(
                f"{file}: {name}: expected shape {list(shape) if shape else '[n, m]'}, "
                f"found {list(array.shape)}"
            )
        if not np.isfinite(array).all():
            raise CheckpointContentError(f"{file}: {name}: holds NaN or infinity")
    return arrays


def write_transport(file: Path, transport: Transport) -> TransportEntry:
    """Write the weights of a map; the entry says how to rebuild it.

    Raises:
        CheckpointContentError: The weights are neither float32 nor float64.

    """
    weights = {name: tensor.cpu().contiguous() for name, tensor in transport.state_dict().items()}
    types = {str(tensor.dtype).removeprefix("torch.") for tensor in weights.values()}
    safetensors.torch.save_file(weights, file)
    specification = transport.specification
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
    folder: Path,
    entry: TransportEntry,
    source_dimension: int,
    target_dimension: int,
    device: torch.device,
) -> Transport:
    """Rebuild a map on a device, with exactly the weights that were written.

    Raises:
        CheckpointContentError: The weights are not those of the map that the manifest describes.

    """
    file = folder / entry.file
    specification = TransportSpecification(
        entry.kind, source_dimension, target_dimension, tuple(entry.hidden_widths)
    )
    # No memory is taken before the weights are known to have these shapes.
    with torch.device("meta"):
        transport = build_transport(specification)
    try:
        weights: dict[str, Tensor] = safetensors.torch.load_file(file)
    except (safetensors.SafetensorError, KeyError, ValueError) as error:
        raise CheckpointContentError(f"{file}: expected safetensors: {error}") from error
    expected = transport.state_dict()
    _check_names(file, set(expected), set(weights))
    for name, tensor in weights.items():
        found, shape = list(tensor.shape), list(expected[name].shape)
        if found != shape:
            raise CheckpointContentError(f"{file}: {name}: expected shape {shape}, found {found}")
        dtype = str(tensor.dtype).removeprefix("torch.")
        if dtype != entry.dtype:
            raise CheckpointContentError(f"{file}: {name}: expected {entry.dtype}, found {dtype}")
        if not tensor.isfinite().all():
            raise CheckpointContentError(f"{file}: {name}: holds NaN or infinity")
    transport.load_state_dict(weights, assign=True)
    return transport.to(device).requires_grad_(False)


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


def write_index(file: Path, index: Any) -> None:
    """Write a ``faiss.IndexFlatIP``."""
    load_faiss().write_index(index, str(file))


def read_index(file: Path, count: int, dimension: int) -> Any:
    """Read a ``faiss.IndexFlatIP`` whose hash was verified.

    Raises:
        CheckpointContentError: The file is another index, of another size, or not finite.

    """
    faiss = load_faiss()
    try:
        index = faiss.read_index(str(file))
    except RuntimeError as error:
        reason = str(error).splitlines()[-1]
        raise CheckpointContentError(f"{file}: expected a FAISS index: {reason}") from error
    if not isinstance(index, faiss.IndexFlatIP):
        raise CheckpointContentError(f"{file}: expected IndexFlatIP, found {type(index).__name__}")
    if (index.ntotal, index.d) != (count, dimension):
        raise CheckpointContentError(
            f"{file}: expected {count} vectors of {dimension}, found {index.ntotal} of {index.d}"
        )
    if not np.isfinite(index.reconstruct_n(0, count)).all():
        raise CheckpointContentError(f"{file}: holds NaN or infinity")
    return index


def _check_names(file: Path, expected: set[str], found: set[str]) -> None:
    if expected != found:
        raise CheckpointContentError(
            f"{file}: expected arrays {sorted(expected)}, found {sorted(found)}"
        )
