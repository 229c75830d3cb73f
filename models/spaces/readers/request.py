"""What the caller of ``read_space`` asked for, as the readers of the formats see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from isogloss.models.choices import OnError
from isogloss.models.spaces.readers.bounds import ReadBounds
from isogloss.models.spaces.readers.collector import Collector
from isogloss.models.spaces.subwords import FastTextSubwords


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for.

    Attributes:
        path: The file.
        limit: Keep the first so many words; None keeps all.
        on_error: Whether a bad word ends the reading.
        words: The list of words of an array; None where none was named.
        observe: Is told how many words are kept so far.
        bounds: How much the file may hold.

    """

    path: Path
    limit: int | None
    on_error: OnError
    words: Path | None
    observe: Callable[[int], None] | None
    bounds: ReadBounds

    def collector(self, dimension: int, promised: int | None) -> Collector:
        """Make what the words are gathered in, once the dimension is known."""
        return Collector(
            self.path,
            dimension=dimension,
            promised=promised,
            limit=self.limit,
            on_error=self.on_error,
            observe=self.observe,
            bounds=self.bounds,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """What a reader found.

    Attributes:
        collector: Holds the words.
        subwords: Gives vectors to other words; None where the format cannot.

    """

    collector: Collector
    subwords: FastTextSubwords | None = None
