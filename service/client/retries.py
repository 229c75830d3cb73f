"""When a request is sent again, and how long is waited before."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from isogloss.service.client.errors import RETRIED


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Every request only asks, so any may be sent again.

    It is, after 429 and 503 and where the connection was lost. The pause doubles each time, from
    ``first_pause``, a random part of it is left out so that clients do not come back all at once,
    and it is never shorter than ``Retry-After`` demands.

    Attributes:
        attempts: Most times that a request is sent.
        first_pause: Seconds before the second attempt.
        longest_pause: Most seconds of a pause; where the service demands more, the error is raised.
        seed: Makes the pauses repeatable; None for others each time.

    """

    attempts: int = 5
    first_pause: float = 0.5
    longest_pause: float = 30.0
    seed: int | None = None

    def pauses(self) -> Iterator[float]:
        """Give out the pauses between the attempts, in seconds."""
        chance = random.Random(self.seed)
        for attempt in range(self.attempts - 1):
            pause = min(self.first_pause * 2**attempt, self.longest_pause)
            yield pause * chance.uniform(0.5, 1)


LOST_ON_THE_WAY = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout)
"""Errors after which a request is sent again. A service that is too slow is not asked again."""


def is_retried(response: httpx.Response) -> bool:
    """Whether the answer asks to come back later."""
    return response.status_code in RETRIED


def demanded_pause(response: httpx.Response, now: datetime | None = None) -> float:
    """Seconds that ``Retry-After`` demands, as a number or as a date; 0 where it is missing."""
    value = response.headers.get("retry-after", "")
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max((until - (now or datetime.now(UTC))).total_seconds(), 0.0)
