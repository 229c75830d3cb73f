"""The experiments of NEGW at tiny size, and the tables of the README held to the results."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from research.papers import negw_memory, negw_tables
from tests.scripts.conftest import Invoke


def test_samples_at_tiny_size(invoke: Invoke, tmp_path: Path) -> None:
    output = tmp_path / "negw.json"
    arguments = ["negw", "--largest", 256, "--seeds", 1, "--dimension", 1]
    result = invoke(
        *arguments, "--part", "uniform", "--part", "gaussians", "--part", "memory",
        "--output", output,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    rows: list[dict[str, Any]] = json.loads(output.read_text("utf-8"))["rows"]
    assert [(row["part"], row["dimension"], row["points"]) for row in rows] == [
        ("gaussians", 1, 256),
        ("uniform", 1, 256),
    ]
    for row in rows:
        assert row["same_sample_error"] < 0.02
        assert max(row["marginal_errors"]) < 0.2
        # At 256 points the sample decides: its own plan is no better at other points.
        assert max(row["sinkhorn_marginal_errors"]) > 0.03
    assert max(rows[0]["exact_marginal_errors"]) < max(rows[0]["sample_marginal_errors"])
    assert max(rows[1]["fresh_marginal_errors"]) < 0.05
    assert negw_tables.table(rows) in result.stdout
    assert 1000 < (tmp_path / "negw-errors.png").stat().st_size < 150_000


@pytest.mark.slow
def test_digits(invoke: Invoke, tmp_path: Path) -> None:
    output = tmp_path / "negw.json"
    result = invoke(
        "negw", "--part", "digits", "--part", "rotations", "--seeds", 1,
        "--output", output,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    digits, rotations = json.loads(output.read_text("utf-8"))["rows"]
    assert all(digits["matrix"][i][i] == 0 for i in range(10))
    assert digits["largest_error"] < 0.05
    assert rotations["gap"] < 0.02
    assert 1000 < (tmp_path / "negw-digits.png").stat().st_size < 150_000


@pytest.mark.slow
def test_memory_does_not_follow_the_number_of_points() -> None:
    few, many = negw_memory.measure_memory(20_000), negw_memory.measure_memory(200_000)
    # Features and batches are of one size; only a mean over blocks sees all points.
    assert many["extra_mebibytes"] < few["extra_mebibytes"] + 40


def test_the_slope_is_that_of_a_power() -> None:
    rows = [{"points": n, "error": size * n**-0.5} for n in (100, 1000, 10000) for size in (3, 4)]
    assert negw_tables.slope(rows) == pytest.approx((-0.5, 0), abs=1e-6)
    # Deviations of (1, −2, 1) from the line, with one degree of freedom, over Σ (x − x̄)² = 2.
    bent = [{"points": math.e**k, "error": math.e**y} for k, y in ((0, 1), (1, -2), (2, 1))]
    assert negw_tables.slope(bent) == pytest.approx((0, 3**0.5), abs=1e-6)
