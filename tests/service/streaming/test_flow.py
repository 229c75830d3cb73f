"""Pace, ends and failures of streams, over real connections."""

from __future__ import annotations

import io
import json
import os
import socket
import time
from collections.abc import Iterator

import anyio
import httpx
import numpy as np
import pyarrow as pa
import pytest
from fastapi import FastAPI

from isogloss.models.retrieval import Translator
from isogloss.service import Settings, create_app
from isogloss.service.state import ServiceState
from isogloss.service.streaming.arrow_encoder import FAILURE_KEY
from isogloss.service.streaming.buffers import Inbox, Outbox
from tests.rotated_spaces import rotated_translator
from tests.service.running import running

ALIGN = "/v1/pairs/fr-es/align"
TRANSLATOR: Translator = rotated_translator(source_dimension=50, target_dimension=50)


@pytest.fixture(scope="module")
def app() -> FastAPI:
    settings = Settings(max_stream_bytes=60_000_000, request_seconds=2)
    return create_app(settings, translators={"fr-es": TRANSLATOR})


@pytest.fixture(scope="module")
def server(app: FastAPI) -> Iterator[httpx.Client]:
    with running(app) as client:
        yield client


def npy(rows: int) -> Iterator[bytes]:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "<f4", "fortran_order": False, "shape": (rows, 50)}
    )
    yield stream.getvalue()
    generator = np.random.default_rng(0)
    for _ in range(rows // 1000):
        yield generator.standard_normal((1000, 50), np.float32).tobytes()


def test_a_client_that_reads_only_once_it_has_sent_all(server: httpx.Client) -> None:
    """50 MB are more than the buffers of the connection hold: the rest waits on the disk."""
    headers = {"content-type": "application/x-npy"}
    response = server.post(ALIGN, content=npy(250_000), headers=headers)
    assert response.status_code == 200
    aligned = np.load(io.BytesIO(response.content))
    sent = np.load(io.BytesIO(b"".join(npy(250_000))))
    np.testing.assert_allclose(aligned, TRANSLATOR.align(sent), atol=2e-7)


def open_stream(server: httpx.Client, head: bytes) -> socket.socket:
    assert server.base_url.port is not None
    client = socket.create_connection(("127.0.0.1", server.base_url.port), timeout=30)
    client.sendall(b"POST " + ALIGN.encode() + b" HTTP/1.1\r\nhost: localhost\r\n" + head)
    return client


def test_a_client_that_goes_away_frees_its_work(app: FastAPI, server: httpx.Client) -> None:
    state: ServiceState = app.state.service
    head = b"content-type: application/x-npy\r\ncontent-length: 50000000\r\n\r\n"
    client = open_stream(server, head)
    for piece in npy(20_000):
        client.sendall(piece)
    assert client.recv(1000).startswith(b"HTTP/1.1 200")
    assert state.streams.inside == 1
    client.close()
    deadline = time.monotonic() + 1
    while state.streams.inside or state.limiter.borrowed_tokens:
        assert time.monotonic() < deadline, "still at work"
        time.sleep(0.01)


def test_a_stream_that_stands_still_is_ended(app: FastAPI, server: httpx.Client) -> None:
    state: ServiceState = app.state.service
    head = b"content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
    for sent, status in ((b"", b"408"), (b'7\r\n"fr-1"\n\r\n', b"200")):
        client = open_stream(server, head + sent)
        begun = time.monotonic()
        answer = b""
        while piece := client.recv(1000):
            answer += piece
        assert 1 < time.monotonic() - begun < 10
        assert answer.startswith(b"HTTP/1.1 " + status)
        assert (b'"position":0' in answer) is bool(sent)
        client.close()
        assert status == b"408" or not answer.endswith(b"0\r\n\r\n")
        assert state.streams.inside == 0


def test_answers_come_while_rows_go(server: httpx.Client) -> None:
    head = b"content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
    client = open_stream(server, head)
    for position in range(3):
        client.sendall(b'7\r\n"fr-%d"\n\r\n' % position)
        answer = b""
        while b"}\n\r\n" not in answer:
            answer += client.recv(10_000)
        assert b'{"position":%d,"word":"fr-%d"' % (position, position) in answer
    client.sendall(b"0\r\n\r\n")
    assert client.recv(100) == b"0\r\n\r\n"
    client.close()


def read_until_cut(response: httpx.Response) -> bytes:
    content = b""
    with pytest.raises(httpx.RemoteProtocolError):
        for piece in response.iter_raw():
            content += piece
    return content


def test_an_error_in_the_middle_stands_in_an_arrow_stream(server: httpx.Client) -> None:
    table = pa.table({"word": pa.array(["fr-1"] * 3000)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)

    def content() -> Iterator[bytes]:
        yield sink.getvalue().to_pybytes()[:-8]
        time.sleep(0.3)
        yield b"this is no message"

    headers = {"content-type": "application/vnd.apache.arrow.stream"}
    with server.stream("POST", ALIGN, content=content(), headers=headers) as response:
        assert response.status_code == 200
        answer = read_until_cut(response)
    reader = pa.ipc.open_stream(answer)
    rows, error = 0, None
    for _ in range(10):
        found = reader.read_next_batch_with_custom_metadata()
        rows += found.batch.num_rows
        if found.custom_metadata is not None:
            error = json.loads(found.custom_metadata[FAILURE_KEY])
            break
    assert rows == 3000
    assert error is not None
    assert error["code"] == "malformed_stream"
    assert "behind row 3000" in error["message"]


def test_an_error_in_the_middle_is_the_last_line(server: httpx.Client) -> None:
    """Here it is the limit of the whole stream, which only shows when it is reached."""

    def content() -> Iterator[bytes]:
        yield b'"fr-1"\n'
        time.sleep(0.3)
        for _ in range(61):
            yield b" " * 999_999 + b"\n"

    headers = {"content-type": "application/x-ndjson"}
    with server.stream("POST", ALIGN, content=content(), headers=headers) as response:
        assert response.status_code == 200
        lines = read_until_cut(response).splitlines()
    assert json.loads(lines[0])["word"] == "fr-1"
    last = json.loads(lines[-1])
    assert "position" not in last
    assert last["error"]["code"] == "too_large"


def test_a_full_disk_cuts_the_answer(server: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    headers = {"content-type": "application/x-npy"}
    with pytest.raises(httpx.RemoteProtocolError):
        server.post(ALIGN, content=npy(250_000), headers=headers)
    monkeypatch.undo()
    response = server.post(ALIGN, content=npy(1000), headers=headers)
    assert response.status_code == 200


def test_an_array_that_is_cut_gives_a_cut_answer(server: httpx.Client) -> None:
    headers = {"content-type": "application/x-npy"}
    content = b"".join(npy(250_000))[:-4]
    with server.stream("POST", ALIGN, content=content, headers=headers) as response:
        assert response.status_code == 200
        assert len(read_until_cut(response)) < len(content)


def test_the_inbox_holds_no_more_than_it_may() -> None:
    async def run() -> None:
        inbox = Inbox(1000)
        await inbox.put(b"a" * 1500)
        with anyio.move_on_after(0.05) as scope:
            await inbox.put(b"b")
        assert scope.cancelled_caught
        assert await inbox.take() == b"a" * 1500
        await inbox.put(b"c")
        inbox.close()
        assert await inbox.take() == b"c"
        assert await inbox.take() == b""

    anyio.run(run)


def test_the_outbox_keeps_the_order_in_memory_and_on_disk() -> None:
    async def run() -> None:
        outbox = Outbox(100, 10_000, patience=0.01, still_coming=lambda: True)
        pieces = [bytes([number]) * (30 + number) for number in range(60)]
        taken: list[bytes] = []
        for piece in pieces[:40]:
            await outbox.put(piece)
        assert outbox.spooled_at_most > 1000
        taken += [await outbox.take() or b"" for _ in range(5)]
        for piece in pieces[40:]:
            await outbox.put(piece)
        outbox.close(b"tail")
        while (last := await outbox.take()) is not None:
            taken.append(last)
        assert b"".join(taken) == b"".join(pieces) + b"tail"
        outbox.discard()

    anyio.run(run)


def test_without_a_disk_or_once_all_was_sent_the_outbox_waits() -> None:
    async def run(most_spooled: int, *, still_coming: bool) -> None:
        outbox = Outbox(100, most_spooled, patience=0.01, still_coming=lambda: still_coming)
        await outbox.put(b"a" * 100)
        with anyio.move_on_after(0.1) as scope:
            await outbox.put(b"b")
        assert scope.cancelled_caught
        assert outbox.spooled_at_most == 0

    anyio.run(lambda: run(0, still_coming=True))
    anyio.run(lambda: run(10_000, still_coming=False))
