"""Connections that are too many, or that say nothing. Over raw sockets."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import httpx
import pytest

from isogloss.models.retrieval import Translator
from isogloss.service import Settings, create_app
from isogloss.service.server import server_config
from tests.service.running import running

HEAD = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def server(translators: dict[str, Translator]) -> Iterator[httpx.Client]:
    settings = Settings(max_connections=20, head_seconds=0.6)
    app = create_app(settings, translators=translators)
    with running(app, server_config(app)) as client:
        yield client


def connect(server: httpx.Client) -> socket.socket:
    assert server.base_url.port is not None
    return socket.create_connection((server.base_url.host, server.base_url.port), timeout=15)


def answer_on(connection: socket.socket) -> bytes:
    """Read one whole answer."""
    answer = b""
    while not answer.endswith(b'{"status":"live"}'):
        answer += connection.recv(65536)
    return answer


def closed_after(connection: socket.socket) -> float:
    """Seconds until the server closes the connection; what it sends before is thrown away."""
    begun = time.monotonic()
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return time.monotonic() - begun


@pytest.mark.parametrize("sent", [b"", b"G", b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"])
def test_who_says_nothing_or_half_a_head_is_cut_off(server: httpx.Client, sent: bytes) -> None:
    with closing(connect(server)) as connection:
        connection.sendall(sent)
        assert 0.3 < closed_after(connection) < 8


def test_a_trickle_of_bytes_gives_no_more_time(server: httpx.Client) -> None:
    begun = time.monotonic()
    with closing(connect(server)) as connection, pytest.raises(OSError):
        for byte in HEAD * 20:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)
    assert time.monotonic() - begun < 8


def test_half_of_a_second_request_is_cut_off_too(server: httpx.Client) -> None:
    with closing(connect(server)) as connection:
        connection.sendall(HEAD)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(HEAD[:-2])
        # uvicorn alone would wait for ever; its time between requests is five seconds.
        assert 0.3 < closed_after(connection) < 4.9


def test_requests_one_after_the_other_are_answered(server: httpx.Client) -> None:
    with closing(connect(server)) as connection:
        for _ in range(4):
            time.sleep(0.3)  # together longer than a head may take
            connection.sendall(HEAD[:10])
            time.sleep(0.1)
            connection.sendall(HEAD[10:])
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_for_one_connection_too_many_the_longest_silent_one_is_closed(
    translators: dict[str, Translator],
) -> None:
    # None of them is closed for saying nothing, however slow this machine is.
    app = create_app(Settings(max_connections=20, head_seconds=60), translators=translators)
    with ExitStack() as stack:
        server = stack.enter_context(running(app, server_config(app)))
        server.get("/health/live")
        kept = [stack.enter_context(closing(connect(server))) for _ in range(19)]
        # Each is accepted in its turn: the last one that is kept answers, and so all are there.
        kept[-1].sendall(HEAD)
        assert answer_on(kept[-1]).startswith(b"HTTP/1.1 200")
        extra = stack.enter_context(closing(connect(server)))
        extra.sendall(HEAD)
        assert answer_on(extra).startswith(b"HTTP/1.1 200")
        kept[-1].sendall(HEAD)
        assert answer_on(kept[-1]).startswith(b"HTTP/1.1 200")
        assert server.get("/health/live").status_code == 200
