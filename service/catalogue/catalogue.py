"""The pairs that are served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from threading import Lock

from isogloss.models.retrieval import Translator
from isogloss.models.retrieval.composition import Composition, compose
from isogloss.service.catalogue.fingerprints import Fingerprint
from isogloss.service.errors import UnknownPairError, UnknownPivotError


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, eq=False)
class ServedPair:
    """A checkpoint that is served.

    Attributes:
        translator: What answers.
        checkpoint: Name of its folder.
        fingerprint: What the folder looked like when it was loaded.
        loaded: When it was.

    """

    translator: Translator
    checkpoint: str
    fingerprint: Fingerprint = ()
    loaded: datetime = field(default_factory=_now)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A checkpoint that is not served.

    Attributes:
        checkpoint: Name of its folder.
        code: Class of the error, for machines.
        reason: What is wrong, for people.
        fingerprint: What the folder looked like; it is not tried again while it looks the same.

    """

    checkpoint: str
    code: str
    reason: str
    fingerprint: Fingerprint = ()


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The pairs that are served; never changed, only replaced as a whole.

    A request takes its translator from it once, and keeps that one to its end.

    Attributes:
        pairs: Pair, for instance ``fr-es``, → what serves it.
        refused: Checkpoints that could not be loaded.

    """

    pairs: Mapping[str, ServedPair] = field(default_factory=dict)
    refused: tuple[Refusal, ...] = ()
    _made: dict[tuple[str, str], Composition] = field(default_factory=dict, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    @classmethod
    def of(cls, translators: Mapping[str, Translator]) -> Catalogue:
        """Serve translators that come from no folder."""
        return cls({pair: ServedPair(one, pair) for pair, one in translators.items()})

    @cached_property
    def translators(self) -> Mapping[str, Translator]:
        """Pair → its translator."""
        return {pair: served.translator for pair, served in self.pairs.items()}

    @cached_property
    def _ways(self) -> Mapping[str, Mapping[str, tuple[Translator, Translator]]]:
        """Pair → pivot → the two translators that lead from one end to the other."""
        found: dict[str, dict[str, tuple[Translator, Translator]]] = {}
        for first in self.translators.values():
            for second in self.translators.values():
                pivot = first.target_language
                ends = (first.source.language, second.target_language)
                if pivot == second.source.language and ends[0] != ends[1]:
                    found.setdefault("-".join(ends), {})[pivot] = (first, second)
        return found

    def pivots(self, pair: str) -> list[str]:
        """Languages by way of which the ends of a pair are joined."""
        return sorted(self._ways.get(pair, ()))

    def composition(self, pair: str, via: str) -> Composition:
        """Join two pairs that meet in a language; made once, which may take a second.

        It holds nothing of its own but a small matrix, and there are only so many ways.

        Raises:
            UnknownPivotError: One of the two pairs is not served.
            OptionError: They have too few words of the pivot in common.

        """
        with self._lock:
            made = self._made.get((pair, via))
            if made is None:
                ways = self._ways.get(pair, {})
                if via not in ways:
                    raise UnknownPivotError(pair, via, self.pivots(pair))
                made = self._made[pair, via] = compose(*ways[via])
            return made

    def translator(self, pair: str) -> Translator:
        """Find the translator of a pair.

        Raises:
            UnknownPairError: The pair is not served.

        """
        served = self.pairs.get(pair)
        if served is None:
            raise UnknownPairError(pair, sorted(self.pairs), self.pivots(pair))
        return served.translator
