"""The client that lets other work go on while it waits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

import httpx
import numpy as np
from jaxtyping import Float32

from isogloss.models.answers import Neighbour, Ranking, Translation
from isogloss.service.client import calls
from isogloss.service.client.calls import Answer, Call
from isogloss.service.client.errors import (
    ConnectionLostError,
    UnavailableError,
    error_of_response,
    lost,
)
from isogloss.service.client.retries import LOST_ON_THE_WAY, RetryPolicy, demanded_pause, is_retried
from isogloss.service.client.synchronous import ROWS_AT_ONCE, ignore_progress
from isogloss.service.schemas import PairAnswer, PairsAnswer


class AsyncClient:
    """Asks the service; arguments, answers and errors are those of :class:`Client`."""

    def __init__(
        self,
        address: str,
        *,
        key: str | None = None,
        timeout: float = 60.0,
        retries: RetryPolicy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        self._http = httpx.AsyncClient(
            base_url=address, headers=headers, timeout=timeout, transport=transport
        )
        self._retries = retries or RetryPolicy()
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def pairs(self) -> PairsAnswer:
        """List the pairs that are served, and the checkpoints that are not."""
        return await self._ask(calls.pairs())

    async def pair(self, pair: str) -> PairAnswer:
        """Describe a pair."""
        return await self._ask(calls.pair(pair))

    async def is_ready(self) -> bool:
        """Whether the service can answer; asked once, without waiting."""
        try:
            await self._once(calls.is_ready())
        except (UnavailableError, ConnectionLostError):
            return False
        return True

    async def translate(
        self,
        pair: str,
        words: Sequence[str],
        *,
        k: int = 10,
        score: Ranking = "csls",
        via: str | None = None,
    ) -> tuple[Translation, ...]:
        """Translate words; one answer per word, in their order."""
        return await self._ask(calls.translate(pair, words, k, score, via))

    async def search(
        self,
        pair: str,
        vectors: Float32[np.ndarray, "n m"],
        *,
        k: int = 10,
        score: Ranking = "csls",
        via: str | None = None,
    ) -> tuple[tuple[Neighbour, ...], ...]:
        """Find the target words nearest to raw source vectors, of shape [n, m]."""
        return await self._ask(calls.search(pair, vectors, k, score, via))

    async def align_words(
        self, pair: str, words: Sequence[str], *, via: str | None = None
    ) -> tuple[calls.AlignedVector, ...]:
        """Map words; one unit vector per word, None for a word that has none."""
        return await self._ask(calls.align_words(pair, words, via))

    async def align(
        self,
        pair: str,
        vectors: Float32[np.ndarray, "n m"],
        *,
        via: str | None = None,
        progress: Callable[[int], None] = ignore_progress,
    ) -> Float32[np.ndarray, "n d"]:
        """Map raw source vectors, of shape [n, m]; a row that cannot be mapped is NaN."""
        blocks = calls.blocks_of(vectors, ROWS_AT_ONCE) or [vectors]
        stream = self.align_stream(pair, blocks, via=via, progress=progress)
        return np.concatenate([block async for block in stream])

    async def align_stream(
        self,
        pair: str,
        blocks: Iterable[Float32[np.ndarray, "n m"]],
        *,
        via: str | None = None,
        progress: Callable[[int], None] = ignore_progress,
        at_once: int = 2,
    ) -> AsyncIterator[Float32[np.ndarray, "n d"]]:
        """Map blocks of vectors, some at the same time; the answers keep the order of the blocks.

        Args:
            pair: For instance ``fr-es``.
            blocks: Of shape [n, m]; no more than ``at_once`` are taken ahead.
            via: A third language.
            progress: Is told how many rows are done so far.
            at_once: Requests under way at the same time.

        """
        done = 0
        under_way: deque[asyncio.Task[Float32[np.ndarray, "n d"]]] = deque()
        try:
            for block in blocks:
                under_way.append(asyncio.create_task(self._ask(calls.align(pair, block, via))))
                if len(under_way) >= at_once:
                    aligned = await under_way.popleft()
                    done += len(aligned)
                    progress(done)
                    yield aligned
            while under_way:
                aligned = await under_way.popleft()
                done += len(aligned)
                progress(done)
                yield aligned
        finally:
            for task in under_way:
                task.cancel()

    async def _ask(self, call: Call[Answer]) -> Answer:
        for pause in self._retries.pauses():
            try:
                response = await self._http.request(call.method, call.path, **call.options)
            except LOST_ON_THE_WAY:
                await self._sleep(pause)
                continue
            except httpx.TransportError as error:
                raise lost(error) from error
            demanded = demanded_pause(response)
            if not is_retried(response) or demanded > self._retries.longest_pause:
                return _read(call, response)
            await self._sleep(max(pause, demanded))
        return await self._once(call)

    async def _once(self, call: Call[Answer]) -> Answer:
        try:
            response = await self._http.request(call.method, call.path, **call.options)
        except httpx.TransportError as error:
            raise lost(error) from error
        return _read(call, response)


def _read(call: Call[Answer], response: httpx.Response) -> Answer:
    if not response.is_success:
        raise error_of_response(response)
    return call.read(response)
