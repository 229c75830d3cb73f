"""Few sockets that send next to nothing, and so keep places that others want."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from research.benchmarks.attacks.victim import PAIR, Victim

_ROOT = f"/v1/pairs/{PAIR}"
_PART = b'--B\r\ncontent-disposition: form-data; name="file"; filename="x"\r\n\r\n'
_SETTLED = 5.0
"""Seconds after which a slow stream is known to be one."""

_JSON = {"content-type": "application/json"}

KINDS: dict[str, tuple[bytes, bytes]] = {
    "bodies": (
        f"POST {_ROOT}/translate HTTP/1.1\r\nhost: localhost\r\n"
        "content-type: application/json\r\ncontent-length: 30\r\n\r\n{".encode(),
        b"",
    ),
    "streams": (
        f"POST {_ROOT}/align HTTP/1.1\r\nhost: localhost\r\n"
        "content-type: application/x-ndjson\r\ncontent-length: 900000000\r\n\r\n".encode(),
        b'"en-1"\n',
    ),
    "uploads": (
        f"POST {_ROOT}/upload HTTP/1.1\r\nhost: localhost\r\n"
        "content-type: multipart/form-data; boundary=B\r\n"
        "content-length: 900000000\r\n\r\n".encode()
        + _PART,
        b"a" * 3000,
    ),
    "heads": (b"GET /health/live HTTP/1.1\r\nhost: x\r\n", b""),
}
"""How it begins, and what is sent every second."""


def honest(victim: Victim, kind: str) -> int:
    """Ask as others do, for the same thing; the status."""
    if kind == "streams":
        headers = {"content-type": "application/x-ndjson"}
        return victim.ask("POST", f"{_ROOT}/align", b'"en-1"\n', headers)[0]
    if kind == "uploads":
        body = _PART + b"x " + b"1 " * 99 + b"1\n\r\n--B--\r\n"
        headers = {"content-type": "multipart/form-data; boundary=B"}
        return victim.ask("POST", f"{_ROOT}/upload", body, headers)[0]
    return victim.ask("POST", f"{_ROOT}/translate", b'{"words":["en-1"],"k":1}', _JSON)[0]


@contextmanager
def trickling(victim: Victim, kind: str, sockets: int) -> Iterator[list[socket.socket]]:
    """Hold so many sockets open."""
    held = []
    try:
        for _ in range(sockets):
            one = socket.create_connection(("127.0.0.1", victim.port), timeout=10)
            held.append(one)
            with suppress(OSError):
                one.sendall(KINDS[kind][0])
        yield held
    finally:
        for one in held:
            one.close()


def measure(victim: Victim, kind: str, sockets: int, seconds: float) -> tuple[Counter[int], int]:
    """Hold sockets for so long; statuses of others after the first seconds, and that of ready."""
    seen: Counter[int] = Counter()
    with trickling(victim, kind, sockets) as held:
        begun = time.monotonic()
        while (passed := time.monotonic() - begun) < seconds:
            for one in held:
                with suppress(OSError):
                    one.sendall(KINDS[kind][1])
            if passed > _SETTLED:
                seen[honest(victim, kind)] += 1
            time.sleep(0.5)
        ready, _ = victim.ask("GET", "/health/ready")
    return seen, ready
