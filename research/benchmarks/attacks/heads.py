"""Heads without end: many fields, one field, an address, or fields behind a body."""

from __future__ import annotations

import re
import socket
import time

from research.benchmarks.attacks.victim import PAIR, Seen, Victim, watching

_FIELDS = b"".join(b"a%d: b\r\n" % (number % 10) for number in range(8000))
_LETTERS = b"a" * 65536
_POST = (
    f"POST /v1/pairs/{PAIR}/translate HTTP/1.1\r\nhost: localhost\r\n"
    "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
)

KINDS: dict[str, tuple[bytes, bytes]] = {
    "many fields": (b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n", _FIELDS),
    "one field": (b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nx-a: ", _LETTERS),
    "address": (b"GET /health/live?", _LETTERS),
    "fields behind the body": (_POST.encode() + b"1\r\n{\r\n0\r\n", _FIELDS),
    "field behind the body": (_POST.encode() + b"1\r\n{\r\n0\r\nx-a: ", _LETTERS),
    "extension of a chunk": (_POST.encode() + b"1;", _LETTERS),
    "requests in one go": (b"", b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n" * 2000),
}
"""How it begins, and what is sent without end."""


def send(victim: Victim, kind: str, mebibytes: float, seconds: float = 9.5) -> tuple[int, float]:
    """Send such a head; the status of the answer, 0 where there was none, and how much was sent."""
    begin, piece = KINDS[kind]
    sent = 0
    with socket.create_connection(("127.0.0.1", victim.port), timeout=seconds) as connection:
        ends = time.monotonic() + seconds
        try:
            connection.sendall(begin)
            while sent < mebibytes * 2**20 and time.monotonic() < ends:
                connection.sendall(piece)
                sent += len(piece)
        except OSError:
            pass  # cut off; there may be an answer all the same
        return _status(connection), sent / 2**20


def measure(victim: Victim, kind: str, mebibytes: float) -> tuple[int, float, Seen]:
    """Send such a head while others ask; status, MiB that were sent, and what others saw."""
    with watching(victim) as seen:
        status, sent = send(victim, kind, mebibytes)
        time.sleep(0.1)
    return status, sent, seen


def _status(connection: socket.socket) -> int:
    connection.settimeout(1)
    try:
        found = re.match(rb"HTTP/1\.1 ([0-9]{3}) ", connection.recv(65536))
    except OSError:
        return 0
    return int(found[1]) if found else 0
