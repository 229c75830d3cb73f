"""What an operator sees of a server in a process of its own."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from isogloss.models.checkpoint import save_checkpoint
from isogloss.service.keys import Key, digest_of, make_key
from tests.end_to_end.running_server import server_process
from tests.rotated_spaces import rotated_translator
from tests.service.operator import HEADERS, operator_keys


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    directory = tmp_path / "checkpoints"
    save_checkpoint(rotated_translator(), directory / "fr-es")
    return directory


def test_logs_keys_and_new_checkpoints(checkpoints: Path, tmp_path: Path) -> None:
    reader, operator = make_key(), make_key()
    keys = [Key("alice", "read", digest_of(reader)), Key("olga", "admin", digest_of(operator))]
    (tmp_path / "keys").write_text("".join(f"{key.line()}\n" for key in keys))
    environment = {"ISOGLOSS_KEYS": str(tmp_path / "keys"), "ISOGLOSS_WATCH_SECONDS": "0.1"}
    with (
        server_process(checkpoints, environment=environment) as server,
        httpx.Client(base_url=server.address, timeout=30) as client,
    ):
        path = "/v1/pairs/fr-es/translate"
        body = {"words": ["Geheimnis"]}
        headers = {"authorization": f"Bearer {reader}", "x-request-id": "mine"}
        assert client.post(path, json=body).status_code == 401
        assert client.post(path, json=body, headers=headers).status_code == 200
        save_checkpoint(rotated_translator(languages=("fr", "de")), checkpoints / "fr-de")
        deadline = time.monotonic() + 20
        while len(client.get("/health/ready").json()["pairs"]) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        metrics = client.get("/metrics", headers={"x-api-key": operator})
        assert "isogloss_pairs 2.0" in metrics.text
        lines = server.lines()
    text = "\n".join(lines)
    for secret in (reader, operator, "Geheimnis"):
        assert secret not in text
    entries = [json.loads(line) for line in lines]
    loaded = [entry["pair"] for entry in entries if entry["event"] == "checkpoint loaded"]
    assert loaded == ["fr-es", "fr-de"]
    asked = [entry for entry in entries if entry.get("route") == "/v1/pairs/{pair}/translate"]
    # The route is known before the key is: who showed none is logged with it.
    assert [entry.get("key") for entry in asked] == [None, "alice"]
    assert asked[1]["request_id"] == "mine"
    assert any(entry.get("code") == "unauthenticated" for entry in entries)


def test_the_end_is_announced_and_work_in_flight_finishes(checkpoints: Path) -> None:
    rows, ended = 60, threading.Event()

    def body() -> Iterator[bytes]:
        for number in range(rows):
            yield f'{{"word": "fr-{number}"}}\n'.encode()
            if number == rows - 2:
                ended.wait(20)  # the last row is sent after the port was closed

    with (
        server_process(checkpoints, environment={"ISOGLOSS_DRAIN_SECONDS": "3"}) as server,
        httpx.Client(base_url=server.address, timeout=30) as client,
        ThreadPoolExecutor(4) as pool,
    ):
        path = "/v1/pairs/fr-es/translate"
        kind = {"content-type": "application/x-ndjson"}
        assert client.get("/health/ready").status_code == 200
        stream = pool.submit(
            httpx.post, f"{server.address}{path}", content=body(), headers=kind, timeout=30
        )

        def ask() -> list[int]:
            """Ask as a load balancer does: as long as the service says that it is ready."""
            statuses = []
            with httpx.Client(base_url=server.address, timeout=30) as own:
                while own.get("/health/ready").status_code == 200:
                    statuses.append(own.post(path, json={"words": ["fr-1"]}).status_code)
            return statuses

        askers = [pool.submit(ask) for _ in range(3)]
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        for asker in askers:
            statuses = asker.result()
            assert len(statuses) > 2
            assert set(statuses) == {200}
        assert time.monotonic() - begun < 2.5
        ready = client.get("/health/ready")
        assert ready.json()["error"]["code"] == "shutting_down"
        assert ready.headers["connection"] == "close"
        # While it drains, it answers all the same, and takes new connections.
        assert httpx.post(f"{server.address}{path}", json={"words": []}).status_code == 200
        while True:
            try:
                httpx.get(f"{server.address}/health/live")
            except httpx.TransportError:
                break
        assert time.monotonic() - begun > 2.5
        assert server.process.poll() is None
        ended.set()
        answer = stream.result()
        assert answer.status_code == 200
        assert len(answer.text.splitlines()) == rows
        server.process.wait(timeout=20)


def test_a_second_signal_ends_the_draining(checkpoints: Path) -> None:
    with server_process(checkpoints, environment={"ISOGLOSS_DRAIN_SECONDS": "60"}) as server:
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(timeout=15)


def test_a_reload_reaches_every_worker_and_any_of_them_counts_for_all(
    checkpoints: Path, tmp_path: Path
) -> None:
    environment = {
        "ISOGLOSS_WATCH_SECONDS": "0",
        "ISOGLOSS_KEYS": str(operator_keys(tmp_path)),
    }
    with server_process(checkpoints, "--workers", "2", environment=environment) as server:

        def get(path: str) -> httpx.Response:
            # A new connection each time, so that both workers are asked.
            return httpx.get(f"{server.address}{path}", headers=HEADERS, timeout=30)

        assert get("/v1/info").json()["workers"] == 2
        save_checkpoint(rotated_translator(languages=("fr", "de")), checkpoints / "fr-de")
        answer = httpx.post(f"{server.address}/v1/admin/reload", headers=HEADERS, timeout=60)
        assert answer.json()["workers"] == 2
        for _ in range(12):
            assert get("/health/ready").json()["pairs"] == ["fr-de", "fr-es"]
        text = get("/metrics").text
        counted = re.search(
            r'isogloss_requests_total\{.*route="/health/ready",status="200"\} (.*)', text
        )
        assert counted is not None
        assert float(counted[1]) == 12
        pids = set(re.findall(r'process_memory_bytes\{kind="resident",pid="(\d+)"\}', text))
        assert len(pids) == 2
