"""The manifest of a checkpoint: what it is and which files belong to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    JsonValue,
    StringConstraints,
    ValidationError,
)

from isogloss.models.aligners.registry import is_supervised
from isogloss.models.checkpoint.folder import locate_checkpoint
from isogloss.models.choices import ApproximateKind, Storage
from isogloss.models.errors import (
    CheckpointIntegrityError,
    CheckpointManifestError,
    CheckpointNotFoundError,
    CheckpointVersionError,
)
from isogloss.models.estimated_precision import EstimatedPrecision
from isogloss.models.verdict import LexiconCheck, Rule, Verdict, VerdictState

FORMAT_VERSION: Final = 5
MANIFEST_NAME = "manifest.json"

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*\.(safetensors|json|faiss)$")
]
"""A plain name: no folder, no dot at the start, so that no manifest leads out of its folder."""

Count = Annotated[int, Field(ge=0)]
Size = Annotated[int, Field(ge=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_FIRST_FIELDS: Mapping[int, tuple[str, ...]] = {
    2: ("index", "neighbours"),
    3: ("history", "posterior"),
    5: ("verdict", "estimated_precision"),
}
"""Format version → the fields that it brought; None stands for what a checkpoint has not."""


class FileEntry(_Part):
    """A file as it was written."""

    sha256: Sha256
    bytes: Count


class SideEntry(_Part):
    """One language of the pair: the number of its words and the length of its vectors."""

    language: Annotated[str, StringConstraints(min_length=1)]
    words: Size
    dimension: Size


class TransportEntry(_Part):
    """What is needed to rebuild a map, and the file of its weights."""

    file: FileName
    kind: Literal["linear", "residual"]
    hidden_widths: list[Size]
    dtype: Literal["float32", "float64"]


class StageEntry(_Part):
    """A map on the way. A figure that is not finite is null."""

    name: str
    criterion: FiniteFloat | None
    seconds: FiniteFloat | None
    transport: TransportEntry


class SubwordsEntry(_Part):
    """The n-grams of a source that gives vectors to words outside the vocabulary."""

    file: FileName
    minimum_length: Count
    maximum_length: Count


class IndexEntry(_Part):
    """An approximate index, and how it is searched."""

    file: FileName
    kind: ApproximateKind
    storage: Storage
    effort: Size
    recall: FiniteFloat | None


class NeighboursEntry(_Part):
    """The neighbours of the source vocabulary; candidates by probability where there is a model."""

    file: FileName
    width: Size
    candidates: Size | None = None


class PosteriorEntry(_Part):
    """How probable a candidate translation is, and the file of what the words tell.

    Before format version 4, spelling told nothing, and ``likeness_steps`` is None.
    """

    file: FileName
    temperature: Annotated[FiniteFloat, Field(gt=0)]
    none_share: Annotated[FiniteFloat, Field(gt=0, lt=1)]
    sharpness: Annotated[FiniteFloat, Field(gt=0, le=1)]
    bands: Size
    steps: Annotated[int, Field(ge=2)]
    likeness_steps: Annotated[int, Field(ge=2)] | None = None


class LexiconEntry(_Part):
    """What the lexicon of a fit said of its map: see ``LexiconCheck``."""

    pairs: Count
    usable: Count
    sources_missing: Count
    targets_missing: Count
    dimensions: Size
    held_out: Count
    right: Count
    right_by_chance: Annotated[FiniteFloat, Field(ge=0)]
    p_value: Annotated[FiniteFloat, Field(ge=0, le=1)] | None


class VerdictEntry(_Part):
    """Whether the map is an alignment, and how that is known: see ``Verdict``."""

    state: VerdictState
    reason: str
    rule: Rule
    agreement: FiniteFloat | None
    chance: FiniteFloat | None
    bound: FiniteFloat | None
    p_value: Annotated[FiniteFloat, Field(ge=0, le=1)] | None
    lexicon: LexiconEntry | None


class EstimateEntry(_Part):
    """The estimated share of right first answers: see ``EstimatedPrecision``."""

    share: Annotated[FiniteFloat, Field(ge=0, le=1)]
    words: Size


class HistoryEntry(_Part):
    """What was observed during the fit."""

    file: FileName


class Manifest(_Part):
    """Everything about a checkpoint that is not an array or a list of words.

    Read from JSON; an unknown key is an error. ``sha256`` is that of the manifest itself without
    this field, in canonical JSON (sorted keys, no spaces): a changed figure is noticed too.
    """

    format_version: Literal[1, 2, 3, 4, 5]
    isogloss_version: str
    aligner: str
    recipe: dict[str, JsonValue]
    seed: int
    found: bool
    source: SideEntry
    target: SideEntry
    hubs: Size
    transport: TransportEntry
    stages: list[StageEntry]
    subwords: SubwordsEntry | None
    index: IndexEntry | None
    neighbours: NeighboursEntry | None
    history: HistoryEntry | None
    posterior: PosteriorEntry | None
    verdict: VerdictEntry | None
    estimated_precision: EstimateEntry | None
    metrics: dict[str, FiniteFloat | None]
    package_versions: dict[str, str]
    created: Annotated[AwareDatetime, Field(strict=False)]
    input_sha256: dict[str, Sha256]
    files: dict[FileName, FileEntry]
    sha256: Sha256 | Literal[""] = ""

    @property
    def pair(self) -> str:
        """The languages as the service names them, for instance ``fr-es``."""
        return f"{self.source.language}-{self.target.language}"

    @property
    def judged(self) -> Verdict:
        """The verdict on the map; that of 0.1.0 where the checkpoint is so old."""
        if self.verdict is None:
            return Verdict.by_the_rule_of_0_1_0(
                found=self.found,
                agreement=self.stages[-1].criterion if self.stages else None,
                supervised=is_supervised(self.aligner),
            )
        said = self.verdict.model_dump()
        lexicon = said.pop("lexicon")
        return Verdict(lexicon=None if lexicon is None else LexiconCheck(**lexicon), **said)

    @property
    def estimate(self) -> EstimatedPrecision | None:
        """The estimated share of right first answers; None where it is not known."""
        found = self.estimated_precision
        return None if found is None else EstimatedPrecision(share=found.share, words=found.words)


def manifest_bytes(manifest: Manifest) -> bytes:
    """Write a manifest as JSON, with its own hash."""
    content = manifest.model_dump(mode="json", exclude={"sha256"})
    content["sha256"] = _own_sha256(content)
    return (json.dumps(content, indent=2, allow_nan=False) + "\n").encode("ascii")


def read_manifest(path: Path) -> Manifest:
    """Read and check the manifest of the checkpoint at ``path``, and nothing else.

    Raises:
        CheckpointNotFoundError: There is no folder, or no manifest in it.
        CheckpointVersionError: It was written in a format that this version does not read.
        CheckpointManifestError: It cannot be parsed, lacks a field or has an unknown one.
        CheckpointIntegrityError: It was changed after it was written.

    """
    folder = locate_checkpoint(path)
    file = folder / MANIFEST_NAME
    try:
        content = json.loads(file.read_bytes())
    except FileNotFoundError as error:
        raise CheckpointNotFoundError(
            f"{folder}: expected a checkpoint, found no {MANIFEST_NAME}"
        ) from error
    except OSError as error:
        raise CheckpointManifestError(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CheckpointManifestError(f"{file}: expected JSON: {error}") from error
    if not isinstance(content, dict):
        raise CheckpointManifestError(
            f"{file}: expected a JSON object, found {type(content).__name__}"
        )
    _check_version(file, content)
    try:
        # From JSON, not from Python objects: only then does strict mode know what JSON can hold.
        manifest = Manifest.model_validate_json(json.dumps(_with_later_fields(content)))
    except ValidationError as error:
        raise CheckpointManifestError(f"{file}: {_first_problem(error)}") from error
    written = content.pop("sha256", "")
    if written != _own_sha256(content):
        raise CheckpointIntegrityError(f"{file}: was changed after it was written")
    return manifest


def _with_later_fields(content: dict[str, Any]) -> dict[str, Any]:
    """Add to a manifest of an earlier version the fields that it could not have."""
    for version, fields in _FIRST_FIELDS.items():
        if content["format_version"] < version:
            content = {**dict.fromkeys(fields), **content}
    return content


def _check_version(file: Path, content: dict[str, Any]) -> None:
    if "format_version" not in content:
        raise CheckpointManifestError(f"{file}: format_version: Field required")
    version = content["format_version"]
    if not isinstance(version, int) or isinstance(version, bool):
        raise CheckpointManifestError(
            f"{file}: format_version: expected a whole number, found {version!r}"
        )
    if not 1 <= version <= FORMAT_VERSION:
        raise CheckpointVersionError(
            f"{file}: expected format version 1 to {FORMAT_VERSION}, found {version}"
        )


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _own_sha256(content: dict[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
