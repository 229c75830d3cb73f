"""`research.papers spot` and `daspot` at tiny size, and their tables in the documentation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from research.papers import daspot
from research.papers.spot_tables import tables
from tests.scripts.conftest import Invoke

ROOT = Path(__file__).parents[2]
README = ROOT / "models" / "aligners" / "pushforward" / "README.md"


def test_every_part_of_spot_runs_and_prints_its_table(invoke: Invoke, tmp_path: Path) -> None:
    output = tmp_path / "spot.json"
    sizes = ["--width", 2, "--epsilon", 1, "--steps", 2, "--density-steps", 2, "--seeds", 1]
    result = invoke("spot", *sizes, "--output", output)
    assert result.exit_code == 0, result.stderr
    rows = json.loads(output.read_text("utf-8"))["rows"]
    assert {row["part"] for row in rows} == {"widths", "pairs", "marginals", "density"}
    assert tables(rows) in result.stdout
    for name in ("pairs", "density"):
        assert 1000 < (tmp_path / f"spot_{name}.png").stat().st_size < 150_000
    again = invoke("spot", "--part", "marginals", *sizes, "--output", output)
    assert again.exit_code == 0, again.stderr
    assert len(json.loads(output.read_text("utf-8"))["rows"]) == len(rows)


def test_digits_at_tiny_size(invoke: Invoke, tmp_path: Path) -> None:
    output = tmp_path / "daspot.json"
    arguments = ["--task", "inverted", "--seeds", 1, "--points", 200, "--output", output]
    result = invoke("daspot", *arguments)
    assert result.exit_code == 0, result.stderr
    rows = json.loads(output.read_text("utf-8"))["rows"]
    accuracy = {(row["coordinates"], row["method"]): row["accuracy"] for row in rows}
    assert len(accuracy) == 12
    assert accuracy["as they stand", "source only, nearest neighbour"] < 0.3
    assert all(0 <= value <= 1 for value in accuracy.values())
    assert daspot.table(rows) in result.stdout


@pytest.mark.parametrize("name", ["spot", "daspot"])
def test_an_unknown_part_is_named(name: str, invoke: Invoke, tmp_path: Path) -> None:
    option = "--part" if name == "spot" else "--task"
    result = invoke(name, option, "other", "--output", tmp_path / "no.json")
    assert result.exit_code == 2
    assert "found other" in result.stderr
