"""Gathers the searches of concurrent requests into batches."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from jaxtyping import Float32

from isogloss.models.retrieval import Neighbours, Ranking, Translator
from isogloss.service.batching.batch import Asked, Piece, search_together
from isogloss.service.errors import TooManyRequestsError

_SHARE_OF_A_REQUEST = 0.25
"""Of a batch, what a single request may take while others wait."""

_SHARE_OF_A_SEARCH = 0.25
"""Of the time of the last search, what may be spent waiting for more to search together."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """The bounds of batches.

    Attributes:
        vectors: Most vectors in a batch.
        waiting: Most vectors that wait.
        seconds: Longest time that a batch is kept open for more.

    """

    vectors: int = 256
    waiting: int = 20_000
    seconds: float = 0.005


class Batcher:
    """Searches for one translator: one batch at a time, while the next one gathers.

    Who comes alone is searched for at once. Where several have just been answered or are waiting,
    the batch is kept open for a few milliseconds until half of them are there again. The other half
    then gathers during the search, so that the processor is not idle between two batches.
    """

    def __init__(
        self, executor: Executor, limits: BatchLimits, observe: Callable[[int], object]
    ) -> None:
        self._executor = executor
        self._limits = limits
        self._observe = observe
        self._queue: deque[Asked] = deque()
        self._waiting = 0
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        # What the last batch teaches: how many asked at the same time, how long the search took.
        self._concurrent = 0
        self._seconds = 0.0

    @property
    def waiting(self) -> int:
        """Vectors that wait."""
        return self._waiting

    async def search(
        self,
        translator: Translator,
        vectors: Float32[np.ndarray, "n m"],
        k: int,
        score: Ranking,
        words: Sequence[str | None] | None = None,
    ) -> Neighbours:
        """Find the neighbours of raw source vectors, of shape [n, m], together with others.

        Probabilities regard how frequent the ``words`` are and how they are written; None is none.

        A caller that is cancelled drops out; what is being searched for it is thrown away.

        Raises:
            TooManyRequestsError: Too many vectors wait already.

        """
        if self._waiting and self._waiting + len(vectors) > self._limits.waiting:
            raise TooManyRequestsError(
                "overloaded", f"{self._waiting} vectors wait to be searched", self._seconds
            )
        loop = asyncio.get_running_loop()
        asked = Asked(translator, vectors, k, score, loop.create_future(), words)
        self._queue.append(asked)
        self._waiting += len(vectors)
        self._arrived.set()
        if self._task is None:
            self._task = loop.create_task(self._run())
        return await asked.answer

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        pieces: list[Piece] = []
        try:
            while self._queue:
                await self._gather()
                pieces = self._take()
                if not pieces:
                    continue
                begun = time.perf_counter()
                self._observe(sum(len(piece.vectors) for piece in pieces))
                outcomes = await loop.run_in_executor(self._executor, search_together, pieces)
                self._seconds = time.perf_counter() - begun
                for piece, outcome in zip(pieces, outcomes, strict=True):
                    piece.asked.finish(outcome)
                self._concurrent = len(pieces) + len(self._queue)
        except BaseException as error:
            # The service ends, or has no thread left. Nobody is left waiting.
            for asked in (*self._queue, *(piece.asked for piece in pieces)):
                if isinstance(error, Exception):
                    asked.finish(error)
                else:
                    asked.answer.cancel()
            self._queue.clear()
            self._waiting = 0
            raise
        finally:
            self._task = None

    async def _gather(self) -> None:
        """Keep the batch open while as many may come as have just been here."""
        wanted = self._concurrent / 2
        most = min(self._limits.seconds, _SHARE_OF_A_SEARCH * self._seconds)
        with suppress(TimeoutError):
            async with asyncio.timeout(most):
                while len(self._queue) < wanted and self._waiting < self._limits.vectors:
                    self._arrived.clear()
                    await self._arrived.wait()

    def _take(self) -> list[Piece]:
        """Take by turns: who asks for much gets some of each batch, and others are not kept."""
        pieces: list[Piece] = []
        again: list[Asked] = []
        room = self._limits.vectors
        share = max(1, int(_SHARE_OF_A_REQUEST * self._limits.vectors))
        while self._queue and room:
            asked = self._queue.popleft()
            if asked.answer.done():
                self._waiting -= asked.left
                continue
            count = min(asked.left, room, share if self._queue else room)
            taken = slice(asked.taken, asked.taken + count)
            words = asked.words
            pieces.append(
                Piece(
                    asked,
                    asked.vectors[taken],
                    [None] * count if words is None else words[taken],
                )
            )
            asked.taken += count
            room -= count
            self._waiting -= count
            if asked.left:
                again.append(asked)
        self._queue.extend(again)
        return pieces


class Batchers:
    """One batcher for each translator that is asked; it goes when the translator goes."""

    def __init__(
        self, executor: Executor, limits: BatchLimits, observe: Callable[[int], object]
    ) -> None:
        self._executor = executor
        self._limits = limits
        self._observe = observe
        self._of: WeakKeyDictionary[Translator, Batcher] = WeakKeyDictionary()

    def of(self, translator: Translator) -> Batcher:
        """Find or make the batcher of a translator."""
        batcher = self._of.get(translator)
        if batcher is None:
            batcher = self._of[translator] = Batcher(self._executor, self._limits, self._observe)
        return batcher

    def waiting(self) -> int:
        """Vectors that wait, of all translators."""
        return sum(batcher.waiting for batcher in self._of.values())
