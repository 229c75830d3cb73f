"""What is counted, for Prometheus."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

_LATENCIES = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)
_MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"


class Metrics:
    """The counters of one process, or of all workers of a server where they share a folder.

    Several workers share the folder that the variable ``PROMETHEUS_MULTIPROC_DIR`` names; it has
    to be set before this module is imported; see ``isogloss.service.workers``. Each worker writes
    its own files there, and whichever is asked adds them up.
    """

    def __init__(self, versions: Mapping[str, str] | None = None) -> None:
        self.shared = _MULTIPROCESS in os.environ
        self.registry = registry = CollectorRegistry()
        self._requests = Counter(
            "isogloss_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "isogloss_request_seconds",
            "From the first byte of a request to the last one of its answer.",
            ("route",),
            buckets=_LATENCIES,
            registry=registry,
        )
        self._pairs = Counter(
            "isogloss_pair_requests",
            "Requests answered without an error, by pair.",
            ("pair", "operation"),
            registry=registry,
        )
        self._items = Counter(
            "isogloss_pair_items",
            "Words and vectors that were asked for, by pair.",
            ("pair", "operation"),
            registry=registry,
        )
        self.batch_size = Histogram(
            "isogloss_batch_size",
            "Queries that were searched together.",
            buckets=_SIZES,
            registry=registry,
        )
        self.errors = Counter(
            "isogloss_errors", "Requests answered with an error.", ("code",), registry=registry
        )
        self.reloads = Counter(
            "isogloss_checkpoints", "Checkpoints read anew.", ("outcome",), registry=registry
        )
        self.inside = self._gauge("requests_inside", "Requests that are worked on.", "livesum")
        self.streams = self._gauge("streams_inside", "Streams that are worked on.", "livesum")
        self.waiting = self._gauge("requests_waiting", "Requests in the queue.", "livesum")
        self.body_bytes = self._gauge("body_bytes", "Bodies held in memory.", "livesum")
        self.served = self._gauge("pairs", "Pairs that are served.", "livemin")
        self.refused = self._gauge("refused_checkpoints", "Checkpoints not served.", "livemax")
        self.words = self._gauge("pair_words", "Words of a pair.", "livemax", ("pair", "side"))
        self.index_bytes = self._gauge(
            "index_bytes", "Size of the index of a pair.", "livemax", ("pair",)
        )
        self._memory = self._gauge(
            "process_memory_bytes", "Memory of a process.", "liveall", ("kind",)
        )
        self._started = self._gauge("process_start_time_seconds", "When it started.", "liveall")
        self._started.set(time.time())
        if versions and not self.shared:
            info = Info("isogloss_build", "Versions.", registry=registry)
            info.info({name.replace("-", "_"): value for name, value in versions.items()})
        self._answered: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._asked: dict[tuple[str, str], tuple[Counter, Counter]] = {}
        self._process = psutil.Process()

    def _gauge(self, name: str, text: str, mode: str, labels: Iterable[str] = ()) -> Gauge:
        return Gauge(
            f"isogloss_{name}",
            text,
            tuple(labels),
            registry=self.registry,
            multiprocess_mode=mode,  # type: ignore[arg-type]
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer."""
        key = (method, route, status)
        children = self._answered.get(key)
        if children is None:
            # Routes, methods and statuses are few, whatever callers send.
            children = (
                self._requests.labels(method, route, str(status)),
                self._seconds.labels(route),
            )
            self._answered[key] = children
        children[0].inc()
        children[1].observe(seconds)

    def asked(self, pair: str, operation: str, items: int) -> None:
        """Count the words or vectors of a request that was answered."""
        key = (pair, operation)
        children = self._asked.get(key)
        if children is None:
            children = (self._pairs.labels(pair, operation), self._items.labels(pair, operation))
            self._asked[key] = children
        children[0].inc()
        if items:
            children[1].inc(items)

    def forget_pair(self, pair: str) -> None:
        """Drop what is counted of a pair that is no longer served."""
        for key in [key for key in self._asked if key[0] == pair]:
            del self._asked[key]
        if self.shared:
            return  # the files of the workers keep what was counted
        for metric in (self._pairs, self._items, self.words, self.index_bytes):
            metric.remove_by_labels({"pair": pair})

    def measure_memory(self) -> None:
        """Note how much memory the process takes."""
        memory = self._process.memory_full_info()
        self._memory.labels("resident").set(memory.rss)
        self._memory.labels("unique").set(memory.uss)

    def exposition(self) -> bytes:
        """Everything in the text format of Prometheus, of all workers together."""
        if not self.shared:
            return generate_latest(self.registry)
        folder = Path(os.environ[_MULTIPROCESS])
        for pid in {int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*.db")}:
            if not psutil.pid_exists(pid):
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
        return generate_latest(registry)
