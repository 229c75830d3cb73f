"""Heads without end take no memory and no time of others."""

from __future__ import annotations

import socket
import time

import pytest

from research.benchmarks.attacks import heads
from research.benchmarks.attacks.victim import PAIR, Victim

STATUS = {
    "many fields": 431,
    "one field": 431,
    "address": 414,
    "fields behind the body": 431,
    "field behind the body": 431,
    "extension of a chunk": 431,
    "requests in one go": 200,  # of the first
}


@pytest.mark.parametrize("kind", heads.KINDS)
def test_a_head_without_end_is_refused(victim: Victim, kind: str) -> None:
    status, sent, seen = heads.measure(victim, kind, 20)
    assert status in {STATUS[kind], 0}  # 0: what we send meets a closed connection
    assert sent < 8, "it was read on and on"
    assert seen.growth < 8
    assert seen.slowest_probe < 1


def answers(victim: Victim, *pieces: bytes) -> bytes:
    """Send pieces, each by itself; all that is answered until the connection ends or rests."""
    with socket.create_connection(("127.0.0.1", victim.port), timeout=5) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.05)
        connection.settimeout(0.4)
        found = b""
        try:
            while data := connection.recv(65536):
                found += data
        except OSError:
            pass
        return found


GET = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n"
BODY = b'{"words": ["en-1"], "k": 1}'
POST = (
    f"POST /v1/pairs/{PAIR}/translate HTTP/1.1\r\nhost: localhost\r\n"
    "content-type: application/json\r\n"
).encode()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /health/live HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /health/live HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", b"400"),
        (b"GET /health/live\r\n\r\n", b"505"),
        (POST + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", b"501"),
        (POST + b"content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01", b"400"),
    ],
)
def test_a_head_that_can_be_read_in_two_ways_is_an_error_in_the_one_shape(
    victim: Victim, head: bytes, status: bytes
) -> None:
    answer = answers(victim, head)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b'{"error": {"code": ' in answer


def test_a_long_head_within_the_bounds_is_read_in_pieces(victim: Victim) -> None:
    fields = b"".join(b"x-%d: %b\r\n" % (number, b"a" * 300) for number in range(90))
    pieces = [fields[begin : begin + 4000] for begin in range(0, len(fields), 4000)]
    answer = answers(victim, GET[:-2], *pieces, b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
@pytest.mark.parametrize("chunked", [True, False])
def test_an_offer_to_upgrade_is_declined_and_the_body_read(
    victim: Victim, protocol: bytes, chunked: bool
) -> None:
    # As Java's client sends it, with every request.
    offer = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: %b\r\n" % protocol
    framing = b"transfer-encoding: chunked" if chunked else b"content-length: %d" % len(BODY)
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY) if chunked else BODY
    request = POST + offer + framing + b"\r\n\r\n"
    answer = answers(victim, request + body[:5], body[5:] + GET)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert b'"word":"fr-1"' in answer


def test_what_comes_behind_a_refused_head_is_not_read_as_a_request(victim: Victim) -> None:
    answer = answers(victim, GET + b"BAD\r\n\r\n" + GET)
    assert answer.count(b"HTTP/1.1 200 OK") == 1
    assert answer.count(b"HTTP/1.1 400 ") == 1


def test_fields_behind_a_body_are_not_taken_for_fields_of_the_head(victim: Victim) -> None:
    request = POST + b"transfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n" % (len(BODY), BODY)
    answer = answers(victim, request + b"x-request-id: smuggled\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"smuggled" not in answer
