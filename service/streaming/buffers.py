"""What waits between the client and the work, on either side; both are bounded."""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Callable
from typing import IO

import anyio
from anyio import to_thread

_WORTH_A_STEP = 256 * 1024
_LONGEST_GATHERING = 0.005
_LONGEST_READ = 1 << 20


class Inbox:
    """Bytes that came and were not worked on; who puts waits while there are too many."""

    def __init__(self, most_bytes: int, *, closed: bool = False) -> None:
        self.closed = closed
        self._unwanted = False
        self._most_bytes = most_bytes
        self._data = bytearray()
        self._changed = anyio.Condition()

    async def put(self, data: bytes) -> None:
        """Add bytes, once there is room."""
        async with self._changed:
            while len(self._data) >= self._most_bytes and not self._unwanted:
                await self._changed.wait()
            if not self._unwanted:
                self._data += data
                self._changed.notify_all()

    async def throw_away(self) -> None:
        """Forget what came and what will come: nobody will take it."""
        async with self._changed:
            self._unwanted = True
            self._data.clear()
            self._changed.notify_all()

    async def wait_for_the_end(self) -> None:
        """Wait until no more will come."""
        async with self._changed:
            while not self.closed:
                await self._changed.wait()

    async def close(self) -> None:
        """Say that no more will come."""
        async with self._changed:
            self.closed = True
            self._changed.notify_all()

    async def take(self) -> bytes:
        """Take all that came, once there is something; nothing only at the end.

        A little is worth waiting a moment for more: each step has its price.
        """
        async with self._changed:
            while not (self._data or self.closed):
                await self._changed.wait()
            with anyio.move_on_after(_LONGEST_GATHERING):
                while len(self._data) < _WORTH_A_STEP and not self.closed:
                    await self._changed.wait()
            data = bytes(self._data)
            self._data.clear()
            self._changed.notify_all()
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
        self._changed = anyio.Condition()

    async def put(self, data: bytes) -> None:
        """Add bytes, once there is room.

        Raises:
            OSError: The temporary file cannot be written.

        """
        if not data:
            return
        async with self._changed:
            while self._spool is None and self._size >= self._most_bytes:
                before = self._size
                with anyio.move_on_after(self._patience):
                    await self._changed.wait()
                if self._size == before and self._still_coming() and self._most_spooled:
                    self._spool = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
            if self._spool is None:
                self._pieces.append(data)
                self._size += len(data)
            else:
                await self._put_in_spool(data, self._spool)
            self._changed.notify_all()

    async def close(self, tail: bytes = b"") -> None:
        """Say that no more will come; ``tail`` is always taken, as the last."""
        async with self._changed:
            self._tail = tail
            self._changed.notify_all()

    async def take(self) -> bytes | None:
        """Take the next bytes; None at the end."""
        async with self._changed:
            while True:
                if self._pieces:
                    piece = self._pieces.popleft()
                    self._size -= len(piece)
                    self._changed.notify_all()
                    return piece
                if self._spool is not None:
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
        while self._written - self._read + len(data) > self._most_spooled:
            await self._changed.wait()
            if self._spool is None:  # all was read meanwhile
                self._pieces.append(data)
                self._size += len(data)
                return
        await to_thread.run_sync(_write_all, spool.fileno(), data, self._written)
        self._written += len(data)
        self.spooled_at_most = max(self.spooled_at_most, self._written)

    async def _take_from_spool(self, spool: IO[bytes]) -> bytes:
        piece = await to_thread.run_sync(os.pread, spool.fileno(), _LONGEST_READ, self._read)
        self._read += len(piece)
        if self._read == self._written:
            spool.close()
            self._spool, self._written, self._read = None, 0, 0
        self._changed.notify_all()
        return piece


def _write_all(descriptor: int, data: bytes, place: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, place)
        view, place = view[written:], place + written
