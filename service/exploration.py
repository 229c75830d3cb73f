"""What the questions of the page need of a pair: made when asked for, kept for a few pairs."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from isogloss.models.retrieval import Translator
from isogloss.models.retrieval.back_search import BackSearch
from isogloss.models.retrieval.examples import example_words
from isogloss.models.retrieval.neighbourhood import Side
from isogloss.models.retrieval.spellings import Spellings

MOST_EXAMPLES = 12

_MOST_PAIRS = 8

Made = TypeVar("Made")


class _Once(Generic[Made]):
    """Made by the first who asks; the others wait for it."""

    __slots__ = ("_lock", "_made")

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: Made | None = None

    def get(self, make: Callable[[], Made]) -> Made:
        with self._lock:
            if self._made is None:
                self._made = make()
            return self._made


class Exploration:
    """Structures of one pair. Each takes up to a second to make: ask for them in a thread.

    They hold the pair's words, but not its translator, so that one that is replaced goes.
    """

    __slots__ = ("_back", "_examples", "_spellings")

    def __init__(self) -> None:
        self._back: _Once[BackSearch] = _Once()
        self._examples: _Once[tuple[str, ...]] = _Once()
        self._spellings: dict[Side, _Once[Spellings]] = {"source": _Once(), "target": _Once()}

    def back(self, translator: Translator) -> BackSearch:
        """Find source words for target words."""
        return self._back.get(lambda: BackSearch.build(translator))

    def examples(self, translator: Translator) -> tuple[str, ...]:
        """Words to begin with, the surest first."""
        return self._examples.get(
            lambda: example_words(translator, self.back(translator), MOST_EXAMPLES)
        )

    def spellings(self, translator: Translator, side: Side) -> Spellings:
        """Words of a side by how they are written."""
        words = translator.source.words if side == "source" else translator.target_words
        return self._spellings[side].get(lambda: Spellings(words))


class Explorations:
    """Those of the pairs that were asked for last; one goes when its translator goes."""

    def __init__(self, most: int = _MOST_PAIRS) -> None:
        self._most = most
        self._lock = Lock()
        self._of: WeakKeyDictionary[Translator, Exploration] = WeakKeyDictionary()

    def of(self, translator: Translator) -> Exploration:
        """Find or begin what belongs to a translator."""
        with self._lock:
            exploration = self._of.pop(translator, None) or Exploration()
            self._of[translator] = exploration  # the last one now
            while len(self._of) > self._most:
                self._of.pop(next(iter(self._of)), None)
            return exploration
