"""The commands and the Python of the guide run as they stand, but made cheap."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

import isogloss
from isogloss.models.aligners import ALIGNERS
from isogloss.scripts.cli import app
from tests.shown_commands import commands_of
from tests.test_documentation import ROOT, free_port, wait_for_server

DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))

_BLOCK = re.compile(
    r"(?P<mark><!-- not run: (?P<reason>[^>]*) -->\n)?"
    r"```(?P<kind>console|python)\n(?P<body>.*?)```",
    re.DOTALL,
)
_SHELL = re.compile(r"[|<>$;&]")
CHEAP = "--limit 400 --force"
"""Added to a fit: it is the command that is tried here, not its result."""

CHEAP_RECIPE = """
[portfolio]
starts = [
    { kind = "similarity-profiles", words = 300, search = { groups = 2, words = 300, rounds = 2 } }
]
cooling = [{ groups = 1, words = 300, rounds = 1 }]

[neural_gw]
steps = 2
batch = 64

[refinement]
phases = [{ groups = 1, words = 300, rounds = 1 }]
"""

REASONS = {
    "fetches from the internet",
    "needs Docker",
    "needs a GPU",
    "needs a server",
    "installs",
}
"""Why a block may be left out."""


@dataclass(frozen=True, slots=True)
class Block:
    """What stands together on a page, and why it is not run, where it is not."""

    kind: str
    body: str
    reason: str | None


def blocks(page: str) -> list[Block]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [Block(match["kind"], match["body"], match["reason"]) for match in _BLOCK.finditer(text)]


def cheaper(command: str, port: int) -> str:
    if command.startswith("isogloss train"):
        command = f"{command.replace(' --recipe fast', '')} {CHEAP}"
        if "--lexicon" not in command:
            command += " --recipe cheap.toml"
    return command.replace("8000", str(port))


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the sample, for all pages."""
    output = tmp_path_factory.mktemp("guide") / "en-fr"
    sample = ROOT / "scripts" / "sample"
    arguments = [
        *("train", "--source", f"{sample}/en.vec.gz", "--source-language", "en"),
        *("--target", f"{sample}/fr.vec.gz", "--target-language", "fr", "--output", str(output)),
        *("--aligner", "procrustes", "--lexicon", f"{sample}/en-fr.txt"),
        *("--limit", "2000", "--no-report"),
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.stderr
    return output


@pytest.fixture
def folder(fitted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like the repository, with the checkpoint of the tutorial."""
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    shutil.copytree(fitted, tmp_path / "checkpoints" / "en-fr")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "isogloss"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m isogloss "$@"\n')
    program.chmod(0o755)
    (tmp_path / "cheap.toml").write_text(CHEAP_RECIPE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


class Machine:
    """Runs commands: those of Isogloss in this process, the others in a shell."""

    def __init__(self) -> None:
        self.port = free_port()
        self._servers: list[subprocess.Popen[bytes]] = []

    def run(self, command: str) -> None:
        command = cheaper(command, self.port)
        if "isogloss serve" in command:
            self._serve(command)
        elif command.startswith("isogloss ") and not _SHELL.search(command):
            result = CliRunner().invoke(app, shlex.split(command)[1:])
            assert result.exit_code == 0, f"{command}\n{result.stderr}\n{result.exception!r}"
            assert result.stdout, command
        else:
            self._shell(command)

    def _shell(self, command: str) -> None:
        run = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, f"{command}\n{run.stderr}"
        if command.startswith("curl"):
            assert '"en-fr"' in run.stdout or '"neighbours"' in run.stdout, run.stdout

    def _serve(self, command: str) -> None:
        words = shlex.split(command)
        first = words.index("isogloss")
        environment = dict(word.split("=", 1) for word in words[:first])
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", self.port)) != 0
        server = subprocess.Popen(words[first:], env={**os.environ, **environment})
        self._servers.append(server)
        wait_for_server(self.port, server)

    def stop(self) -> None:
        for server in self._servers:
            server.terminate()
            server.wait(timeout=30)


@contextmanager
def machine() -> Iterator[Machine]:
    started = Machine()
    try:
        yield started
    finally:
        started.stop()


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)])
@pytest.mark.usefixtures("folder")
def test_what_a_page_shows_runs(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = partial(isogloss.align, limit=400, force=True, recipe="cheap.toml", progress=False)
    monkeypatch.setattr(isogloss, "align", cheap)
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    names: dict[str, object] = {}
    with machine() as here:
        for block in blocks(page):
            if block.reason is not None:
                continue
            if block.kind == "python":
                exec(compile(block.body, page, "exec"), names)
                continue
            for command in commands_of(block.body):
                here.run(command)


def test_what_is_not_run_says_why() -> None:
    reasons = {block.reason for page in PAGES for block in blocks(page)} - {None}
    assert reasons == REASONS


def test_every_kind_of_download_is_shown() -> None:
    text = (DOCS / "how-to" / "vectors.md").read_text(encoding="utf-8")
    for kind in ("fasttext", "glove", "muse-dictionary"):
        assert f"isogloss download {kind} " in text


def test_every_aligner_is_spoken_of() -> None:
    page = (DOCS / "explanation" / "aligners.md").read_text(encoding="utf-8")
    for aligner in ALIGNERS.values():
        needs = "a dictionary" if aligner.supervised else "nothing"
        assert f"| `{aligner.name}` | {needs} |" in page


@pytest.mark.parametrize("page", PAGES)
def test_every_page_stands_in_the_navigation(page: str) -> None:
    assert f"- {page}" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
