"""How long to wait before the next try."""

from __future__ import annotations

from dataclasses import dataclass

_FIRST = 0.5


@dataclass(slots=True)
class Pauses:
    """Pauses that double with each failure in a row.

    Attributes:
        longest: Longest pause, in seconds.
        failures: Failures in a row.

    >>> pauses = Pauses(longest=3.0)
    >>> [pauses.after_failure() for _ in range(5)]
    [0.5, 1.0, 2.0, 3.0, 3.0]

    """

    longest: float = 30.0
    failures: int = 0

    def after_failure(self) -> float:
        """Count a failure; the seconds to wait."""
        self.failures += 1
        return min(self.longest, _FIRST * 2.0 ** min(self.failures - 1, 30))

    def succeeded(self) -> None:
        """Begin anew."""
        self.failures = 0
