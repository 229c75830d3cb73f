"""The benchmark of reliability: its steps are those of the aligner, its table counts well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from matplotlib.figure import Figure

from isogloss.models.spaces.lexicon import Lexicon
from research.benchmarks import reliability, reliability_table
from research.benchmarks.robustness import Case
from research.papers.ngw_fits import fit
from tests.models.aligners.samples import hidden_pair, small_recipe, unrelated_pair

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def case() -> Case:
    source, target = hidden_pair(words=500, noise=0.3)
    lexicon = Lexicon({word: (word,) for word in source.words})
    return Case(source, target, lexicon, lexicon)


def test_its_last_step_is_the_map_that_a_fit_serves(case: Case) -> None:
    recipe = small_recipe()
    whole = fit(case.source, case.target, recipe, seed=3).alignment
    in_steps = reliability.with_orthogonal_stage(whole, case, recipe)
    assert [stage.name for stage in in_steps.stages] == list(reliability_table.STAGES)
    assert in_steps.stages[-1].transport is in_steps.transport is whole.transport
    orthogonal = in_steps.stages[-2].transport.linear_part
    assert torch.allclose(orthogonal @ orthogonal.T, torch.eye(len(orthogonal)), atol=1e-4)


def test_runs_are_kept_and_not_repeated(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reliability, "read_case", lambda *_: case)
    path = tmp_path / "reliability.json"
    reliability.measure_all(tmp_path, ["docs:fr-es"], 2, 1, recipe=small_recipe(), path=path)
    first = path.read_text("utf-8")
    reliability.measure_all(tmp_path, ["docs:fr-es"], 2, 1, recipe=small_recipe(), path=path)
    assert path.read_text("utf-8") == first
    rows = json.loads(first)["rows"]
    assert all(row["found"] for row in rows)
    assert [(row["seed"], row["whole"]) for row in rows] == [(0, False), (0, True), (1, False)]
    searched, whole, _ = rows
    assert reliability_table.at_1(whole) > 0.85
    assert list(whole["stages"]) == list(reliability_table.STAGES)
    assert list(searched["stages"]) == ["start", "self-learned"]


def test_a_fit_that_finds_nothing_is_measured_too() -> None:
    source, target = unrelated_pair()
    words = dict(zip(source.words, target.words, strict=False))
    lexicon = Lexicon({word: (other,) for word, other in words.items()})
    row = reliability.measure("a:b-c", Case(source, target, lexicon, lexicon), 0, small_recipe())
    assert not row["found"]
    assert reliability_table.at_1(row) < 0.1
    assert row["criterion"] < 0.3


def _row(seed: int, precision: float, *, found: bool = True, whole: bool = False) -> dict[str, Any]:
    names = reliability_table.STAGES if whole else ("start", "self-learned")
    stages = {name: {"test": {"precision_at_1": precision}} for name in names}
    supervised = {"precision_at_1": 0.7}
    return {
        "pair": "docs:fr-es",
        "seed": seed,
        "whole": whole,
        "found": found,
        "stages": stages,
        "supervised": supervised,
    }


def test_the_table_counts_what_ends_well() -> None:
    rows = [_row(0, 0.8), _row(1, 0.781), _row(2, 0.779), _row(3, 0.01, found=False)]
    rows += [_row(0, 0.83, whole=True), _row(1, 0.82, whole=True)]
    (line,) = reliability_table.table(rows).splitlines()[2:]
    assert "| 2 | 0.700 | 0.825 |" in line
    assert "0.820 to 0.830 | — | — | — | — | 4 | 3 | 2 |" in line


def test_the_pictures_name_each_kind_of_texts_once() -> None:
    figure = Figure()
    axes = figure.subplots()
    for pair in ("docs:fr-es", "docs:es-fr", "docs:en-de", "novels:en-es"):
        axes.plot([0, 1], [0, 1], **reliability_table.style_of(pair))
    axes.axvline(0.5)
    reliability_table.add_legend(axes, "upper left")
    legend = axes.get_legend()
    assert legend is not None
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["docs", "docs, English from other texts", "novels"]
