"""How a map came to be: what the trainer knows and the map itself does not."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from isogloss.models.retrieval.training_history import TrainingHistory

_PACKAGES = ("isogloss", "numpy", "torch", "faiss-cpu", "faiss-gpu", "safetensors")


def installed_versions() -> dict[str, str]:
    """Versions of Python and of the packages on which results depend, where installed."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecord:
    """What is written into the manifest of a checkpoint beside the map and the words.

    Whether an alignment was found, and the stages with their criterion and seconds, stand in the
    ``Alignment``.

    Attributes:
        aligner: Name of the aligner, for instance ``neural-gw``.
        recipe: The resolved configuration: values that JSON can hold.
        seed: Seed of the run.
        input_hashes: Role of an input file, for instance ``source``, → its sha256 in hexadecimal.
        metrics: Figures of the finished run, for instance ``{"criterion": 0.61}``.
        created: When the run ended, with a time zone.
        versions: Package → version with which the map was fitted.
        history: What was observed during the fit; None where nothing was kept.

    """

    aligner: str
    recipe: Mapping[str, object] = field(default_factory=dict)
    seed: int = 0
    input_hashes: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    created: datetime = field(default_factory=_now)
    versions: Mapping[str, str] = field(default_factory=installed_versions)
    history: TrainingHistory | None = None
