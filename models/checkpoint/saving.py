"""Translator → folder."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from isogloss.models.checkpoint import contents
from isogloss.models.checkpoint.fit_history import write_history
from isogloss.models.checkpoint.folder import replaced_folder
from isogloss.models.checkpoint.hashes import sha256_of_file
from isogloss.models.checkpoint.manifest import (
    FORMAT_VERSION,
    MANIFEST_NAME,
    EstimateEntry,
    FileEntry,
    LexiconEntry,
    Manifest,
    SideEntry,
    StageEntry,
    SubwordsEntry,
    TransportEntry,
    VerdictEntry,
    manifest_bytes,
)
from isogloss.models.checkpoint.search_structures import (
    write_index,
    write_neighbours,
    write_posterior,
)
from isogloss.models.errors import CheckpointContentError
from isogloss.models.package_version import isogloss_version
from isogloss.models.retrieval.translator import Translator
from isogloss.models.spaces.embedding_space import SubwordModel
from isogloss.models.spaces.subwords import FastTextSubwords
from isogloss.models.verdict import Verdict


def save_checkpoint(translator: Translator, path: Path) -> None:
    """Save all that a translator knows, but for what the alignment itself keeps of its fit.

    The folder appears at ``path`` complete or not at all; a checkpoint that stands there is
    replaced, and stays whole if anything fails.

    Raises:
        CheckpointError: The path is taken by something else, or the disk cannot be written.
        CheckpointContentError: The subwords, the weights or the recipe are of a kind that the
            format does not know.

    """
    with replaced_folder(path) as folder:
        _write(translator, folder)


def _write(translator: Translator, folder: Path) -> None:
    alignment, source, details = translator.alignment, translator.source, translator.details
    contents.write_words(folder / contents.SOURCE_WORDS, source.words)
    contents.write_words(folder / contents.TARGET_WORDS, translator.target_words)
    contents.write_arrays(folder / contents.SOURCE_VECTORS, {"vectors": source.vectors})
    means = {
        "source_mean": alignment.source_normalizer.mean,
        "target_mean": alignment.target_normalizer.mean,
    }
    contents.write_arrays(folder / contents.NORMALIZERS, means)
    retriever = translator.retriever
    contents.write_arrays(
        folder / contents.TARGET_VECTORS,
        {"vectors": retriever.target, "hubness": retriever.hubness},
    )
    transport, stages = _write_transports(translator, folder)
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        isogloss_version=isogloss_version(),
        aligner=details.aligner,
        recipe={key: _json_value(value, key) for key, value in details.recipe.items()},
        seed=details.seed,
        found=alignment.found,
        source=SideEntry(language=source.language, words=len(source), dimension=source.dimension),
        target=SideEntry(
            language=translator.target_language,
            words=len(translator.target_words),
            dimension=translator.target_dimension,
        ),
        hubs=retriever.hubs,
        transport=transport,
        stages=stages,
        subwords=_write_subwords(source.subwords, folder),
        index=write_index(folder, retriever.approximate),
        neighbours=write_neighbours(folder, translator.table),
        history=write_history(folder, details.history),
        posterior=write_posterior(folder, translator.posterior),
        verdict=_verdict(alignment.verdict),
        estimated_precision=None
        if translator.estimate is None
        else EstimateEntry(share=translator.estimate.share, words=translator.estimate.words),
        metrics={name: _finite(value) for name, value in details.metrics.items()},
        package_versions=dict(details.versions),
        created=details.created,
        input_sha256=dict(details.input_hashes),
        files={
            file.name: FileEntry(sha256=sha256_of_file(file), bytes=file.stat().st_size)
            for file in sorted(folder.iterdir())
        },
    )
    file = folder / MANIFEST_NAME
    file.write_bytes(manifest_bytes(manifest))
    # safetensors lets only the owner read; who may read a checkpoint is for the umask to say.
    for other in folder.iterdir():
        other.chmod(file.stat().st_mode)


def _verdict(verdict: Verdict) -> VerdictEntry:
    said = verdict.as_dict()
    lexicon = said.pop("lexicon")
    return VerdictEntry(lexicon=None if lexicon is None else LexiconEntry(**lexicon), **said)


def _write_transports(
    translator: Translator, folder: Path
) -> tuple[TransportEntry, list[StageEntry]]:
    """Write each map once, though the last stage is the map that is served."""
    served, stages = translator.alignment.transport, translator.alignment.stages
    entries: dict[int, TransportEntry] = {}
    for transport in (*(stage.transport for stage in stages), served):
        if id(transport) not in entries:
            file = folder / f"transport-{len(entries)}.safetensors"
            entries[id(transport)] = contents.write_transport(file, transport)
    return entries[id(served)], [
        StageEntry(
            name=stage.name,
            criterion=_finite(stage.criterion),
            seconds=_finite(stage.seconds),
            transport=entries[id(stage.transport)],
        )
        for stage in stages
    ]


def _write_subwords(subwords: SubwordModel | None, folder: Path) -> SubwordsEntry | None:
    if subwords is None:
        return None
    if not isinstance(subwords, FastTextSubwords):
        raise CheckpointContentError(
            f"subwords: expected FastTextSubwords, found {type(subwords).__name__}"
        )
    contents.write_arrays(folder / contents.SUBWORDS, {"ngrams": subwords.ngrams})
    return SubwordsEntry(
        file=contents.SUBWORDS,
        minimum_length=subwords.minimum_length,
        maximum_length=subwords.maximum_length,
    )


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _json_value(value: object, name: str) -> Any:
    """Turn a setting into a `JsonValue`, whose recursive type beartype cannot check."""
    match value:
        case enum.Enum():
            return _json_value(value.value, name)
        case None | bool() | int() | str():
            return value
        case float():
            return _finite(value)
        case Path():
            return str(value)
        case Mapping():
            return {str(key): _json_value(item, f"{name}.{key}") for key, item in value.items()}
        case list() | tuple():
            return [_json_value(item, f"{name}[{place}]") for place, item in enumerate(value)]
    raise CheckpointContentError(
        f"recipe: {name}: expected what JSON can hold, found {type(value).__name__}"
    )
