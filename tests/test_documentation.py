"""The commands of the README are run as they stand, but made cheap; links lead to files."""

from __future__ import annotations

import doctest
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

import isogloss
from tests.shown_commands import commands_of

ROOT = Path(__file__).parents[1]
FOLDERS = ("models", "research", "scripts", "service", "tests")
READMES = [
    ROOT / "README.md",
    *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("README.md"))),
]

_BLOCK = re.compile(
    r"(?P<mark><!-- not run: (?P<reason>[^>]*) -->\n)?```console\n(?P<body>.*?)```", re.DOTALL
)
_PYTHON = re.compile(r"```pycon\n(.*?)```", re.DOTALL)
_LINK = re.compile(r"\[[^\]]+\]\((?P<target>[^)#]+)(#[^)]*)?\)")


@dataclass(frozen=True, slots=True)
class Block:
    """Commands that stand together, and why they are not run, where they are not."""

    commands: tuple[str, ...]
    reason: str | None


def blocks(readme: Path) -> Iterator[Block]:
    for match in _BLOCK.finditer(readme.read_text(encoding="utf-8")):
        yield Block(tuple(commands_of(match["body"])), match["reason"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like the repository, where `isogloss` is this very code."""
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "isogloss"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m isogloss "$@"\n')
    program.chmod(0o755)
    return tmp_path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for_server(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server ended"
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not listen")


def examples() -> doctest.DocTest:
    """The Python of the README, with what it prints."""
    shown = "".join(_PYTHON.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    return doctest.DocTestParser().get_doctest(shown, {}, "README.md", "README.md", 0)


def cheaper(command: str) -> str:
    closed_form = " --aligner procrustes --lexicon scripts/sample/en-fr.txt --limit 1500"
    return command + closed_form if command.startswith("isogloss train") else command


def environment_of(folder: Path) -> dict[str, str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}


def test_the_python_and_the_commands_of_the_readme_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made cheap: it is what is typed that is tried here, not its result."""
    monkeypatch.chdir(folder)
    cheap = partial(
        isogloss.align, limit=1500, aligner="procrustes", lexicon="scripts/sample/en-fr.txt"
    )
    monkeypatch.setattr(isogloss, "align", cheap)
    names: dict[str, object] = {}
    for example in examples().examples:
        exec(compile(example.source, "README.md", "single"), names)
    port, servers = free_port(), []
    commands = [
        cheaper(command).replace("8000", str(port))
        for block in blocks(ROOT / "README.md")
        if block.reason is None
        for command in block.commands
    ]
    assert len(commands) >= 3
    try:
        for command in commands:
            if command.startswith("isogloss serve"):
                servers.append(subprocess.Popen(command.split(), env=environment_of(folder)))
                wait_for_server(port, servers[-1])
                continue
            run = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", command],
                env=environment_of(folder),
                capture_output=True,
                text=True,
                check=False,
            )
            assert run.returncode == 0, f"{command}\n{run.stderr}"
            assert run.stdout, command
    finally:
        for server in servers:
            server.terminate()
            server.wait(timeout=30)


@pytest.mark.slow
def test_the_python_of_the_readme_prints_what_it_shows(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    result = doctest.DocTestRunner(verbose=False).run(examples())
    assert (result.failed, result.attempted) == (0, 5)


def test_the_readme_is_short() -> None:
    assert (ROOT / "README.md").stat().st_size <= 6 * 1024


def test_what_is_not_run_says_why() -> None:
    left_out = [block for block in blocks(ROOT / "README.md") if block.reason is not None]
    assert all(len(block.reason or "") > 5 for block in left_out)
    for block in left_out:
        assert not any(command.startswith("isogloss") for command in block.commands)


@pytest.mark.parametrize("readme", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(readme: Path) -> None:
    for match in _LINK.finditer(readme.read_text(encoding="utf-8")):
        target = match["target"]
        if "://" not in target:
            assert (readme.parent / target).exists(), target
