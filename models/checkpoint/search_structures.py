"""What a search stands on beside the vectors: index, neighbours known beforehand, probabilities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from isogloss.models.checkpoint import contents
from isogloss.models.checkpoint.manifest import (
    IndexEntry,
    Manifest,
    NeighboursEntry,
    PosteriorEntry,
)
from isogloss.models.errors import CheckpointContentError, CheckpointError
from isogloss.models.probability.likeness import LIKENESS_STEPS
from isogloss.models.probability.translation_posterior import TranslationPosterior
from isogloss.models.retrieval.approximate_index import (
    INDEX_KINDS,
    ApproximateIndex,
    stored_dimension,
)
from isogloss.models.retrieval.faiss_build import load_faiss
from isogloss.models.retrieval.neighbour_table import NeighbourTable
from isogloss.models.spaces.row_blocks import all_finite

_ROW_ARRAYS = ("csls_rows", "cosine_rows")
_SCORE_ARRAYS = ("csls_scores", "cosine_scores")
_PROBABILITY_ARRAYS = ("probability_rows", "probability_scores")


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
    kind = getattr(faiss, INDEX_KINDS[entry.kind].faiss_class)
    if not isinstance(index, kind) or index.metric_type != faiss.METRIC_INNER_PRODUCT:
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
    if table.probability_rows is not None:
        arrays |= {name: getattr(table, name) for name in _PROBABILITY_ARRAYS}
    contents.write_arrays(folder / contents.NEIGHBOURS, arrays)
    weighed = table.probability_rows
    return NeighboursEntry(
        file=contents.NEIGHBOURS,
        width=table.width,
        candidates=None if weighed is None else int(weighed.shape[1]),
    )


def read_neighbours(folder: Path, manifest: Manifest) -> NeighbourTable | None:
    """Map the neighbours of the source vocabulary into memory.

    Raises:
        CheckpointContentError: The arrays are not those of a table of these words.

    """
    entry = manifest.neighbours
    if entry is None:
        return None
    file = folder / entry.file
    words = manifest.source.words
    shapes = dict.fromkeys((*_ROW_ARRAYS, *_SCORE_ARRAYS), (words, entry.width))
    rows: tuple[str, ...] = _ROW_ARRAYS
    if entry.candidates is not None:
        shapes |= dict.fromkeys(_PROBABILITY_ARRAYS, (words, entry.candidates))
        rows = (*_ROW_ARRAYS, "probability_rows")
    arrays = contents.read_arrays(file, shapes, integers=rows)
    for name in rows:
        lowest, highest = int(arrays[name].min()), int(arrays[name].max())
        if lowest < 0 or highest >= manifest.target.words:
            raise CheckpointContentError(
                f"{file}: {name}: expected rows of {manifest.target.words} target words, "
                f"found {lowest if lowest < 0 else highest}"
            )
    return NeighbourTable(**arrays)


def write_posterior(folder: Path, posterior: TranslationPosterior | None) -> PosteriorEntry | None:
    """Write how probable a candidate is, where that is known."""
    if posterior is None:
        return None
    arrays = {
        "band_rows": posterior.band_rows,
        "log_ratios": posterior.log_ratios,
        "likeness_log_ratios": posterior.likeness_log_ratios,
    }
    contents.write_arrays(folder / contents.POSTERIOR, arrays)
    bands, steps = posterior.log_ratios.shape
    return PosteriorEntry(
        file=contents.POSTERIOR,
        temperature=posterior.temperature,
        none_share=posterior.none_share,
        sharpness=posterior.sharpness,
        bands=bands,
        steps=steps,
        likeness_steps=len(posterior.likeness_log_ratios),
    )


def read_posterior(folder: Path, manifest: Manifest) -> TranslationPosterior | None:
    """Read how probable a candidate is, where that is known.

    Raises:
        CheckpointContentError: The arrays are not those of such a model.

    """
    entry = manifest.posterior
    if entry is None:
        return None
    file = folder / entry.file
    shapes: dict[str, contents.Shape | None] = {
        "band_rows": (entry.bands,),
        "log_ratios": (entry.bands, entry.steps),
    }
    if entry.likeness_steps not in {None, LIKENESS_STEPS}:
        raise CheckpointContentError(
            f"{file}: likeness_log_ratios: expected [{LIKENESS_STEPS}], "
            f"found [{entry.likeness_steps}]"
        )
    if entry.likeness_steps is not None:
        shapes["likeness_log_ratios"] = (LIKENESS_STEPS,)
    arrays = contents.read_arrays(file, shapes, integers=("band_rows",))
    starts = arrays["band_rows"]
    if starts[0] != 0 or (np.diff(starts) <= 0).any():
        raise CheckpointContentError(
            f"{file}: band_rows: expected rows that increase from 0, found {starts.tolist()}"
        )
    return TranslationPosterior(
        temperature=entry.temperature,
        none_share=entry.none_share,
        sharpness=entry.sharpness,
        band_rows=starts,
        log_ratios=arrays["log_ratios"],
        likeness_log_ratios=arrays.get("likeness_log_ratios", np.zeros(LIKENESS_STEPS, np.float32)),
    )


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
