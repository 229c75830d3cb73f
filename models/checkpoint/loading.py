"""Folder → translator."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from isogloss.models.checkpoint import contents
from isogloss.models.checkpoint.fit_history import read_history
from isogloss.models.checkpoint.folder import locate_checkpoint
from isogloss.models.checkpoint.hashes import sha256_of_file
from isogloss.models.checkpoint.manifest import (
    Manifest,
    SubwordsEntry,
    TransportEntry,
    read_manifest,
)
from isogloss.models.checkpoint.search_structures import (
    read_flat_index,
    read_index,
    read_neighbours,
    read_posterior,
)
from isogloss.models.choices import Device
from isogloss.models.devices import choose_device
from isogloss.models.errors import (
    CheckpointContentError,
    CheckpointIntegrityError,
    CheckpointManifestError,
    InputError,
)
from isogloss.models.maps.alignment import Alignment, Stage
from isogloss.models.maps.fitted import FittedMap
from isogloss.models.retrieval.retriever import Retriever
from isogloss.models.retrieval.training_record import TrainingRecord
from isogloss.models.retrieval.translator import Translator
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.normalizer import Normalizer
from isogloss.models.spaces.subwords import FastTextSubwords


def load_checkpoint(path: Path, device: Device = "cpu") -> Translator:
    """Load a translator that answers bit for bit as the saved one did.

    The version is checked first, then the hashes of all files, then shapes, types and counts. No
    file is parsed before its hash agrees. Arrays are mapped into memory, so that processes share
    one copy of them; a folder is replaced as a whole and its files are never written again.

    Args:
        path: The folder.
        device: Where the map and the exact search run.

    Raises:
        CheckpointNotFoundError: There is no checkpoint.
        CheckpointVersionError: It was written in a format that this version does not read.
        CheckpointManifestError: The manifest cannot be parsed, lacks a field or has an unknown one.
        CheckpointIntegrityError: A file is missing or is not the one that was written.
        CheckpointContentError: The files are intact but do not fit together.
        OptionError: The device is not there.

    """
    chosen = choose_device(device)
    folder = locate_checkpoint(path)
    manifest = read_manifest(folder)
    _check_files(folder, manifest)
    try:
        return _read(folder, manifest, chosen)
    except InputError as error:
        raise CheckpointContentError(f"{folder}: {error}") from error


def _check_files(folder: Path, manifest: Manifest) -> None:
    needed = {
        contents.SOURCE_WORDS,
        contents.TARGET_WORDS,
        contents.SOURCE_VECTORS,
        contents.NORMALIZERS,
        contents.INDEX if manifest.format_version == 1 else contents.TARGET_VECTORS,
        manifest.transport.file,
        *(stage.transport.file for stage in manifest.stages),
    }
    for part in (
        manifest.subwords,
        manifest.index,
        manifest.neighbours,
        manifest.history,
        manifest.posterior,
    ):
        if part is not None:
            needed.add(part.file)
    if needed != set(manifest.files):
        name = min(needed ^ set(manifest.files))
        raise CheckpointManifestError(
            f"{folder}: files: {name!r} is {'missing' if name in needed else 'not used'}"
        )
    for name, entry in manifest.files.items():
        file = folder / name
        try:
            if not file.is_file():
                raise CheckpointIntegrityError(f"{file}: the file is missing")
            size = file.stat().st_size
            if size != entry.bytes:
                raise CheckpointIntegrityError(
                    f"{file}: expected {entry.bytes} bytes, found {size}"
                )
            found = sha256_of_file(file)
        except OSError as error:
            raise CheckpointIntegrityError(f"{file}: cannot be read: {error.strerror}") from error
        if found != entry.sha256:
            raise CheckpointIntegrityError(f"{file}: expected sha256 {entry.sha256}, found {found}")


def _read(folder: Path, manifest: Manifest, device: str) -> Translator:
    source, target = manifest.source, manifest.target
    vectors = contents.read_arrays(
        folder / contents.SOURCE_VECTORS, {"vectors": (source.words, source.dimension)}
    )
    space = EmbeddingSpace(
        source.language,
        contents.read_words(folder / contents.SOURCE_WORDS, source.words),
        vectors["vectors"],
        _read_subwords(folder, manifest.subwords, source.dimension),
    )
    means = contents.read_arrays(
        folder / contents.NORMALIZERS,
        {"source_mean": (source.dimension,), "target_mean": (target.dimension,)},
    )
    target_vectors, hubness = _read_target(folder, manifest)
    return Translator(
        alignment=_read_alignment(folder, manifest, means, device),
        source=space,
        target_language=target.language,
        target_words=contents.read_words(folder / contents.TARGET_WORDS, target.words),
        retriever=Retriever(
            target_vectors, hubness, manifest.hubs, device, read_index(folder, manifest)
        ),
        details=TrainingRecord(
            aligner=manifest.aligner,
            recipe=dict(manifest.recipe),
            seed=manifest.seed,
            input_hashes=dict(manifest.input_sha256),
            metrics={name: _number(value) for name, value in manifest.metrics.items()},
            created=manifest.created,
            versions=dict(manifest.package_versions),
            history=read_history(folder, manifest),
        ),
        table=read_neighbours(folder, manifest),
        posterior=read_posterior(folder, manifest),
        estimate=manifest.estimate,
    )


def _read_target(
    folder: Path, manifest: Manifest
) -> tuple[Float32[np.ndarray, "n d"], Float32[np.ndarray, " n"]]:
    if manifest.format_version == 1:
        return read_flat_index(folder, manifest)
    target = manifest.target
    arrays = contents.read_arrays(
        folder / contents.TARGET_VECTORS,
        {"vectors": (target.words, target.dimension), "hubness": (target.words,)},
    )
    return arrays["vectors"], arrays["hubness"]


def _read_alignment(
    folder: Path, manifest: Manifest, means: dict[str, np.ndarray], device: str
) -> Alignment:
    transports: dict[str, FittedMap] = {}

    def read(entry: TransportEntry) -> FittedMap:
        if entry.file not in transports:
            transports[entry.file] = contents.read_transport(
                folder, entry, manifest.source.dimension, manifest.target.dimension, device
            )
        return transports[entry.file]

    return Alignment(
        source_normalizer=Normalizer(means["source_mean"]),
        transport=read(manifest.transport),
        target_normalizer=Normalizer(means["target_mean"]),
        verdict=manifest.judged,
        stages=tuple(
            Stage(
                name=stage.name,
                transport=read(stage.transport),
                criterion=_number(stage.criterion),
                seconds=_number(stage.seconds),
            )
            for stage in manifest.stages
        ),
    )


def _read_subwords(
    folder: Path, entry: SubwordsEntry | None, dimension: int
) -> FastTextSubwords | None:
    if entry is None:
        return None
    ngrams = contents.read_arrays(folder / entry.file, {"ngrams": None})["ngrams"]
    if ngrams.shape[1] != dimension:
        raise CheckpointContentError(
            f"{folder / entry.file}: expected vectors of {dimension}, found {ngrams.shape[1]}"
        )
    return FastTextSubwords(ngrams, entry.minimum_length, entry.maximum_length)


def _number(value: float | None) -> float:
    return math.nan if value is None else value
