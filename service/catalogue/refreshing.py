"""The catalogue that follows from a look at the directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from isogloss.models.checkpoint import find_checkpoints, read_manifest
from isogloss.models.errors import CheckpointError, IsoglossError
from isogloss.models.retrieval import Device
from isogloss.service.catalogue.catalogue import Catalogue, Refusal, ServedPair
from isogloss.service.catalogue.fingerprints import Fingerprint, fingerprint_of
from isogloss.service.catalogue.loading import load_pair, refusal_of
from isogloss.service.logs import logger

_log = logger("isogloss.service")


@dataclass(slots=True)
class _Look:
    """What one look at the directory has found so far."""

    served: dict[str, ServedPair] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    unsettled: dict[str, Fingerprint] = field(default_factory=dict)


def load_catalogue(directory: Path, device: Device) -> Catalogue:
    """Load every checkpoint in a directory. One that cannot be loaded does not stop the others."""
    return refreshed(Catalogue(), directory, device)[0]


def refreshed(
    old: Catalogue,
    directory: Path,
    device: Device,
    *,
    seen: Mapping[str, Fingerprint] | None = None,
) -> tuple[Catalogue, Mapping[str, Fingerprint]]:
    """Make the catalogue that the directory asks for.

    What has not changed is kept. What has changed is loaded beside the old one; where it cannot be
    loaded, the old one goes on serving and the refusal says why. What is gone is served no longer.
    The first of two checkpoints of the same pair, by folder name, is served.

    Args:
        old: What is served now.
        directory: Holds the checkpoints, or is one.
        device: Where maps and indexes run.
        seen: What changed folders looked like at the last look. One is loaded only once it looks
            the same twice, so that a copy under way is not read again and again. None loads at
            once.

    Returns:
        The new catalogue, the old one itself where nothing has changed; and what the changed
        folders that were not loaded yet look like.

    """
    try:
        paths = _paths(old, directory)
    except (CheckpointError, OSError) as error:
        return _without_directory(old, directory, error), {}
    look = _Look()
    by_folder = {served.checkpoint: served for served in old.pairs.values()}
    refusals = {refusal.checkpoint: refusal for refusal in old.refused}
    for path in paths:
        _look_at(
            path,
            device,
            serving=by_folder.get(path.name),
            refusal=refusals.get(path.name),
            seen=seen,
            look=look,
        )
    new = Catalogue(look.served, tuple(look.refused))
    unchanged = list(new.pairs.values()) == list(old.pairs.values()) and new.refused == old.refused
    return (old if unchanged else new), look.unsettled


def _paths(old: Catalogue, directory: Path) -> list[Path]:
    """Every checkpoint, also one that a listing misses as it is renamed in that very moment."""
    paths = {path.name: path for path in find_checkpoints(directory)}
    for served in old.pairs.values():
        path = directory / served.checkpoint
        if served.checkpoint not in paths and directory.name not in paths and fingerprint_of(path):
            paths[served.checkpoint] = path
    return [paths[name] for name in sorted(paths)]


def _look_at(
    path: Path,
    device: Device,
    *,
    serving: ServedPair | None,
    refusal: Refusal | None,
    seen: Mapping[str, Fingerprint] | None,
    look: _Look,
) -> None:
    found = fingerprint_of(path)
    if serving is not None and serving.fingerprint == found:
        _serve(serving, found, look)
        return
    if refusal is not None and refusal.fingerprint == found and refusal.code != _TAKEN:
        look.refused.append(refusal)
    elif seen is not None and seen.get(path.name) != found:
        look.unsettled[path.name] = found
        if refusal is not None:
            look.refused.append(refusal)
    elif not _is_taken(path, found, refusal, look):
        loaded = load_pair(path, device)
        if isinstance(loaded, ServedPair):
            _announce(loaded)
            _serve(loaded, found, look)
            return
        look.refused.append(loaded)
    if serving is not None:
        _serve(serving, found, look)


_TAKEN = "pair_taken"


def _serve(served: ServedPair, found: Fingerprint, look: _Look) -> None:
    pair = served.translator.pair
    if pair in look.served:
        look.refused.append(_taken(served.checkpoint, pair, found))
    else:
        look.served[pair] = served


def _is_taken(path: Path, found: Fingerprint, refusal: Refusal | None, look: _Look) -> bool:
    """Whether the pair of a checkpoint is served already, which its manifest tells at once."""
    try:
        pair = read_manifest(path).pair
    except (IsoglossError, OSError):
        return False  # loading it will say what is wrong
    if pair not in look.served:
        return False
    if refusal is None or refusal.fingerprint != found:
        _log.error("checkpoint refused", checkpoint=path.name, code=_TAKEN, pair=pair)
    look.refused.append(_taken(path.name, pair, found))
    return True


def _taken(checkpoint: str, pair: str, found: Fingerprint) -> Refusal:
    reason = f"the pair {pair} is already served from another checkpoint"
    return Refusal(checkpoint, _TAKEN, reason, found)


def _announce(served: ServedPair) -> None:
    translator = served.translator
    _log.info("checkpoint loaded", checkpoint=served.checkpoint, pair=translator.pair)
    if not translator.found:
        _log.warning("the fit found nothing; it is served all the same", pair=translator.pair)


def _without_directory(old: Catalogue, directory: Path, error: Exception) -> Catalogue:
    """Go on serving what is in memory: a directory that is away may come back."""
    if old.refused and old.refused[0].checkpoint == directory.name and len(old.refused) == 1:
        return old
    refusal = refusal_of(directory, error, ())
    return Catalogue(old.pairs, (refusal,))
