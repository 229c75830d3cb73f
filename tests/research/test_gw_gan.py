"""The experiments of GW-GAN at tiny size, the count of modes, and the documented tables."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import torch

from research.papers import gw_gan_vocabulary
from research.papers.gw_gan_modes import (
    arrangement_error,
    imbalance,
    mode_centres,
    modes_recovered,
    width_ratio,
)
from research.papers.gw_gan_table import tables
from tests.scripts.conftest import Invoke

ROOT = Path(__file__).parents[2]
README = ROOT / "models" / "generation" / "README.md"


@pytest.mark.slow
def test_all_parts_at_tiny_size(invoke: Invoke, tmp_path: Path) -> None:
    output = tmp_path / "gan.json"
    result = invoke("gw-gan", "--seeds", 1, "--steps", 4, "--output", output)
    assert result.exit_code == 0, result.output
    rows = json.loads(output.read_text("utf-8"))["rows"]
    assert {row["part"] for row in rows} == {
        "mixtures",
        "centring",
        "manifolds",
        "style",
        "ablation",
    }
    assert len(rows) == 10 + 2 + 3 + 4 + 5
    assert tables(rows) in result.stdout
    for part in ("mixtures", "style"):
        assert 1000 < (tmp_path / f"gan-{part}.png").stat().st_size < 150_000


def test_finished_rows_are_not_measured_again(invoke: Invoke, tmp_path: Path) -> None:
    output = tmp_path / "gan.json"
    command = ("gw-gan", "--part", "centring", "--steps", 3, "--output", output)
    first = invoke(*command, "--seeds", 1)
    assert first.exit_code == 0, first.output
    assert "seed 0" in first.stderr
    picture = tmp_path / "gan-centring.png"
    assert picture.stat().st_size < 150_000
    before = json.loads(output.read_text("utf-8"))["rows"]
    picture.unlink()
    second = invoke(*command, "--seeds", 2)
    assert second.exit_code == 0, second.output
    assert "seed 0" not in second.stderr
    assert "seed 1" in second.stderr
    after = json.loads(output.read_text("utf-8"))["rows"]
    assert [row for row in after if row["seed"] == 0] == before
    assert len(after) == 4
    assert picture.exists()  # drawn anew, from the points that were kept
    longer = invoke(*command[:-3], 4, *command[-2:], "--seeds", 1)
    assert "seed 0" in longer.stderr  # other steps: the rows are measured again
    assert tables(json.loads(output.read_text("utf-8"))["rows"]) in longer.stdout


@pytest.mark.parametrize(("modes", "dimension"), [(4, 2), (5, 2), (8, 2), (4, 3)])
def test_modes_are_counted(modes: int, dimension: int) -> None:
    centres = mode_centres(modes, dimension)
    generator = torch.Generator().manual_seed(0)
    noise = 0.08 * torch.randn(800, dimension, generator=generator)
    points = centres[torch.arange(800) % modes] + noise
    turn = torch.linalg.qr(torch.randn(dimension, dimension, generator=generator)).Q
    for moved in (points, points @ turn + 3.0, -points):
        assert modes_recovered(moved, centres) == modes
        assert width_ratio(moved, centres) == pytest.approx(0.8, rel=0.05)
        assert arrangement_error(moved, centres) < 0.03
        assert imbalance(moved, centres) < 0.02
    # One mode has collapsed onto another, and is missed.
    lost = centres[torch.arange(800) % modes]
    lost[torch.arange(800) % modes == 1] = centres[0]
    assert modes_recovered(lost + noise, centres) < modes
    assert arrangement_error(lost + noise, centres) > 0.1
    # Neither a blob nor a square counts, at any size.
    for size in (0.001, 0.1, 0.3, 1.0, 2.0):
        assert modes_recovered(size * torch.randn(800, dimension, generator=generator), centres) < 2
        assert modes_recovered(size * torch.rand(800, dimension, generator=generator), centres) < 2


def test_a_wrong_order_of_the_modes_is_an_error_of_the_arrangement() -> None:
    line = torch.stack([torch.arange(4.0), torch.zeros(4)], dim=1)
    assert arrangement_error(line.repeat(50, 1), mode_centres(4, 2)) > 0.3


def test_a_vocabulary_is_measured_once(invoke: Invoke, tmp_path: Path) -> None:
    folder, output = tmp_path / "data", tmp_path / "vocabulary.json"
    (folder / "small").mkdir(parents=True)
    words = (f"w{i} " + " ".join(str((i * j) % 7 - 2.5) for j in range(6, 12)) for i in range(30))
    lines = ["30 6", *words]
    with gzip.open(folder / "small" / "xx.vec.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    command = ["gw-gan-vocabulary", "--data", folder, "--space", "small:xx"]
    sizes = ["--dimension", 3, "--steps", 2, "--seeds", 2, "--output", output]
    result = invoke(*command, *sizes)
    assert result.exit_code == 0, result.output
    rows = json.loads(output.read_text("utf-8"))["rows"]
    assert [row["seed"] for row in rows] == [0, 1]
    assert gw_gan_vocabulary.table(rows) in result.stdout
    before = output.read_bytes()
    assert invoke(*command, *sizes).exit_code == 0
    assert output.read_bytes() == before
    wrong = invoke(*command[:-1], "small", *sizes)
    assert wrong.exit_code == 2
    assert "COLLECTION:XX" in wrong.stderr
