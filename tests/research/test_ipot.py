"""The experiment at tiny size: the same rows, tables and pictures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from research.papers.ipot_tables import tables
from tests.scripts.conftest import Invoke


@pytest.fixture(scope="module")
def arguments() -> list[object]:
    return ["ipot", "--seeds", 1, "--size", 32, "--steps", 1, "--iterations", 30]


def test_every_part_at_tiny_size(invoke: Invoke, arguments: list[object], tmp_path: Path) -> None:
    output = tmp_path / "ipot.json"
    result = invoke(*arguments, "--output", output)
    assert result.exit_code == 0, result.output
    document = json.loads(output.read_text(encoding="utf-8"))
    rows = document["rows"]
    assert {row["experiment"] for row in rows} == {
        *("convergence", "sparsity", "scaling", "iteration", "colour", "generator")
    }
    assert tables(rows) in result.stdout
    for name in ("plans.png", "colours.jpg", "generators.png"):
        assert (tmp_path / f"ipot_{name}").stat().st_size < 150_000

    exact = [row for row in rows if row["experiment"] == "scaling" and row.get("iterations")]
    assert exact
    assert all(abs(row["relative_error"]) < 1e-3 for row in exact if row["reached"])
    biased = next(
        row
        for row in rows
        if row["experiment"] == "convergence"
        and row["method"] == "Sinkhorn"
        and row["strength"] == 0.1
    )
    sharp = next(
        row
        for row in rows
        if row["experiment"] == "convergence"
        and row["method"] == "IPOT, L = 1"
        and row["strength"] == 0.1
    )
    assert sharp["relative_error"]["30"] < biased["relative_error"]["30"] / 2


def test_a_part_takes_the_place_of_its_own_rows_alone(
    invoke: Invoke, arguments: list[object], tmp_path: Path
) -> None:
    output = tmp_path / "ipot.json"
    for part in ("scaling", "sparsity", "scaling"):
        result = invoke(*arguments, "--no-pictures", "--part", part, "--output", output)
        assert result.exit_code == 0, result.output
    document = json.loads(output.read_text(encoding="utf-8"))
    rows = document["rows"]
    assert {row["experiment"] for row in rows} == {"scaling", "sparsity"} == {*document["settings"]}
    methods = [row["method"] for row in rows if row["experiment"] == "scaling"]
    assert len(methods) == len(set(methods))


def test_an_unknown_part_is_named(invoke: Invoke, arguments: list[object]) -> None:
    result = invoke(*arguments, "--part", "nonsense")
    assert result.exit_code != 0
    assert "found nonsense" in result.stderr
