"""The pairs that are served."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from models.checkpoint import find_checkpoints, load_checkpoint
from models.errors import CheckpointError, IsoglossError
from models.retrieval import Device, Translator
from service.errors import UnknownPairError, error_code

_logger = logging.getLogger("isogloss.service")
_PAIR_IN_AN_ADDRESS = re.compile(r"[\w.~-]+")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A checkpoint that is not served.

    Attributes:
        checkpoint: Name of its folder.
        code: Class of the error, for machines.
        reason: What is wrong, for people.

    """

    checkpoint: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """The pairs that are served; never changed, only replaced as a whole.

    Attributes:
        translators: Pair, for instance ``fr-es``, → its translator.
        refused: Checkpoints that could not be loaded.

    """

    translators: Mapping[str, Translator] = field(default_factory=dict)
    refused: tuple[Refusal, ...] = ()

    def translator(self, pair: str) -> Translator:
        """Find the translator of a pair.

        Raises:
            UnknownPairError: The pair is not served.

        """
        if pair not in self.translators:
            raise UnknownPairError(pair, sorted(self.translators))
        return self.translators[pair]


def load_catalogue(directory: Path, device: Device) -> Catalogue:
    """Load every checkpoint in a directory. One that cannot be loaded does not stop the others."""
    try:
        paths = find_checkpoints(directory)
    except CheckpointError as error:
        _logger.error("no checkpoints: %s", error)
        return Catalogue(refused=(Refusal(directory.name, error_code(error), "no such directory"),))
    translators: dict[str, Translator] = {}
    refused = []
    for path in paths:
        try:
            translator = load_checkpoint(path, device)
            _check_pair(translator.pair, translators)
        except IsoglossError as error:
            _logger.error("not served: %s", error)
            # The address of the directory is nobody's business outside.
            reason = str(error).replace(f"{path.resolve()}", path.name)
            refused.append(Refusal(path.name, error_code(error), reason))
        else:
            if not translator.found:
                _logger.warning("%s: the fit found nothing; it is served all the same", path)
            translators[translator.pair] = translator
    return Catalogue(translators, tuple(refused))


def _check_pair(pair: str, served: Mapping[str, Translator]) -> None:
    if pair in served:
        raise CheckpointError(f"the pair {pair} is already served from another checkpoint")
    if not _PAIR_IN_AN_ADDRESS.fullmatch(pair):
        raise CheckpointError(f"the pair {pair!r} cannot stand in an address")
