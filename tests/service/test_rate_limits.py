from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.service.keys import Key
from isogloss.service.rate_limits import RateLimits, TokenBucket


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_the_rate() -> None:
    clock = Clock()
    bucket = TokenBucket(2, 3, clock)
    assert [bucket.take() for _ in range(3)] == [0, 0, 0]
    assert bucket.take() == pytest.approx(0.5)
    clock.now += 0.4
    assert bucket.take() == pytest.approx(0.1)
    clock.now += 0.1
    assert bucket.take() == 0
    clock.now += 3600  # no more is saved up than a burst
    assert [bucket.take() for _ in range(4)] == [0, 0, 0, pytest.approx(0.5)]


@given(
    rate=st.floats(0.1, 1000),
    burst=st.integers(1, 50),
    pauses=st.lists(st.floats(0, 2), max_size=80),
)
def test_never_more_than_burst_and_rate_allow(rate: float, burst: int, pauses: list[float]) -> None:
    clock = Clock()
    bucket = TokenBucket(rate, burst, clock)
    begun, allowed = clock.now, 0
    for pause in pauses:
        clock.now += pause
        wait = bucket.take()
        allowed += wait == 0
        assert allowed <= burst + rate * (clock.now - begun) + 1e-6
        if wait:
            # Who waits as long as is said gets in.
            clock.now += wait * (1 + 1e-9)
            allowed += bucket.take() == 0


def test_each_key_has_a_bucket_of_its_own() -> None:
    slow = Key("slow", "read", b"1", 1)
    fast = Key("fast", "read", b"2", 100)
    free = Key("free", "read", b"3", 0)
    other = Key("other", "read", b"4")
    limits = RateLimits([slow, fast, free, other], rate=0, burst=2)
    assert [limits.take(slow) > 0 for _ in range(4)] == [False, False, True, True]
    assert [limits.take(fast) > 0 for _ in range(2)] == [False, False]
    for key in (free, other):
        assert not any(limits.take(key) for _ in range(1000))


def test_workers_share_the_rate_out() -> None:
    key = Key("a", "read", b"1")
    limits = RateLimits([key], rate=100, burst=8, workers=4)
    assert [limits.take(key) > 0 for _ in range(3)] == [False, False, True]
