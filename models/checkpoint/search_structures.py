"""What makes a search fast: the approximate index, and the neighbours of the source vocabulary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from models.checkpoint import contents
from models.checkpoint.manifest import IndexEntry, Manifest, NeighboursEntry
from models.errors import CheckpointContentError, CheckpointError
from models.retrieval.approximate_index import ApproximateIndex, stored_dimension
from models.retrieval.faiss_build import load_faiss
from models.retrieval.neighbour_table import NeighbourTable
from models.spaces.row_blocks import all_finite

_ROW_ARRAYS = ("csls_rows", "cosine_rows")
_SCORE_ARRAYS = ("csls_scores", "cosine_scores")


def write_index(folder: Path, index: ApproximateIndex | None) -> IndexEntry | None:
    """Write an approximate index, where there is one."""
    if index is None:
        return None
    try:
        load_faiss().write_index(index.index, str(folder / contents.INDEX))
    except RuntimeError as error:
        reason = str(error).splitlines()[-1]
        raise CheckpointError(f"{contents.INDEX}: cannot be written: {reason}") from error
    return IndexEntry(
        file=contents.INDEX,
        kind=index.kind,
        storage=index.storage,
        effort=index.effort,
        recall=index.recall,
    )


def read_index(folder: Path, manifest: Manifest) -> ApproximateIndex | None:
    """Map an approximate index whose hash was verified into memory, as far as FAISS can.

    Raises:
        CheckpointContentError: The file is another index, or of another size.

    """
    entry = manifest.index
    if entry is None:
        return None
    file = folder / entry.file
    index = _read_faiss(file, load_faiss().IO_FLAG_MMAP_IFC)
    # Earlier indexes are without the zeros at the end; they answer the same, only later.
    dimension = manifest.target.dimension
    _check_size(file, index, manifest, (dimension + 1, stored_dimension(dimension)))
    faiss = load_faiss()
    kinds = {"hnsw": faiss.IndexHNSW, "ivf": faiss.IndexIVF}
    if not isinstance(index, kinds[entry.kind]) or index.metric_type != faiss.METRIC_INNER_PRODUCT:
        raise CheckpointContentError(
            f"{file}: expected {entry.kind} of inner products, found {type(index).__name__}"
        )
    return ApproximateIndex(index, entry.kind, entry.storage, entry.effort, entry.recall)


def read_flat_index(
    folder: Path, manifest: Manifest
) -> tuple[Float32[np.ndarray, "n d"], Float32[np.ndarray, " n"]]:
    """Read the target vectors, and the hubness of each, from a checkpoint of format version 1.

    Its ``IndexFlatIP`` holds [y, −r(y)/2].

    Raises:
        CheckpointContentError: The file is another index, of another size, or not finite.

    """
    file = folder / contents.INDEX
    index = _read_faiss(file, 0)
    if not isinstance(index, load_faiss().IndexFlatIP):
        raise CheckpointContentError(f"{file}: expected IndexFlatIP, found {type(index).__name__}")
    _check_size(file, index, manifest, (manifest.target.dimension + 1,))
    vectors = index.reconstruct_n(0, index.ntotal)
    if not all_finite(vectors):
        raise CheckpointContentError(f"{file}: holds NaN or infinity")
    return np.ascontiguousarray(vectors[:, :-1]), -2 * vectors[:, -1]


def write_neighbours(folder: Path, table: NeighbourTable | None) -> NeighboursEntry | None:
    """Write the neighbours of the source vocabulary, where they were computed."""
    if table is None:
        return None
    arrays = {name: getattr(table, name) for name in (*_ROW_ARRAYS, *_SCORE_ARRAYS)}
    contents.write_arrays(folder / contents.NEIGHBOURS, arrays)
    return NeighboursEntry(file=contents.NEIGHBOURS, width=table.width)


def read_neighbours(folder: Path, manifest: Manifest) -> NeighbourTable | None:
    """Map the neighbours of the source vocabulary into memory.

    Raises:
        CheckpointContentError: The arrays are not those of a table of these words.

    """
    entry = manifest.neighbours
    if entry is None:
        return None
    file = folder / entry.file
    shape = (manifest.source.words, entry.width)
    shapes = dict.fromkeys((*_ROW_ARRAYS, *_SCORE_ARRAYS), shape)
    arrays = contents.read_arrays(file, shapes, integers=_ROW_ARRAYS)
    for name in _ROW_ARRAYS:
        lowest, highest = int(arrays[name].min()), int(arrays[name].max())
        if lowest < 0 or highest >= manifest.target.words:
            raise CheckpointContentError(
                f"{file}: {name}: expected rows of {manifest.target.words} target words, "
                f"found {lowest if lowest < 0 else highest}"
            )
    return NeighbourTable(**arrays)


def _read_faiss(file: Path, flags: int) -> Any:
    try:
        return load_faiss().read_index(str(file), flags)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1]
        raise CheckpointContentError(f"{file}: expected a FAISS index: {reason}") from error


def _check_size(file: Path, index: Any, manifest: Manifest, dimensions: tuple[int, ...]) -> None:
    count = manifest.target.words
    if index.ntotal != count or index.d not in dimensions:
        raise CheckpointContentError(
            f"{file}: expected {count} vectors of {dimensions[-1]}, "
            f"found {index.ntotal} of {index.d}"
        )
