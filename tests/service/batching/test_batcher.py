from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from isogloss.models.retrieval import Neighbours, Score, Translator
from isogloss.service.batching import Batcher, Batchers, BatchLimits
from isogloss.service.errors import TooManyRequestsError
from tests.rotated_spaces import rotated_translator

TRANSLATOR = rotated_translator(words=80)


class Held:
    """Searches that wait until they are let go, and what they were asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.go = threading.Event()
        self.begun = threading.Event()
        search = Translator.search_by_both

        def hold(translator: Translator, vectors: np.ndarray, **counts: int) -> Any:
            self.sizes.append(len(vectors))
            self.begun.set()
            assert self.go.wait(30)
            if np.isnan(vectors).any():
                raise ValueError("not a number")
            return search(translator, vectors, **counts)

        monkeypatch.setattr(Translator, "search_by_both", hold)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    return Held(monkeypatch)


def run(work: Callable[[Batcher], Awaitable[None]], limits: BatchLimits | None = None) -> list[int]:
    """Run with a batcher; the sizes of the batches that it observed."""
    observed: list[int] = []
    with ThreadPoolExecutor(1) as executor:

        async def main() -> None:
            await work(Batcher(executor, limits or BatchLimits(), observed.append))

        asyncio.run(main())
    return observed


async def until_waiting(batcher: Batcher, count: int) -> None:
    """Let the others run until so many vectors wait."""
    async with asyncio.timeout(30):
        while batcher.waiting != count:
            await asyncio.sleep(0)


def vectors(seed: int, count: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, 8)).astype(np.float32)


def expected(asked: np.ndarray, k: int, score: Score) -> Neighbours:
    return TRANSLATOR.retriever.search(TRANSLATOR.align(asked), k=k, score=score)


def check(found: Neighbours, asked: np.ndarray, k: int, score: Score) -> None:
    right = expected(asked, k, score)
    np.testing.assert_array_equal(found.rows, right.rows)
    np.testing.assert_array_equal(found.scores, right.scores)


def test_different_k_and_scores_share_a_batch_and_get_their_own_answers() -> None:
    async def work(batcher: Batcher) -> None:
        asked: list[tuple[np.ndarray, int, Score]] = [
            (vectors(number, 1 + number % 3), 1 + number, "csls" if number % 2 else "cosine")
            for number in range(20)
        ]
        found = await asyncio.gather(*(batcher.search(TRANSLATOR, *one) for one in asked))
        for one, (queries, k, score) in zip(found, asked, strict=True):
            check(one, queries, k, score)

    sizes = run(work)
    assert sum(sizes) == sum(1 + number % 3 for number in range(20))
    assert len(sizes) == 1


def test_what_comes_during_a_search_is_searched_together(held: Held) -> None:
    async def work(batcher: Batcher) -> None:
        first = asyncio.create_task(batcher.search(TRANSLATOR, vectors(0), 3, "csls"))
        await asyncio.to_thread(held.begun.wait, 30)
        others = [
            asyncio.create_task(batcher.search(TRANSLATOR, vectors(number), 3, "csls"))
            for number in range(1, 30)
        ]
        await until_waiting(batcher, 29)
        held.go.set()
        check(await first, vectors(0), 3, "csls")
        for number, found in enumerate(await asyncio.gather(*others), start=1):
            check(found, vectors(number), 3, "csls")
        assert batcher.waiting == 0

    assert run(work) == [1, 29]


def test_an_error_is_only_that_of_its_request(held: Held) -> None:
    held.go.set()

    async def work(batcher: Batcher) -> None:
        wrong = np.full((1, 8), np.nan, np.float32)
        asked = [vectors(0), wrong, vectors(1)]
        found = await asyncio.gather(
            *(batcher.search(TRANSLATOR, one, 2, "csls") for one in asked), return_exceptions=True
        )
        assert isinstance(found[1], ValueError)
        for place in (0, 2):
            assert isinstance(found[place], Neighbours)

    run(work)
    assert held.sizes == [3, 1, 1, 1]


def test_who_is_cancelled_drops_out(held: Held) -> None:
    async def work(batcher: Batcher) -> None:
        first = asyncio.create_task(batcher.search(TRANSLATOR, vectors(0), 2, "csls"))
        await asyncio.to_thread(held.begun.wait, 30)
        waits, stays = (
            asyncio.create_task(batcher.search(TRANSLATOR, vectors(number, 5), 2, "csls"))
            for number in (1, 2)
        )
        await until_waiting(batcher, 10)
        waits.cancel()
        first.cancel()
        held.go.set()
        check(await stays, vectors(2, 5), 2, "csls")
        outcomes = await asyncio.gather(first, waits, return_exceptions=True)
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
        assert batcher.waiting == 0

    run(work)
    assert held.sizes == [1, 5]


def test_a_large_request_does_not_keep_the_others(held: Held) -> None:
    async def work(batcher: Batcher) -> None:
        order: list[str] = []

        async def ask(name: str, count: int) -> None:
            found = await batcher.search(TRANSLATOR, vectors(7, count), 2, "csls")
            check(found, vectors(7, count), 2, "csls")
            order.append(name)

        large = asyncio.create_task(ask("large", 100))
        await asyncio.to_thread(held.begun.wait, 30)
        small = [asyncio.create_task(ask("small", 1)) for _ in range(5)]
        await until_waiting(batcher, 100 - 16 + 5)
        held.go.set()
        await asyncio.gather(large, *small)
        assert order == ["small"] * 5 + ["large"]

    run(work, BatchLimits(vectors=16))
    assert max(held.sizes) <= 16
    assert sum(held.sizes) == 105


def test_the_queue_is_bounded(held: Held) -> None:
    async def work(batcher: Batcher) -> None:
        first = asyncio.create_task(batcher.search(TRANSLATOR, vectors(0), 2, "csls"))
        await asyncio.to_thread(held.begun.wait, 30)
        second = asyncio.create_task(batcher.search(TRANSLATOR, vectors(1, 12), 2, "csls"))
        await until_waiting(batcher, 12)
        with pytest.raises(TooManyRequestsError, match="12 vectors wait"):
            await batcher.search(TRANSLATOR, vectors(2), 2, "csls")
        held.go.set()
        await asyncio.gather(first, second)
        # One that is larger than the queue is taken where nobody else waits.
        check(
            await batcher.search(TRANSLATOR, vectors(3, 20), 2, "csls"),
            vectors(3, 20),
            2,
            "csls",
        )

    run(work, BatchLimits(waiting=12))


def test_one_alone_is_not_kept_waiting_and_many_are_gathered(held: Held) -> None:
    """With a bound of a minute: whoever waited for it would not be answered in time."""
    held.go.set()

    async def work(batcher: Batcher) -> None:
        async with asyncio.timeout(20):
            for number in range(5):
                await batcher.search(TRANSLATOR, vectors(number), 2, "csls")

            async def client(seed: int) -> None:
                for number in range(10):
                    await batcher.search(TRANSLATOR, vectors(seed + number), 2, "csls")

            await asyncio.gather(*(client(seed) for seed in range(32)))

    run(work, BatchLimits(seconds=60))
    assert held.sizes[:5] == [1] * 5
    together = held.sizes[5:]
    assert sum(together) == 320
    # Never more than 32 at once, and half of them in each batch once that is known.
    assert len(together) <= 30


def test_the_end_of_the_threads_leaves_nobody_waiting() -> None:
    async def main() -> None:
        executor = ThreadPoolExecutor(1)
        batcher = Batcher(executor, BatchLimits(), lambda _: None)
        executor.shutdown()
        asked = [batcher.search(TRANSLATOR, vectors(number), 2, "csls") for number in range(3)]
        async with asyncio.timeout(20):
            outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(outcome, RuntimeError) for outcome in outcomes)
        assert batcher.waiting == 0

    asyncio.run(main())


def test_a_batcher_goes_with_its_translator() -> None:
    async def main() -> None:
        with ThreadPoolExecutor(1) as executor:
            batchers = Batchers(executor, BatchLimits(), lambda _: None)
            translator = rotated_translator(words=20)
            batcher = batchers.of(translator)
            assert batchers.of(translator) is batcher
            assert batchers.of(TRANSLATOR) is not batcher
            await batcher.search(translator, vectors(0), 2, "csls")
            gone = weakref.ref(batcher)
            del translator, batcher
            await asyncio.sleep(0)
        gc.collect()
        assert gone() is None

    asyncio.run(main())
