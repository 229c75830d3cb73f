"""The start of a command takes no longer than was agreed."""

from __future__ import annotations

from pathlib import Path

from isogloss.models.checkpoint import load_checkpoint
from research.benchmarks import start_up
from research.measurement import read_results


def test_what_was_measured_keeps_to_its_bounds() -> None:
    rows = {row["command"]: row for row in read_results(start_up.RESULTS)}
    assert {title for title, row in rows.items() if row["bound"] is not None} == set(
        start_up.BOUNDS
    )
    for title, bound in start_up.BOUNDS.items():
        assert rows[title]["times_numpy"] <= bound == rows[title]["bound"], title


def test_a_checkpoint_of_random_words_translates(tmp_path: Path) -> None:
    start_up.save_random_checkpoint(tmp_path / "en-fr", 300, 10)
    translator = load_checkpoint(tmp_path / "en-fr")
    assert "probability" in translator.rankings
    assert translator.translate(["word7"], 1)[0].neighbours[0].word == "mot7"
    asked = start_up.commands(tmp_path / "en-fr")
    assert asked["isogloss translate, one word"][-1] in translator.source.rows
