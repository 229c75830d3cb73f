"""What a running service does beside answering: it loads, watches, counts and ends."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from isogloss.service.catalogue import Catalogue
from isogloss.service.keys import KeyFileError, read_keys
from isogloss.service.logs import logger
from isogloss.service.memory import give_memory_back
from isogloss.service.metrics import Metrics
from isogloss.service.middleware.authentication import Doorkeeper
from isogloss.service.rate_limits import RateLimits
from isogloss.service.settings import Settings
from isogloss.service.state import ServiceState
from isogloss.service.workers import WorkerBoard

_log = logger("isogloss.service")
_TICK_SECONDS = 0.25
_TICKS_BETWEEN_MEASURES = 40


@asynccontextmanager
async def upkeep(state: ServiceState, *, watch: bool) -> AsyncIterator[None]:
    """Load all checkpoints, then keep the service up until the block ends.

    Args:
        state: Of the service.
        watch: Whether there is a directory of checkpoints.

    """
    state.ending = False  # an application may be started again after it has ended
    state.keeper.begin()
    board = state.board
    wish = 0 if board is None else board.asked()
    if watch:
        await state.keeper.reload()
    if board is not None:
        board.done(wish)
    tasks = [asyncio.create_task(_tick(state, wish))]
    if watch and state.settings.watch_seconds > 0:
        tasks.append(asyncio.create_task(state.keeper.watch(state.settings.watch_seconds)))
    try:
        yield
    finally:
        state.ending = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if board is not None:
            board.leave()


async def reload(state: ServiceState) -> int:
    """Have every worker look for new checkpoints at once; how many of them have.

    Waits until all have, or until the time of a request is over.
    """
    if state.board is None:
        await state.keeper.reload()
        return 1
    wish = state.board.ask()
    await _fulfil(state, state.board, wish)
    while True:
        done = [number >= wish for number in state.board.workers().values()]
        if all(done):
            return len(done)
        await asyncio.sleep(_TICK_SECONDS / 5)


def read_doorkeeper(settings: Settings) -> Doorkeeper:
    """Read who may ask.

    Raises:
        KeyFileError: The file of the keys cannot be used.

    """
    keys = None if settings.keys is None else read_keys(settings.keys)
    limits = RateLimits(
        keys or (), rate=settings.rate, burst=settings.burst, workers=settings.workers
    )
    return Doorkeeper(keys, limits)


def note_catalogue(metrics: Metrics, old: Catalogue, new: Catalogue) -> None:
    """Count what a new catalogue has brought."""
    for pair in old.pairs.keys() - new.pairs.keys():
        _log.info("pair no longer served", pair=pair)
        metrics.forget_pair(pair)
    for pair, served in new.pairs.items():
        before = old.pairs.get(pair)
        if before is served:
            continue
        metrics.reloads.labels("loaded" if before is None else "replaced").inc()
        translator = served.translator
        metrics.words.labels(pair, "source").set(len(translator.source))
        metrics.words.labels(pair, "target").set(len(translator.target_words))
        size = len(translator.target_words) * (translator.target_dimension + 1) * 4
        metrics.index_bytes.labels(pair).set(size)
    known = set(old.refused)
    metrics.reloads.labels("refused").inc(sum(item not in known for item in new.refused))
    metrics.served.set(len(new.pairs))
    metrics.refused.set(len(new.refused))


async def _tick(state: ServiceState, wish: int) -> None:
    keys_seen = _state_of(state.settings.keys)
    for number in itertools.count():
        try:
            board = state.board
            if board is not None and (asked := board.asked()) > wish:
                wish = asked
                await _fulfil(state, board, wish)
            if (seen := _state_of(state.settings.keys)) != keys_seen:
                keys_seen = seen
                _renew_keys(state)
            note_load(state)
            if state.memory_to_return:
                state.memory_to_return = False
                await asyncio.to_thread(give_memory_back)
            if number % _TICKS_BETWEEN_MEASURES == 0:
                await asyncio.to_thread(state.metrics.measure_memory)
        except Exception as error:  # nothing may end the upkeep
            _log.error("the upkeep failed", exc_info=error)
        await asyncio.sleep(_TICK_SECONDS)


def note_load(state: ServiceState) -> None:
    """Note how much is being done at this moment."""
    state.metrics.inside.set(state.gate.inside)
    state.metrics.streams.set(state.streams.inside)
    state.metrics.waiting.set(state.gate.waiting)
    state.metrics.body_bytes.set(state.body_memory.taken)


async def _fulfil(state: ServiceState, board: WorkerBoard, wish: int) -> None:
    await state.keeper.reload()
    board.done(max(wish, board.own()))


def _renew_keys(state: ServiceState) -> None:
    """Read the keys anew; where they cannot be used, those that were known go on to count."""
    try:
        renewed = read_doorkeeper(state.settings)
    except KeyFileError as error:
        _log.error("the keys were not renewed", reason=str(error))
        return
    state.doorkeeper.keys, state.doorkeeper.limits = renewed.keys, renewed.limits
    _log.info("the keys were renewed", keys=len(renewed.keys or ()))


def _state_of(file: Path | None) -> tuple[int, int, int] | None:
    """Tells whether a file has changed."""
    try:
        status = None if file is None else file.stat()
    except OSError:
        return None
    return None if status is None else (status.st_ino, status.st_size, status.st_mtime_ns)
