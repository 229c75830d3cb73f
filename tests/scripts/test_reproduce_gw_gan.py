"""The experiments of GW-GAN at tiny size, and the count of modes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from scripts.reproductions.gw_gan import table
from scripts.reproductions.gw_gan_experiments import mode_centres, modes_recovered
from tests.scripts.conftest import Invoke


def test_all_parts_at_tiny_size(invoke: Invoke, tmp_path: Path) -> None:
    output = tmp_path / "gan.json"
    result = invoke("reproduce", "gw-gan", "--seeds", 1, "--steps", 4, "--output", output)
    assert result.exit_code == 0, result.output
    rows = json.loads(output.read_text("utf-8"))["rows"]
    assert {row["part"] for row in rows} == {
        "mixtures",
        "centring",
        "manifolds",
        "style",
        "ablation",
    }
    assert len(rows) == 5 + 2 + 2 + 3 + 5
    assert table(rows) in result.stdout
    for part in ("mixtures", "style"):
        assert 1000 < (tmp_path / f"gan-{part}.png").stat().st_size < 150_000


@pytest.mark.parametrize(("modes", "dimension"), [(4, 2), (5, 2), (8, 2), (4, 3)])
def test_modes_are_counted(modes: int, dimension: int) -> None:
    centres = mode_centres(modes, dimension)
    generator = torch.Generator().manual_seed(0)
    noise = 0.08 * torch.randn(800, dimension, generator=generator)
    assert modes_recovered(centres[torch.arange(800) % modes] + noise, centres) == modes
    # One mode has collapsed onto another, and is missed.
    lost = centres[torch.arange(800) % modes]
    lost[torch.arange(800) % modes == 1] = centres[0]
    assert modes_recovered(lost + noise, centres) < modes
    smear = torch.randn(800, dimension, generator=generator)
    assert modes_recovered(smear, centres) == 0
