"""What a request may take: place, memory and time. Over real HTTP."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import httpx
import pytest

from isogloss.models.retrieval import Retriever, Translator
from isogloss.service import Settings, create_app
from isogloss.service.errors import DeadlineError
from isogloss.service.exchange import begin_exchange, exchange_of
from isogloss.service.middleware.deadline import LEAST_PROGRESS, Deadline
from tests.service.running import running
from tests.service.test_errors import error_of

TRANSLATE = "/v1/pairs/fr-es/translate"
BODY = {"words": ["inconnu"], "k": 1}


@contextmanager
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let every search wait until the event is set; it is at the end."""
    finish = threading.Event()
    real = Retriever.search_by_both

    def wait(*arguments: Any, **options: Any) -> Any:
        finish.wait(30)
        return real(*arguments, **options)

    monkeypatch.setattr(Retriever, "search_by_both", wait)
    try:
        yield finish
    finally:
        finish.set()


def gauge(client: httpx.Client, name: str) -> float:
    for line in client.get("/metrics").text.splitlines():
        if line.startswith(f"{name} "):
            return float(line.split()[1])
    raise AssertionError(name)


def wait_for(client: httpx.Client, name: str, value: float) -> None:
    deadline = time.monotonic() + 20
    while gauge(client, name) != value:
        assert time.monotonic() < deadline, (name, gauge(client, name))
        time.sleep(0.02)


def test_who_comes_when_the_queue_is_full_is_told_when_to_come_back(
    translators: dict[str, Translator], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(max_concurrent=2, max_queue=3, threads=2)
    with (
        running(create_app(settings, translators=translators)) as client,
        ThreadPoolExecutor(8) as pool,
        held(monkeypatch) as finish,
    ):
        first = [pool.submit(client.post, TRANSLATE, json=BODY) for _ in range(5)]
        wait_for(client, "isogloss_requests_inside", 2)
        wait_for(client, "isogloss_requests_waiting", 3)
        refused = client.post(TRANSLATE, json=BODY)
        assert refused.status_code == 429
        error = error_of(refused)
        assert error["code"] == "overloaded"
        assert int(refused.headers["retry-after"]) == error["detail"]["retry_after"] >= 1
        # What costs nothing is answered all the same.
        assert client.get("/health/live").status_code == 200
        assert client.get("/v1/pairs").status_code == 200
        # A load balancer is told to send others elsewhere.
        assert error_of(client.get("/health/ready"))["code"] == "busy"
        finish.set()
        assert [one.result().status_code for one in first] == [200] * 5
        wait_for(client, "isogloss_requests_inside", 0)
        assert client.post(TRANSLATE, json=BODY).status_code == 200


def test_streams_have_a_bound_of_their_own(translators: dict[str, Translator]) -> None:
    def rows(finish: threading.Event) -> Iterator[bytes]:
        yield b'{"word": "fr-1"}\n'
        finish.wait(20)
        yield b'{"word": "fr-2"}\n'

    kind = {"content-type": "application/x-ndjson"}
    with (
        running(create_app(Settings(max_streams=2), translators=translators)) as client,
        ThreadPoolExecutor(2) as pool,
    ):
        finish = threading.Event()
        address = f"{client.base_url}{TRANSLATE}"
        streams = [
            pool.submit(httpx.post, address, content=rows(finish), headers=kind, timeout=30)
            for _ in range(2)
        ]
        try:
            wait_for(client, "isogloss_streams_inside", 2)
            refused = client.post(TRANSLATE, content=b'{"word": "fr-1"}\n', headers=kind)
            assert refused.status_code == 429
            assert error_of(refused)["code"] == "overloaded"
            assert client.post(TRANSLATE, json=BODY).status_code == 200
        finally:
            finish.set()
        for stream in streams:
            assert stream.result().status_code == 200
            assert len(stream.result().text.splitlines()) == 2
        wait_for(client, "isogloss_streams_inside", 0)
        again = client.post(TRANSLATE, content=b'{"word": "fr-1"}\n', headers=kind)
        assert again.status_code == 200


def test_an_answer_that_is_not_ready_in_time_is_504(
    translators: dict[str, Translator], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(request_seconds=0.5, threads=1)
    with (
        running(create_app(settings, translators=translators)) as client,
        held(monkeypatch) as finish,
    ):
        begun = time.monotonic()
        late = client.post(TRANSLATE, json=BODY)
        assert time.monotonic() - begun < 10
        assert late.status_code == 504
        assert error_of(late)["code"] == "timeout"
        # The only thread is still taken: who waits for it is told the same.
        assert client.post(TRANSLATE, json=BODY).status_code == 504
        finish.set()
        deadline = time.monotonic() + 10
        while (response := client.post(TRANSLATE, json=BODY)).status_code != 200:
            assert time.monotonic() < deadline, response.text
        wait_for(client, "isogloss_requests_inside", 0)


def raw(client: httpx.Client) -> socket.socket:
    assert client.base_url.port is not None
    return socket.create_connection((client.base_url.host, client.base_url.port), timeout=20)


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_a_body_that_does_not_come_is_408(translators: dict[str, Translator]) -> None:
    settings = Settings(request_seconds=0.5)
    with (
        running(create_app(settings, translators=translators)) as client,
        closing(raw(client)) as connection,
    ):
        head = f"POST {TRANSLATE} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        connection.sendall(f'{head}Content-Length: 30\r\n\r\n{{"words"'.encode())
        begun = time.monotonic()
        answer = connection.recv(65536)
        assert 0.3 < time.monotonic() - begun < 10
        assert status_of(answer) == 408
        assert b"slow_request" in answer
        assert connection.recv(1) == b"", "the connection stays open"
        wait_for(client, "isogloss_requests_inside", 0)


def test_a_body_that_is_announced_too_large_is_not_asked_for(
    translators: dict[str, Translator],
) -> None:
    settings = Settings(max_body_bytes=1000)
    with (
        running(create_app(settings, translators=translators)) as client,
        closing(raw(client)) as connection,
    ):
        head = f"POST {TRANSLATE} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n".encode())
        assert status_of(connection.recv(65536)) == 413


def test_all_bodies_together_are_bounded(
    translators: dict[str, Translator], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(max_body_bytes=100_000, max_bodies_bytes=150_000, max_word_length=100_000)
    large = {"words": ["a" * 90_000], "k": 1}
    with (
        running(create_app(settings, translators=translators)) as client,
        ThreadPoolExecutor(1) as pool,
        held(monkeypatch) as finish,
    ):
        first = pool.submit(client.post, TRANSLATE, json=large)
        wait_for(client, "isogloss_body_bytes", len(json.dumps(large, separators=(",", ":"))))
        second = client.post(TRANSLATE, json=large)
        assert second.status_code == 429
        assert error_of(second)["code"] == "overloaded"
        finish.set()
        assert first.result().status_code == 200
        wait_for(client, "isogloss_body_bytes", 0)
        assert client.post(TRANSLATE, json=large).status_code == 200


# A form that an endpoint claims to read in pieces, but on a path that reads bodies whole.
@pytest.mark.parametrize("kind", ["application/x-ndjson", "multipart/form-data", "text/plain"])
@pytest.mark.parametrize("path", ["/v1/pairs/fr-es/search", "/v1/admin/reload", "/nowhere"])
def test_no_form_of_body_escapes_the_limit_where_bodies_are_read_whole(
    client: httpx.Client, path: str, kind: str
) -> None:
    response = client.post(path, content=b"x" * 250_000, headers={"content-type": kind})
    assert response.status_code in {404, 413, 415, 422} or path == "/v1/admin/reload"
    assert gauge(client, "isogloss_body_bytes") == 0


class Stream:
    """An endpoint that takes its time, in pieces."""

    def __init__(self, pause: float, pieces: int, size: int, *, tells: bool = False) -> None:
        self.pause, self.pieces, self.size, self.tells = pause, pieces, size, tells

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        exchange = exchange_of(scope)
        exchange.complete = True
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(self.pieces):
            await asyncio.sleep(self.pause)
            if self.tells:
                exchange.progress()
            body = b"x" * self.size
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def stream(endpoint: Stream, *, most: float = 60) -> int:
    """Pieces that came through before the time was over; -1 where all did."""
    sent: list[int] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(len(message.get("body", b"")))  # type: ignore[arg-type]

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b""}

    layer = Deadline(endpoint, request_seconds=1, stream_seconds=most)
    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    begin_exchange(scope).streams = True
    try:
        asyncio.run(layer(scope, receive, send))  # type: ignore[arg-type]
    except DeadlineError:
        return len(sent) - 1
    return -1


def test_a_stream_that_moves_is_not_cut() -> None:
    assert stream(Stream(0.1, 15, LEAST_PROGRESS)) == -1


def test_a_stream_whose_endpoint_works_is_not_cut() -> None:
    assert stream(Stream(0.1, 15, 1, tells=True)) == -1


def test_a_stream_that_stands_still_is_cut() -> None:
    assert stream(Stream(5, 3, LEAST_PROGRESS)) == 0


def test_a_trickle_is_no_progress() -> None:
    assert 1 <= stream(Stream(0.05, 100, 10)) <= 21


def test_a_stream_has_an_end() -> None:
    begun = time.monotonic()
    assert stream(Stream(0.1, 200, LEAST_PROGRESS), most=2) > 2
    assert time.monotonic() - begun < 15
