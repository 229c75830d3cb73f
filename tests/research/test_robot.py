"""`python -m research.papers robot` at tiny size, its data, and its tables in the documentation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from research.methods.shuffled_regression import (
    alternating_least_squares,
    perturb_and_alternate,
)
from research.papers.robot_samples import (
    draw_sample,
    shuffled_share,
    shuffled_within,
    with_outliers,
)
from research.papers.robot_tables import tables
from tests.scripts.conftest import Invoke


def test_every_part_runs_and_prints_its_table(invoke: Invoke, tmp_path: Path) -> None:
    output = tmp_path / "robot.json"
    sizes = ["--rows", 200, "--steps", 2, "--group-steps", 3, "--seeds", 1, "--output", output]
    result = invoke("robot", *sizes)
    assert result.exit_code == 0, result.stderr
    rows = json.loads(output.read_text("utf-8"))["rows"]
    assert {row["part"] for row in rows} == {"share", "noise", "search", "outliers", "groups"}
    assert tables(rows) in result.stdout
    assert 1000 < output.with_suffix(".png").stat().st_size < 150_000
    errors = {
        row["method"]: row["error"] for row in rows if row["part"] == "share" and row["share"] == 1
    }
    assert errors["oracle"] < 0.05
    assert errors["least squares"] > 0.7
    again = invoke("robot", "--part", "groups", *sizes)
    assert again.exit_code == 0, again.stderr
    assert len(json.loads(output.read_text("utf-8"))["rows"]) == len(rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [(("--part", "other"), "found other"), (("--rows", 350), "expected a multiple of 100")],
)
def test_options_that_make_no_sense_are_named(
    options: tuple[object, ...], message: str, invoke: Invoke, tmp_path: Path
) -> None:
    result = invoke("robot", *options, "--output", tmp_path / "no.json")
    assert result.exit_code == 2
    assert message in result.stderr


def test_samples_have_the_noise_that_they_name() -> None:
    sample = draw_sample("linear", count=4000, dimension=5, signal_to_noise=25.0, seed=0)
    assert sample.weight is not None
    noise = sample.y - sample.x @ sample.weight
    assert float(sample.y.var() / noise.var()) == pytest.approx(26, rel=0.1)
    torch.testing.assert_close(sample.fresh_signal, sample.fresh_x @ sample.weight)
    network = draw_sample("network", count=2000, dimension=5, signal_to_noise=25.0, seed=0)
    assert float(network.fresh_signal.var()) == pytest.approx(1, abs=0.1)


def test_responses_are_shuffled_as_far_as_they_say() -> None:
    y = torch.arange(100.0)
    assert shuffled_share(y, 0.0, 0).equal(y)
    half = shuffled_share(y, 0.5, 0)
    assert 40 <= int((half != y).sum()) <= 50
    assert half.sort().values.equal(y)
    groups = shuffled_within(y, 10, 0)
    assert groups.sort(dim=1).values.equal(y.view(-1, 10))
    assert not groups.equal(y.view(-1, 10))
    assert int((with_outliers(y, 0.1, 0) != y).sum()) == 10


def test_the_search_ends_below_the_cost_of_the_truth_and_near_it() -> None:
    """Without noise the least cost is nought, at the true weights alone."""
    sample = draw_sample("linear", count=400, dimension=3, signal_to_noise=1e6, seed=0)
    assert sample.weight is not None
    y = shuffled_share(sample.y, 1.0, 0)
    generator = torch.Generator().manual_seed(0)
    starts = torch.randn(8, 3, generator=generator, dtype=torch.float64)
    alternated = alternating_least_squares(sample.x[None], y[None], starts[0])
    found = perturb_and_alternate(sample.x, y, starts, seed=0)
    assert float((found - sample.weight).norm()) < 0.02
    assert float((alternated - sample.weight).norm()) > 0.2
    again = perturb_and_alternate(sample.x, y, starts, seed=0)
    assert found.equal(again)
