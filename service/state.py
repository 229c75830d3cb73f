"""The state of a running service: what its routes, its layers and its upkeep share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from anyio import CapacityLimiter

from isogloss.service.batching import Batchers
from isogloss.service.body_limit import BodyMemory
from isogloss.service.catalogue import Catalogue, CatalogueKeeper
from isogloss.service.exploration import Explorations
from isogloss.service.metrics import Metrics
from isogloss.service.middleware.admission import Gate
from isogloss.service.middleware.authentication import Doorkeeper
from isogloss.service.settings import Settings
from isogloss.service.workers import WorkerBoard

Result = TypeVar("Result")


@dataclass(slots=True)
class ServiceState:
    """The state of a running service.

    Attributes:
        settings: As they were at the start.
        keeper: Has the catalogue, and replaces it as a whole when checkpoints come and go.
        executor: Threads that compute whole requests; as many as ``settings.threads``.
        limiter: How many pieces of streams are computed at the same time; as many again.
        uploads: How many uploaded files are held in memory at the same time.
        gate: Requests that are worked on, and those that wait.
        streams: Streams that are worked on.
        doorkeeper: The keys that are accepted, and how often.
        metrics: What is counted.
        batchers: Gather the searches of concurrent requests.
        uploads_disk: What uploaded files take on the disk.
        body_memory: What the bodies that are read whole take.
        explorations: What the questions beside translations need of a pair.
        board: What the workers of one server tell each other; None where there is only this one.
        started: When the service started.
        memory_to_return: Whether much memory was freed that the process still holds.
        ending: Whether the service is about to end: it answers, but is not ready.

    """

    settings: Settings
    keeper: CatalogueKeeper
    executor: ThreadPoolExecutor
    limiter: CapacityLimiter
    uploads: CapacityLimiter
    gate: Gate
    streams: Gate
    doorkeeper: Doorkeeper
    metrics: Metrics
    batchers: Batchers
    body_memory: BodyMemory
    uploads_disk: BodyMemory
    explorations: Explorations = field(default_factory=Explorations)
    board: WorkerBoard | None = None
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    ending: bool = False
    memory_to_return: bool = False

    @property
    def catalogue(self) -> Catalogue:
        """What is served now; never changed, only replaced."""
        return self.keeper.catalogue


async def compute(state: ServiceState, work: Callable[[], Result]) -> Result:
    """Work in a thread, so that the event loop goes on answering.

    Work that has begun is finished even where nobody waits for it any more: its thread counts as
    taken until then, so that there are never more threads than the settings allow.
    """
    return await asyncio.get_running_loop().run_in_executor(state.executor, work)
