"""Clients that send half a request, or a byte now and then, or never read the answer."""

from __future__ import annotations

import io
import select
import socket
import statistics
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import httpx
import numpy as np

from isogloss.models.checkpoint import save_checkpoint
from research.benchmarks.served import make_translator, serving

_WORDS, _DIMENSION = 2000, 50
_POST = b"POST /v1/pairs/fr-es/%b HTTP/1.1\r\nhost: localhost\r\ncontent-type: %b\r\n"


def _half_a_head(_: int) -> bytes:
    return b"POST /v1/pairs/fr-es/translate HTTP/1.1\r\nhost: local"


def _half_a_document(_: int) -> bytes:
    return _POST % (b"translate", b"application/json") + b'content-length: 100\r\n\r\n{"words": ['


def _half_a_stream(_: int) -> bytes:
    head = _POST % (b"translate", b"application/x-ndjson")
    return head + b'transfer-encoding: chunked\r\n\r\n7\r\n"fr-1"\n\r\n'


def _never_reads(rows: int) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.ones((rows, _DIMENSION), np.float32))
    body = stream.getvalue()
    length = b"content-length: %d\r\n\r\n" % len(body)
    return _POST % (b"align", b"application/x-npy") + length + body


_KINDS = (_half_a_head, _half_a_document, _half_a_stream, _never_reads)


def _open(port: int, data: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=10)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    with suppress(BlockingIOError):
        client.send(data)
    return client


def _ask(client: httpx.Client, times: int) -> tuple[list[float], int]:
    """Milliseconds of ordinary requests, and how many of them failed."""
    milliseconds, failed = [], 0
    for number in range(times):
        begun = time.perf_counter()
        words = [f"fr-{number % _WORDS}"]
        response = client.post("/v1/pairs/fr-es/translate", json={"words": words, "k": 3})
        milliseconds.append(1000 * (time.perf_counter() - begun))
        failed += response.status_code != httpx.codes.OK
    return milliseconds, failed


def _still_open(clients: list[socket.socket]) -> int:
    """Count the connections that the server has not ended."""
    count = 0
    for client in clients:
        ended = False
        while select.select([client], [], [], 0)[0] and not ended:
            try:
                ended = not client.recv(1 << 20)
            except OSError:
                ended = True
        count += not ended
    return count


def measure(clients_of_each: int, requests: int, seconds: float = 3.0) -> dict[str, object]:
    """Hold such clients against a server, and ask it meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        translator = make_translator(words=_WORDS, dimension=_DIMENSION)
        save_checkpoint(translator, Path(folder) / "fr-es")
        limits = {
            "ISOGLOSS_REQUEST_SECONDS": str(seconds),
            "ISOGLOSS_HEAD_SECONDS": str(seconds),
            "ISOGLOSS_MAX_CONCURRENT": "1000",
        }
        with serving(Path(folder), limits) as server:
            port = int(server.address.rpartition(":")[2])
            with httpx.Client(base_url=server.address, timeout=60) as asking:
                alone, _ = _ask(asking, requests)
                before = server.start_peak()
                slow = [
                    _open(port, kind(20_000)) for kind in _KINDS for _ in range(clients_of_each)
                ]
                beside, failed = _ask(asking, requests)
                growth = (server.peak() - before) / 2**20
                time.sleep(max(3 * seconds, 1))
                by_kind = {
                    kind.__name__.strip("_").replace("_", " "): _still_open(
                        slow[place * clients_of_each : (place + 1) * clients_of_each]
                    )
                    for place, kind in enumerate(_KINDS)
                }
                for client in slow:
                    client.close()
                after, failed_after = _ask(asking, requests)
    return {
        "fault": "slow clients and half-open connections",
        "times": len(slow),
        "requests": 3 * requests,
        "failed": failed + failed_after,
        "median_milliseconds_alone": round(statistics.median(alone), 1),
        "median_milliseconds_beside": round(statistics.median(beside), 1),
        "median_milliseconds_after": round(statistics.median(after), 1),
        "growth_mebibytes": round(growth, 1),
        "seconds_allowed": seconds,
        "still_open_after_three_times_as_long": by_kind,
        "seed": 0,
    }
