"""The tutorial's notebook runs as it stands, but with a cheap fit; and progress in a notebook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from isogloss.models.progress.observation import Progress
from isogloss.notebook_progress import NotebookProgress, in_notebook

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "tutorial.ipynb"
FIT = "isogloss.align(english, french)"
CHEAP = 'isogloss.align(english, french, aligner="procrustes", lexicon=dictionary)'


def cells(kind: str) -> list[dict[str, Any]]:
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert notebook["nbformat"] == 4
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def text_of(cell: dict[str, Any]) -> str:
    pieces: list[str] = []
    for output in cell["outputs"]:
        found = output.get("text") or output.get("data", {}).get("text/plain", "")
        pieces.append("".join(found))
    return "".join(pieces)


def test_the_cells_run_in_a_fresh_interpreter(tmp_path: Path) -> None:
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    sources = ["".join(cell["source"]) for cell in cells("code")]
    program = "\n".join(source for source in sources if not source.startswith("%pip"))
    assert program.count(FIT) == 1
    (tmp_path / "cells.py").write_text(program.replace(FIT, CHEAP), "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
    run = subprocess.run(
        [sys.executable, "cells.py"],
        check=False,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert "<Space en, 5,000 words, 300 dimensions>" in run.stdout
    assert {path.name for path in (tmp_path / "aligned").iterdir()} == {"en.npz", "fr.npz"}
    assert (tmp_path / "checkpoints" / "en-fr" / "manifest.json").is_file()


def test_it_installs_first_and_is_saved_with_its_outputs() -> None:
    code = cells("code")
    assert code[0]["source"][0].startswith("%pip install")
    outputs = "".join(text_of(cell) for cell in code)
    assert "Translator en→fr, 5,000 × 5,000 words, found" in outputs
    assert "fenêtre" in outputs
    assert "Traceback" not in outputs
    assert any("image/png" in output.get("data", {}) for cell in code for output in cell["outputs"])


def test_progress_replaces_one_line_below_the_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    def display_once(text: str, *, display_id: bool) -> SimpleNamespace:
        assert display_id
        shown.append(text)
        return SimpleNamespace(update=shown.append)

    display = SimpleNamespace(
        HTML=lambda text: text,
        display=display_once,
    )
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    assert not in_notebook()
    kernel = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", kernel)
    assert in_notebook()
    with NotebookProgress() as bar:
        bar.observe(Progress(stage="start <1>", step=3, total=12))
        bar.observe(Progress(stage="start <1>", step=4, total=12))
    assert len(shown) == 3, "steps that follow at once are not all shown"
    assert 'value="0.250"' in shown[1]
    assert "start &lt;1&gt;: 3 of 12" in shown[1]
    assert shown[2].startswith("done after")
