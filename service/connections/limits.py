"""The bounds of a connection."""

from __future__ import annotations

from dataclasses import dataclass

MOST_TRAILER_BYTES = 8 << 10
"""Bytes of the fields that may follow a body in chunks; nothing here reads them."""

MOST_PIPELINED = 16
"""Requests that may wait on a connection for the answers to those before them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """The bounds of connections and of what they bring before a request is known.

    Attributes:
        connections: Most connections at the same time; for one more, that which has said nothing
            for longest is closed, or one that sends slowly, or else the new one.
        head_seconds: Longest time from the first byte of a head, or from the opening of the
            connection, to its last byte.
        head_bytes: Most bytes of all fields of a head.
        headers: Most fields of a head.
        address_bytes: Most bytes of the address that is asked for.
        unread_seconds: Longest time in which the other side takes none of what was sent to it, or
            does not say that it did, where the system can count it (Linux). A request that is
            ended leaves its connection open until the last byte is taken: maybe for ever.

    """

    connections: int
    head_seconds: float
    head_bytes: int
    headers: int
    address_bytes: int
    unread_seconds: float
