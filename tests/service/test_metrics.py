"""Metrics of several workers, which are processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from isogloss.service.workers import workers_folder

ROOT = Path(__file__).parents[2]

WORKER = """
import sys
from isogloss.service.metrics import Metrics

metrics = Metrics({"isogloss": "1"})
for line in sys.stdin:
    match line.split():
        case ["answer", count]:
            for _ in range(int(count)):
                metrics.answered("GET", "/here", 200, 0.004)
                metrics.asked("fr-es", "translate", 3)
            metrics.inside.set(int(count))
            metrics.served.set(int(count))
            metrics.measure_memory()
            print("done", flush=True)
        case ["show"]:
            print(metrics.exposition().decode() + "end", flush=True)
"""


class Worker:
    """A worker that does what it is told."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def tell(self, line: str, until: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        found: list[str] = []
        for answer in self.process.stdout:
            if answer.strip() == until:
                return "".join(found)
            found.append(answer)
        raise AssertionError("the worker ended")

    def samples(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(self.tell("show", "end"))
            for sample in family.samples
        }


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[Worker]:
    with subprocess.Popen(
        [sys.executable, "-c", WORKER],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Worker(process)
        finally:
            process.kill()


def test_any_worker_answers_for_all() -> None:
    def of(name: str, **labels: str) -> float | None:
        return samples.get((name, frozenset(labels.items())))

    answered = {"method": "GET", "route": "/here", "status": "200"}
    of_pair = {"pair": "fr-es", "operation": "translate"}
    with workers_folder() as (folder, environment), ExitStack() as stack:
        one, two = (stack.enter_context(worker(environment)) for _ in range(2))
        one.tell("answer 3", "done")
        two.tell("answer 5", "done")
        samples = one.samples()
        assert samples.keys() == two.samples().keys()
        assert of("isogloss_requests_total", **answered) == 8
        assert of("isogloss_request_seconds_count", route="/here") == 8
        assert of("isogloss_pair_items_total", **of_pair) == 24
        assert of("isogloss_requests_inside") == 8
        assert of("isogloss_pairs") == 3, "what every worker serves"
        pids = [str(each.process.pid) for each in (one, two)]
        for pid in pids:
            memory = of("isogloss_process_memory_bytes", kind="resident", pid=pid)
            assert memory is not None
            assert memory > 1e7
        two.process.kill()
        two.process.wait()
        samples = one.samples()
        # What was counted stays counted; what was so at a moment is gone with the worker.
        assert of("isogloss_requests_total", **answered) == 8
        assert of("isogloss_requests_inside") == 3
        assert of("isogloss_process_memory_bytes", kind="resident", pid=pids[1]) is None
    assert not folder.exists()
