"""The client that waits for its answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import numpy as np
from jaxtyping import Float32

from isogloss.models.answers import Neighbour, Ranking, Score, Translation
from isogloss.service.client import calls
from isogloss.service.client.calls import Answer, Call, UploadAnswer
from isogloss.service.client.errors import (
    ConnectionLostError,
    UnavailableError,
    error_of_response,
    lost,
)
from isogloss.service.client.retries import LOST_ON_THE_WAY, RetryPolicy, demanded_pause, is_retried
from isogloss.service.schemas import PairAnswer, PairsAnswer

ROWS_AT_ONCE = 4096


def ignore_progress(_: int) -> None:
    """Observe nothing."""


class Client:
    """Asks the service.

    Args:
        address: For instance ``http://127.0.0.1:8000``.
        key: API key, where the service wants one.
        timeout: Seconds that each step of a request may take.
        retries: When a request is sent again.
        transport: Of httpx, to be replaced in tests.
        sleep: How pauses are made, to be replaced in tests.

    Every method raises an :class:`ApiError` of the class that belongs to its code where the service
    refuses, and :class:`ConnectionLostError` where it cannot be reached.

    """

    def __init__(
        self,
        address: str,
        *,
        key: str | None = None,
        timeout: float = 60.0,
        retries: RetryPolicy | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        self._http = httpx.Client(
            base_url=address, headers=headers, timeout=timeout, transport=transport
        )
        self._retries = retries or RetryPolicy()
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def pairs(self) -> PairsAnswer:
        """List the pairs that are served, and the checkpoints that are not."""
        return self._ask(calls.pairs())

    def pair(self, pair: str) -> PairAnswer:
        """Describe a pair."""
        return self._ask(calls.pair(pair))

    def is_ready(self) -> bool:
        """Whether the service can answer; asked once, without waiting."""
        try:
            self._once(calls.is_ready())
        except (UnavailableError, ConnectionLostError):
            return False
        return True

    def translate(
        self,
        pair: str,
        words: Sequence[str],
        *,
        k: int = 10,
        score: Ranking = "csls",
        via: str | None = None,
    ) -> tuple[Translation, ...]:
        """Translate words; one answer per word, in their order."""
        return self._ask(calls.translate(pair, words, k, score, via))

    def search(
        self,
        pair: str,
        vectors: Float32[np.ndarray, "n m"],
        *,
        k: int = 10,
        score: Ranking = "csls",
        via: str | None = None,
    ) -> tuple[tuple[Neighbour, ...], ...]:
        """Find the target words nearest to raw source vectors, of shape [n, m]."""
        return self._ask(calls.search(pair, vectors, k, score, via))

    def align_words(
        self, pair: str, words: Sequence[str], *, via: str | None = None
    ) -> tuple[calls.AlignedVector, ...]:
        """Map words; one unit vector per word, None for a word that has none."""
        return self._ask(calls.align_words(pair, words, via))

    def align(
        self,
        pair: str,
        vectors: Float32[np.ndarray, "n m"],
        *,
        via: str | None = None,
        progress: Callable[[int], None] = ignore_progress,
    ) -> Float32[np.ndarray, "n d"]:
        """Map raw source vectors, of shape [n, m]; a row that cannot be mapped is NaN."""
        blocks = calls.blocks_of(vectors, ROWS_AT_ONCE) or [vectors]
        return np.concatenate(list(self.align_stream(pair, blocks, via=via, progress=progress)))

    def align_stream(
        self,
        pair: str,
        blocks: Iterable[Float32[np.ndarray, "n m"]],
        *,
        via: str | None = None,
        progress: Callable[[int], None] = ignore_progress,
    ) -> Iterator[Float32[np.ndarray, "n d"]]:
        """Map blocks of vectors, one request each, so that a lost one is all that is sent again.

        Args:
            pair: For instance ``fr-es``.
            blocks: Of shape [n, m]; each is asked for only when the one before was answered.
            via: A third language.
            progress: Is told how many rows are done so far.

        """
        done = 0
        for block in blocks:
            aligned = self._ask(calls.align(pair, block, via))
            done += len(aligned)
            progress(done)
            yield aligned

    @contextmanager
    def upload(
        self,
        pair: str,
        file: Path,
        *,
        answer: UploadAnswer = "lexicon",
        k: int = 1,
        score: Score = "csls",
        mutual: bool = False,
        limit: int | None = None,
    ) -> Iterator[Iterator[bytes]]:
        """Send a file of word vectors; give the answer piece by piece.

        It is sent once: a large file is not worth a second attempt without the caller's knowing.

        Args:
            pair: For instance ``fr-es``.
            file: A ``.vec``, also compressed.
            answer: ``vectors`` for an aligned ``.vec``, ``lexicon`` for lines of source word,
                target word and score, with tabs between.
            k: Target words of each source word in a lexicon.
            score: ``csls`` or ``cosine``.
            mutual: Keep only words that are each other's best.
            limit: Read only so many words.

        """
        fields = calls.upload_options(answer, k, score, mutual=mutual, limit=limit)
        try:
            with (
                file.open("rb") as opened,
                self._http.stream(
                    "POST",
                    calls.upload_path(pair),
                    data=fields,
                    files={"file": (file.name, opened)},
                ) as response,
            ):
                if not response.is_success:
                    response.read()
                    raise error_of_response(response)
                yield response.iter_bytes()
        except httpx.TransportError as error:
            raise lost(error) from error

    def _ask(self, call: Call[Answer]) -> Answer:
        for pause in self._retries.pauses():
            try:
                response = self._http.request(call.method, call.path, **call.options)
            except LOST_ON_THE_WAY:
                self._sleep(pause)
                continue
            except httpx.TransportError as error:
                raise lost(error) from error
            demanded = demanded_pause(response)
            if not is_retried(response) or demanded > self._retries.longest_pause:
                return _read(call, response)
            self._sleep(max(pause, demanded))
        return self._once(call)

    def _once(self, call: Call[Answer]) -> Answer:
        try:
            return _read(call, self._http.request(call.method, call.path, **call.options))
        except httpx.TransportError as error:
            raise lost(error) from error


def _read(call: Call[Answer], response: httpx.Response) -> Answer:
    if not response.is_success:
        raise error_of_response(response)
    return call.read(response)
