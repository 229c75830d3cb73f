import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.running_server import ROOT, running_server
from tests.scripts.conftest import Invoke


def test_one_checkpoint_or_a_folder_of_them_is_served(checkpoint: Path) -> None:
    for place in (checkpoint, checkpoint.parent):
        with running_server(place) as address:
            assert httpx.get(f"{address}/health/ready").json()["pairs"] == ["fr-es"]


def test_ctrl_c_ends_it_without_an_error(checkpoint: Path) -> None:
    command = [sys.executable, "-m", "isogloss", "serve", "--checkpoints", str(checkpoint)]
    with subprocess.Popen(
        [*command, "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(f"serving {checkpoint} on http://127.0.0.1:")
        os.kill(process.pid, signal.SIGINT)
        rest, errors = process.communicate(timeout=30)
    assert (process.returncode, rest) == (0, "")
    assert {json.loads(line)["level"] for line in errors.splitlines()} <= {"info"}


@pytest.mark.parametrize("exists", [False, True])
def test_a_missing_or_empty_folder_is_refused(invoke: Invoke, tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "checkpoints"
    if exists:
        folder.mkdir()
    result = invoke("serve", "--checkpoints", folder, "--port", 0)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"error: {folder}: expected ")
    assert result.stderr.count("\n") == 1


def test_a_folder_of_nothing_but_broken_checkpoints_is_refused(
    invoke: Invoke, tmp_path: Path
) -> None:
    (tmp_path / "fr-es").mkdir()
    (tmp_path / "fr-es" / "manifest.json").write_text("{")
    result = invoke("serve", "--checkpoints", tmp_path, "--port", 0)
    assert result.exit_code == 1
    assert "manifest.json" in result.stderr


def test_a_taken_port_is_refused(invoke: Invoke, checkpoint: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = invoke("serve", "--checkpoints", checkpoint, "--port", port)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: cannot listen on 127.0.0.1, port {port}: ")
    assert result.stderr.count("\n") == 1


def test_a_wrong_setting_of_the_environment_is_a_usage_error(
    invoke: Invoke, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOGLOSS_THREADS", "none")
    result = invoke("serve", "--checkpoints", checkpoint, "--port", 0)
    assert result.exit_code == 2
    assert "threads" in result.stderr


def test_an_open_address_needs_keys(invoke: Invoke, checkpoint: Path) -> None:
    result = invoke("serve", "--checkpoints", checkpoint, "--host", "0.0.0.0", "--port", 0)
    assert result.exit_code == 2
    assert "ISOGLOSS_KEYS" in result.stderr


def test_a_bad_line_of_the_key_file_is_named_before_anything_is_loaded(
    invoke: Invoke, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keys").write_text("nonsense\n")
    monkeypatch.setenv("ISOGLOSS_KEYS", str(tmp_path / "keys"))
    result = invoke("serve", "--checkpoints", checkpoint, "--port", 0, "--workers", 2)
    assert result.exit_code == 1
    assert f"{tmp_path / 'keys'}:1: expected NAME ROLE sha256:HASH" in result.stderr
    assert result.stderr.count("\n") == 1


def test_sigterm_ends_a_server_that_still_loads(checkpoint: Path) -> None:
    command = [sys.executable, "-m", "isogloss", "serve", "--checkpoints", str(checkpoint)]
    with subprocess.Popen([*command, "--port", "0"], cwd=ROOT) as process:
        time.sleep(1.5)
        process.terminate()
        begun = time.monotonic()
        process.wait(timeout=30)
        assert time.monotonic() - begun < 5
        assert process.returncode == -signal.SIGTERM
