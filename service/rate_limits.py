"""How often each key may ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from isogloss.service.keys import Key


class TokenBucket:
    """Holds as many tokens as were saved up; each request takes one."""

    __slots__ = ("_clock", "_filled", "_tokens", "burst", "rate")

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.rate = rate
        self.burst = max(1.0, burst)
        self._clock = clock
        self._tokens = self.burst
        self._filled = clock()

    def take(self) -> float:
        """Take a token; 0 where there was one, otherwise the seconds until there is."""
        now = self._clock()
        self._tokens = min(self.burst, self._tokens + (now - self._filled) * self.rate)
        self._filled = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self.rate


class RateLimits:
    """One bucket for each key; never more of them than there are keys.

    Attributes:
        rate: Requests a second of a key that has no rate of its own; 0 is without limit.
        burst: Requests that may come at once after a pause.

    """

    def __init__(self, keys: Sequence[Key], *, rate: float, burst: float, workers: int = 1) -> None:
        self.rate = rate
        self.burst = burst
        self._buckets = {}
        for key in keys:
            own = rate if key.rate is None else key.rate
            if own > 0:
                # Each worker sees its share of the requests.
                self._buckets[key.name] = TokenBucket(own / workers, burst / workers)

    def take(self, key: Key) -> float:
        """Count a request; 0 where it is allowed, otherwise the seconds to wait."""
        bucket = self._buckets.get(key.name)
        return 0.0 if bucket is None else bucket.take()
