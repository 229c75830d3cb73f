"""A wake-up call between tasks of one event loop."""

from __future__ import annotations

import asyncio


class Signal:
    """Wakes all who wait for it; who comes later waits for the next.

    It stands in for a condition of asyncio or anyio where there are no threads: no lock is needed,
    as nothing else runs between a look and the wait behind it. Those take a third of the event
    loop's time in a fast stream.
    """

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def give(self) -> None:
        """Wake those who wait now."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            _wake(future)

    async def wait(self, seconds: float | None = None) -> None:
        """Wait for the next time that it is given, or for so many seconds."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._waiting.append(future)
        if seconds is None:
            await future
            return
        timer = loop.call_later(seconds, _wake, future)
        try:
            await future
        finally:
            timer.cancel()


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
