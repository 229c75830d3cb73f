"""What waits between the client and the work, on either side; both are bounded."""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Callable
from typing import IO

from anyio import Lock, to_thread

from isogloss.service.streaming.signals import Signal

_WORTH_A_STEP = 1 << 20
_LONGEST_GATHERING = 0.005
_LONGEST_READ = 1 << 20


class Inbox:
    """Bytes that came and were not worked on; who puts waits while there are too many."""

    def __init__(self, most_bytes: int, *, closed: bool = False) -> None:
        self.closed = closed
        self._unwanted = False
        self._most_bytes = most_bytes
        self._pieces: list[bytes] = []
        self._size = 0
        # Whoever takes is woken once so many bytes are there; others when something was taken.
        self._wanted = 1
        self._came = Signal()
        self._left = Signal()
        self._ended = Signal()

    async def put(self, data: bytes) -> None:
        """Add bytes, once there is room."""
        while self._size >= self._most_bytes and not self._unwanted:
            await self._left.wait()
        if not self._unwanted:
            self._pieces.append(data)
            self._size += len(data)
            if self._size >= self._wanted:
                self._came.give()

    def throw_away(self) -> None:
        """Forget what came and what will come: nobody will take it."""
        self._unwanted = True
        self._take_all()

    async def wait_for_the_end(self) -> None:
        """Wait until no more will come."""
        while not self.closed:
            await self._ended.wait()

    def close(self) -> None:
        """Say that no more will come."""
        self.closed = True
        self._came.give()
        self._ended.give()

    async def take(self) -> bytes:
        """Take all that came, once there is something; nothing only at the end.

        A little is worth waiting a moment for more: each step has its price.
        """
        while not (self._size or self.closed):
            await self._came.wait()
        if self._size < _WORTH_A_STEP and not self.closed:
            self._wanted = min(_WORTH_A_STEP, self._most_bytes)
            await self._came.wait(_LONGEST_GATHERING)
            self._wanted = 1
        return self._take_all()

    def _take_all(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        self._left.give()
        return data


class Outbox:
    """Bytes that were made and not yet sent; who puts waits while there are too many.

    Many HTTP clients read nothing before they have sent all. Waiting for such a client would be for
    ever. So while the request still comes, and the client did not read for a moment, the answer
    goes to a temporary file, up to a limit.
    """

    def __init__(
        self,
        most_bytes: int,
        most_spooled: int,
        *,
        patience: float,
        still_coming: Callable[[], bool],
    ) -> None:
        self.spooled_at_most = 0
        self._most_bytes = most_bytes
        self._most_spooled = most_spooled
        self._patience = patience
        self._still_coming = still_coming
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._spool: IO[bytes] | None = None
        self._written = self._read = 0
        self._tail: bytes | None = None
        self._changed = Signal()
        # The file is written and read in threads: not both at once.
        self._disk = Lock()

    async def put(self, data: bytes) -> None:
        """Add bytes, once there is room.

        Raises:
            OSError: The temporary file cannot be written.

        """
        if not data:
            return
        while self._spool is None and self._size >= self._most_bytes:
            before = self._size
            await self._changed.wait(self._patience)
            if self._size == before and self._still_coming() and self._most_spooled:
                self._spool = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        while self._spool is not None:
            if self._written - self._read + len(data) > self._most_spooled:
                await self._changed.wait()
                continue
            async with self._disk:
                if self._spool is not None:
                    await self._put_in_spool(data, self._spool)
                    return
        # All that the file held may have been read meanwhile.
        self._pieces.append(data)
        self._size += len(data)
        self._changed.give()

    def close(self, tail: bytes = b"") -> None:
        """Say that no more will come; ``tail`` is always taken, as the last."""
        self._tail = tail
        self._changed.give()

    async def take(self) -> bytes | None:
        """Take the next bytes; None at the end."""
        while True:
            if self._pieces:
                piece = self._pieces.popleft()
                self._size -= len(piece)
                self._changed.give()
                return piece
            if self._spool is not None and self._read < self._written:
                async with self._disk:
                    return await self._take_from_spool(self._spool)
            if self._tail is not None:
                tail, self._tail = self._tail, b""
                return tail or None
            await self._changed.wait()

    def discard(self) -> None:
        """Forget all, and free the temporary file."""
        if self._spool is not None:
            self._spool.close()
            self._spool = None
        self._pieces.clear()

    async def _put_in_spool(self, data: bytes, spool: IO[bytes]) -> None:
        await to_thread.run_sync(_write_all, spool.fileno(), data, self._written)
        self._written += len(data)
        self.spooled_at_most = max(self.spooled_at_most, self._written)
        self._changed.give()

    async def _take_from_spool(self, spool: IO[bytes]) -> bytes:
        piece = await to_thread.run_sync(os.pread, spool.fileno(), _LONGEST_READ, self._read)
        self._read += len(piece)
        if self._read == self._written:
            spool.close()
            self._spool, self._written, self._read = None, 0, 0
        self._changed.give()
        return piece


def _write_all(descriptor: int, data: bytes, place: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, place)
        view, place = view[written:], place + written
