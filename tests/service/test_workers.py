"""What the workers of one server tell each other."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from isogloss.models.checkpoint import save_checkpoint
from isogloss.service import Settings, create_app
from isogloss.service.workers import WorkerBoard
from tests.rotated_spaces import rotated_translator
from tests.service.operator import HEADERS, operator_keys
from tests.service.running import running


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_wish_is_seen_and_fulfilled(tmp_path: Path) -> None:
    board = WorkerBoard(tmp_path)
    assert (board.asked(), board.own(), board.workers()) == (0, 0, {})
    first = board.ask()
    second = board.ask()
    assert board.asked() == second > first > 0
    board.done(first)
    assert board.workers() == {os.getpid(): first}
    board.done(second)
    assert board.own() == second
    board.leave()
    assert board.workers() == {}


def test_workers_that_ended_are_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / f"{ended_process()}.reloaded").write_text("7")
    (tmp_path / f"{os.getppid()}.reloaded").write_text("8")
    assert WorkerBoard(tmp_path).workers() == {os.getppid(): 8}
    assert [file.name for file in tmp_path.iterdir()] == [f"{os.getppid()}.reloaded"]


def test_wishes_made_at_once_are_not_one(tmp_path: Path) -> None:
    boards = [WorkerBoard(tmp_path) for _ in range(8)]
    wishes: list[int] = []
    threads = [threading.Thread(target=lambda b=b: wishes.append(b.ask())) for b in boards]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(wishes)) == 8


def test_a_reload_reaches_every_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two services that share a folder, as the workers of one server do."""
    directory, folder = tmp_path / "checkpoints", tmp_path / "workers"
    folder.mkdir()
    save_checkpoint(rotated_translator(), directory / "fr-es")
    settings = Settings(
        checkpoints=directory,
        watch_seconds=0,
        workers=2,
        workers_folder=folder,
        keys=operator_keys(tmp_path),
    )
    with ExitStack() as stack:
        clients = []
        # Both run in this process; each is to have a file of its own.
        for pid in (os.getpid(), os.getppid()):
            monkeypatch.setattr("isogloss.service.workers.os.getpid", lambda pid=pid: pid)
            clients.append(stack.enter_context(running(create_app(settings))))
        monkeypatch.undo()
        save_checkpoint(rotated_translator(languages=("fr", "de")), directory / "fr-de")
        time.sleep(0.4)
        for client in clients:
            assert client.get("/health/ready").json()["pairs"] == ["fr-es"]
        assert clients[0].post("/v1/admin/reload", headers=HEADERS).json()["workers"] == 2
        for client in clients:
            assert client.get("/health/ready").json()["pairs"] == ["fr-de", "fr-es"]
