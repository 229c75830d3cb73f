"""Large JSON bodies of very small items, each of which would be an object to a parser."""

from __future__ import annotations

from research.benchmarks.attacks.victim import PAIR, Seen, Victim, watching

KINDS: dict[str, tuple[bytes, bytes, bytes]] = {
    "empty lists": (b'{"vectors":[', b"[],", b"[]]}"),
    "one long vector": (b'{"vectors":[[', b"1,", b"1]]}"),
    "empty words": (b'{"words":[', b'"",', b'""]}'),
    "short words": (b'{"words":[', '"é",'.encode(), b'""]}'),
    "brackets": (b'{"words":', b"[", b""),
    "fields": (b"{", b'"a":1,', b'"a":1}'),
}
"""How it begins, what is repeated, how it ends."""

_HEADERS = {"content-type": "application/json"}


def body_of(kind: str, mebibytes: float) -> bytes:
    """Make such a body."""
    begin, item, end = KINDS[kind]
    return begin + item * int(mebibytes * 2**20 / len(item)) + end


def measure(victim: Victim, kind: str, route: str, mebibytes: float) -> tuple[int, Seen]:
    """Send such a body while others ask; the status, and what others saw."""
    body = body_of(kind, mebibytes)
    with watching(victim) as seen:
        status, _ = victim.ask("POST", f"/v1/pairs/{PAIR}/{route}", body, _HEADERS)
    return status, seen
