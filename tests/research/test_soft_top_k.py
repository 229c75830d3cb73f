"""The experiment at tiny size, and the tables of the README held to the measured file."""

from __future__ import annotations

import json
from pathlib import Path

from research.papers.soft_top_k import error_table, size_table
from research.papers.soft_top_k_neighbours import neighbour_table
from tests.scripts.conftest import Invoke

TABLES = (error_table, size_table, neighbour_table)


def test_all_parts_at_tiny_size(invoke: Invoke, tmp_path: Path) -> None:
    output = tmp_path / "soft_top_k.json"
    sizes = ("--seeds", 1, "--scores", 1000, "--training", 100, "--steps", 40)
    result = invoke("soft-topk", *sizes, "--output", output)
    assert result.exit_code == 0, result.output
    rows = json.loads(output.read_text(encoding="utf-8"))["rows"]
    for table in TABLES:
        assert table(rows) in result.stdout
    errors = [row for row in rows if row["part"] == "error"]
    assert all(row["error"] <= row["bound"] + 1e-12 for row in errors)
    assert all(row["gradient_error"] < 1e-3 for row in errors)
    assert errors[-1]["error"] < 0.1 < errors[0]["error"]
    accuracy = {row["method"]: row["accuracy"] for row in rows if row["part"] == "neighbours"}
    assert 0.8 < accuracy["pixels"] < 1
    assert 0.8 < accuracy["soft"] < 1
