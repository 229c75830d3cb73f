"""One folder → one pair that can be served at once."""

from __future__ import annotations

import re
from pathlib import Path

from isogloss.models.checkpoint import load_checkpoint
from isogloss.models.errors import CheckpointError, IsoglossError
from isogloss.models.retrieval import Device, Translator
from isogloss.service.catalogue.catalogue import Refusal, ServedPair
from isogloss.service.catalogue.fingerprints import Fingerprint, fingerprint_of
from isogloss.service.errors import error_code
from isogloss.service.logs import logger

_log = logger("isogloss.service")
_ATTEMPTS = 5
_PAIR_IN_AN_ADDRESS = re.compile(r"[\w.~-]+")


def load_pair(path: Path, device: Device) -> ServedPair | Refusal:
    """Load a checkpoint and warm it; whatever is wrong with it is a refusal.

    A checkpoint that is replaced while it is read is read again: what was read before may be half
    of the old one and half of the new one.
    """
    before: Fingerprint = ()
    error: Exception | None = None
    for _ in range(_ATTEMPTS):
        before = fingerprint_of(path)
        try:
            translator, error = load_checkpoint(path, device), None
            _check_address(translator.pair)
            _warm(translator)
        except Exception as problem:  # one broken checkpoint must not end the service
            error = problem
        if fingerprint_of(path) != before:
            error = CheckpointError(f"{path.name}: is replaced faster than it can be read")
            continue
        if error is None:
            return ServedPair(translator, path.name, before)
        break
    assert error is not None
    return refusal_of(path, error, before)


def refusal_of(path: Path, error: Exception, fingerprint: Fingerprint) -> Refusal:
    """Say why a checkpoint is not served, and log it."""
    if isinstance(error, IsoglossError):
        code, reason = error_code(error), str(error)
        _log.error("checkpoint refused", checkpoint=path.name, code=code, reason=reason)
    elif isinstance(error, OSError):
        code, reason = "unreadable", f"{path.name}: cannot be read: {error.strerror}"
        _log.error("checkpoint refused", checkpoint=path.name, code=code, reason=reason)
    else:
        code, reason = "internal", f"{path.name}: the server failed to load it"
        _log.error("checkpoint refused", checkpoint=path.name, code=code, exc_info=error)
    # The address of the directory is nobody's business outside.
    for folder in (path.resolve(), path):
        reason = reason.replace(f"{folder}", path.name)
    hidden = path.resolve().parent
    return Refusal(path.name, code, reason.replace(f"{hidden}/", ""), fingerprint)


def _check_address(pair: str) -> None:
    if not _PAIR_IN_AN_ADDRESS.fullmatch(pair):
        raise CheckpointError(f"the pair {pair!r} cannot stand in an address")


def _warm(translator: Translator) -> None:
    """Answer once, so that the first caller does not wait for what happens only once."""
    for score in translator.rankings:
        translator.translate(translator.source.words[:1], 1, score)
