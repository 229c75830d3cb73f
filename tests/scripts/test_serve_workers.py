"""Several workers, started as a user starts them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from isogloss.service.keys import Key, digest_of, make_key
from tests.scripts.conftest import Invoke

BODY = {"words": ["fr-7"], "k": 1}
KEY = make_key()


@contextmanager
def serving(checkpoint: Path, workers: int) -> Iterator[tuple[psutil.Process, str]]:
    command = ["serve", "--checkpoints", str(checkpoint), "--port", "0", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "isogloss", *command, "--workers", str(workers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as process:
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line == "}\n":
                    break
            yield psutil.Process(process.pid), json.loads("".join(lines))["address"]
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=60)
            assert "Traceback" not in errors


def workers_of(supervisor: psutil.Process) -> list[psutil.Process]:
    found = []
    for one in supervisor.children():
        with suppress(psutil.Error):  # it ended while we looked
            if "spawn_main" in " ".join(one.cmdline()):
                found.append(one)
    return found


def wait_for(condition: object, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.1)


def ask(address: str) -> str:
    headers = {"authorization": f"Bearer {KEY}"}
    answer = httpx.post(
        f"{address}/v1/pairs/fr-es/translate", json=BODY, headers=headers, timeout=60
    ).json()
    return str(answer["results"][0]["neighbours"][0]["word"])


def test_a_killed_worker_is_replaced_and_all_end_together(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{Key('alice', 'read', digest_of(KEY)).line()}\n")
    monkeypatch.setenv("ISOGLOSS_KEYS", str(keys))
    with serving(checkpoint, 2) as (supervisor, address):
        first = workers_of(supervisor)
        assert len(first) == 2
        assert ask(address) == "es-7"
        # A bad line in the key file keeps a new worker from starting, and harms nobody else.
        good = keys.read_text()
        keys.write_text(f"{good}nonsense\n")
        first[0].kill()
        for _ in range(20):
            assert ask(address) == "es-7"
            time.sleep(0.2)
        assert first[1].is_running()
        keys.write_text(good)
        wait_for(lambda: len({*workers_of(supervisor)} - {*first}) == 1)
        assert [ask(address) for _ in range(5)] == ["es-7"] * 5
        everybody = [supervisor, *supervisor.children(recursive=True)]
        supervisor.send_signal(signal.SIGINT)
        ended, alive = psutil.wait_procs(everybody, timeout=60)
        assert alive == []
        assert {one.pid: one.returncode for one in ended}[supervisor.pid] in {0, None}


@pytest.mark.slow
def test_workers_end_where_their_supervisor_was_killed(checkpoint: Path) -> None:
    with serving(checkpoint, 2) as (supervisor, _):
        workers = workers_of(supervisor)
        supervisor.kill()
        _, alive = psutil.wait_procs(workers, timeout=60)
        assert alive == []


def test_several_workers_on_a_gpu_are_refused(
    invoke: Invoke, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    result = invoke("serve", "--checkpoints", checkpoint, "--port", 0, "--workers", 2)
    assert result.exit_code == 2
    assert "expected 1 on a GPU, found 2" in result.stderr
