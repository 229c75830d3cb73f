"""Load from `wrk`, a public load generator written in C, with bodies of our own."""

from __future__ import annotations

import json
import resource
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_SCRIPT = """
local bodies, place = {}, 0
wrk.headers["content-type"] = "application/json"
for line in io.lines("BODIES") do bodies[#bodies + 1] = line end
function request()
  place = place % #bodies + 1
  return wrk.format("POST", nil, nil, bodies[place])
end
function done(summary, latency)
  io.write(string.format('\\nRESULT {"requests": %d, "microseconds": %d, "wrong": %d, ' ..
    '"p50": %f, "p99": %f}\\n', summary.requests, summary.duration,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write +
    summary.errors.timeout, latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a load.

    Attributes:
        per_second: Requests answered in a second.
        per_processor_second: Requests answered in a second of the server's processor time.
        p50_ms: Median latency in milliseconds.
        p99_ms: Latency that 99 of 100 requests do not exceed.
        generator_share: Processor time of the load generator, as a share of the time.
        server_share: Processor time of the server, as a share of the time.
        wrong: Requests that failed or had another status than 200.

    """

    per_second: float
    per_processor_second: float
    p50_ms: float
    p99_ms: float
    generator_share: float
    server_share: float
    wrong: int


def load(
    address: str, bodies: Path, *, clients: int, seconds: float, servers: Sequence[psutil.Process]
) -> Measured:
    """Ask without pause from so many connections, with the lines of a file as bodies by turns."""
    script = bodies.with_suffix(".lua")
    script.write_text(_SCRIPT.replace("BODIES", str(bodies)), "utf-8")
    before = _processor_time(servers), _children()
    done = subprocess.run(
        [
            "wrk",
            "--threads=1",
            f"--connections={clients}",
            f"--duration={seconds:.0f}s",
            "--timeout=30s",
            "--latency",
            f"--script={script}",
            address,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    server, generator = _processor_time(servers) - before[0], _children() - before[1]
    result = json.loads(done.stdout.rpartition("RESULT ")[2])
    elapsed = result["microseconds"] / 1e6
    return Measured(
        per_second=result["requests"] / elapsed,
        per_processor_second=result["requests"] / server,
        p50_ms=result["p50"] / 1000,
        p99_ms=result["p99"] / 1000,
        generator_share=generator / elapsed,
        server_share=server / elapsed,
        wrong=result["wrong"],
    )


def _processor_time(processes: Sequence[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
