"""Progress is shown on a terminal alone, with rate and time left."""

from __future__ import annotations

import io
import re
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from isogloss.models.progress.observation import Progress as Observation
from isogloss.scripts.cli import app
from isogloss.scripts.progress import ProgressBars, Step, tracked


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown_on(terminal: io.StringIO) -> str:
    """What was printed, without the codes that move the cursor and colour."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())


def open_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Put a terminal in the place of standard error; in the test, as a fixture comes too early."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    return stream


def test_a_terminal_sees_count_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch)
    with ProgressBars() as bars:
        words = bars.stage("translating", unit="words")
        for done in range(0, 600, 100):
            words(done, 1000)
            time.sleep(0.02)
        words(600, 1000)
    text = shown_on(terminal)
    assert "translating" in text
    assert "600/1,000 words" in text
    assert re.search(r"[0-9,]+/s", text)
    assert re.search(r"00:0[0-9]", text)


def test_bytes_are_shown_as_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch)
    with ProgressBars() as bars:
        for done in (0, 500_000, 1_500_000):
            bars.observe_bytes("cc.fr.300.vec.gz", done, 3_000_000)
            time.sleep(0.02)
    text = shown_on(terminal)
    assert "1.5 MB/3.0 MB" in text
    assert re.search(r"[0-9.]+ MB/s", text)


def test_a_fit_shows_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch)
    with ProgressBars(losses=True) as bars:
        bars.observe(Observation(stage="self-learning", step=3, total=9, metrics={"loss": 0.5}))
        bars.observe_reading("en.vec", 2000)
    text = shown_on(terminal)
    assert "3/9" in text
    assert "loss 0.500" in text
    assert "2,000 words" in text


def test_a_step_says_which_it_is_and_fits_into_80_columns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = open_terminal(monkeypatch)
    monkeypatch.setenv("COLUMNS", "80")
    plan = (Step("read the source", ("reading en.vec",)), Step("search", ("start ",)))
    with ProgressBars(plan=plan) as bars:
        bars.observe_reading("en.vec", 2000)
        stage = "start 1 of 5: similarity-profiles, cooling"
        bars.observe(Observation(stage=stage, step=3, total=160, metrics={"loss": 0.5}))
        bars.observe(Observation(stage=stage, step=120, total=160))
    text = shown_on(terminal)
    assert "1/2 read the source" in text
    assert "2/2 search: start 1 of 5" in text
    assert "120/160" in text
    assert "loss" not in text
    assert max(map(len, re.split(r"[\r\n]", text))) <= 80


def test_without_a_terminal_a_step_is_a_line_and_time_is_told_every_30_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream, clock = io.StringIO(), iter(range(0, 1000, 10))
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr("isogloss.scripts.progress.time.monotonic", lambda: float(next(clock)))
    plan = (Step("search", ("start ",)), Step("refine", ("refinement",)))
    with ProgressBars(plan=plan) as bars:
        for step in range(8):
            bars.observe(Observation(stage="start 1", step=step, total=160))
        bars.observe(Observation(stage="refinement", step=0, total=9))
    assert stream.getvalue().splitlines() == [
        "1/2 search: start 1",
        "1/2 search: start 1: 3 of 160 (2%), about 1570 s left",
        "1/2 search: start 1: 6 of 160 (4%), about 1540 s left",
        "2/2 refine",
    ]


def test_elsewhere_it_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with ProgressBars() as bars:
        bars.observe_words("translating", 1, 2)
        bars.stage("mapping")(1, None)
    assert stream.getvalue() == ""


def test_items_are_counted_as_they_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch)
    seen = []
    for item in tracked("abc", "seeds"):
        seen.append(item)
        time.sleep(0.15)
    assert seen == ["a", "b", "c"]
    text = shown_on(terminal)
    assert "seeds" in text
    assert "1/3" in text
    assert "3/3" in text


def test_commands_show_progress(
    monkeypatch: pytest.MonkeyPatch, checkpoint: Path, tmp_path: Path
) -> None:
    """On a terminal each long command shows a bar, and prints the same as without one."""
    commands = {
        "translating": ["translate", str(checkpoint), "fr-1", "fr-2"],
        "matching": ["lexicon", str(checkpoint), "--matching", "ipot"],
        "drawing together": [
            *("map", "--checkpoint", str(checkpoint), "--words", "20"),
            *("--output", str(tmp_path / "map.html")),
        ],
    }
    for name, arguments in commands.items():
        silent = _printed(arguments)
        terminal = open_terminal(monkeypatch)
        assert _without_time(_printed(arguments)) == _without_time(silent), name
        shown = shown_on(terminal)
        assert name in shown
        assert re.search(r"[1-9][0-9]*/[1-9][0-9]*", shown), shown
        monkeypatch.undo()


def _printed(arguments: list[str]) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        app(arguments, standalone_mode=False)
    return printed.getvalue()


def _without_time(text: str) -> str:
    return re.sub(r"(?m)^seconds.*$", "", text)
