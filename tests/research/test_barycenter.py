"""The experiment at tiny size: rows, table and picture."""

from __future__ import annotations

import json
from pathlib import Path

from research.papers.barycenter import moved_digits, table
from tests.scripts.conftest import Invoke


def test_two_digits_at_tiny_size(invoke: Invoke, tmp_path: Path) -> None:
    output = tmp_path / "barycenter.json"
    arguments = ("--seeds", 1, "--size", 12, "--images", 2, "--digit", 1, "--digit", 0)
    result = invoke("barycenter", *arguments, "--output", output)
    assert result.exit_code == 0, result.output
    rows = json.loads(output.read_text(encoding="utf-8"))["rows"]
    assert len(rows) == 2 * 7
    assert table(rows) in result.stdout
    assert 0 < (tmp_path / "barycenter.png").stat().st_size < 150_000
    for digit in (0, 1):
        by_method = {row["method"]: row for row in rows if row["digit"] == digit}
        sharp = by_method["IPOT, β = 0.05"]
        assert sharp["entropy"] < by_method["POT convolutional, ε = 0.005"]["entropy"]
        objectives = [row["objective"] for row in by_method.values() if row["objective"]]
        assert sharp["objective"] <= 1.05 * min(objectives)


def test_digits_are_histograms_inside_the_grid() -> None:
    histograms = moved_digits(3, size=20, images=5, seed=0)
    assert histograms.shape == (5, 20, 20)
    assert abs(histograms.sum(axis=(1, 2)) - 1).max() < 1e-12
    assert histograms.min() >= 0
