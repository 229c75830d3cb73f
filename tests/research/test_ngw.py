"""The experiments of NGW at tiny size: rows, tables, pictures, and options that make no sense."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isogloss.models.aligners import Recipe
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from research.papers import ngw_gaussians_table, ngw_glove, ngw_languages_table, ngw_toys
from tests.models.aligners.samples import hidden_pair
from tests.scripts.conftest import Invoke

RECIPE = """
[portfolio]
cooling = [{ groups = 2, words = 1000, rounds = 5 }]
[[portfolio.starts]]
kind = "similarity-profiles"
words = 800
search = { groups = 5, words = 1000, rounds = 60 }
[neural_gw]
transport_widths = [16]
potential_widths = [16]
steps = 2
batch = 64
assess_every = 1
[refinement]
phases = [{ groups = 1, words = 800, rounds = 2 }]
"""


def rows_of(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["rows"]
    return rows


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(RECIPE, "utf-8")
    return path


def write_space(space: EmbeddingSpace, path: Path, *, header: bool) -> None:
    lines = [f"{len(space)} {space.dimension}"] if header else []
    for word, vector in zip(space.words, space.vectors, strict=True):
        lines.append(f"{word} {' '.join(f'{value:.5f}' for value in vector)}")
    text = "\n".join(lines) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, "utf-8")


def test_gaussians_at_tiny_size(invoke: Invoke, tmp_path: Path) -> None:
    output = tmp_path / "gaussians.json"
    arguments = ["ngw-gaussians", "--steps", 40, "--points", 60, "--output", output]
    result = invoke(*arguments, "--row", "4-4", "--seeds", 2)
    assert result.exit_code == 0, result.output
    rows = rows_of(output)
    assert [(row["source"], row["target"], row["seed"]) for row in rows] == [(4, 4, 0), (4, 4, 1)]
    assert "discrete_regression" in rows[0]
    assert "discrete_regression" not in rows[1]
    for row in rows:
        assert row["ngw"]["excess_percent"] < row["start"]["excess_percent"] + 1
        assert row["ngw"]["uvp_percent"] < 5
    # A later run keeps the rows that it does not measure again.
    again = invoke(*arguments, "--row", "5-3", "--seeds", 1)
    assert again.exit_code == 0, again.output
    rows = rows_of(output)
    assert len(rows) == 3
    assert ngw_gaussians_table.table(rows) in again.stdout
    assert "| 5→3 | 1 |" in again.stdout


@pytest.mark.parametrize(
    ("row", "message"), [("64", "two dimensions"), ("4-16", "no fewer dimensions")]
)
def test_a_row_that_makes_no_sense_is_named(
    row: str, message: str, invoke: Invoke, tmp_path: Path
) -> None:
    result = invoke("ngw-gaussians", "--row", row, "--output", tmp_path / "no.json")
    assert result.exit_code == 2
    assert message in result.stderr
    assert row in result.stderr


def test_the_papers_excess_follows_its_figures() -> None:
    paper = ngw_gaussians_table.PAPER[256, 256]
    assert paper.excess(paper.ngw, 256, 256) == pytest.approx(82.7, abs=0.05)


def test_toys_at_tiny_size(invoke: Invoke, tmp_path: Path) -> None:
    output = tmp_path / "toys.json"
    result = invoke("ngw-toys", "--seeds", 1, "--steps", 2, "--points", 40, "--output", output)
    assert result.exit_code == 0, result.output
    rows = rows_of(output)
    assert {(row["toy"], row["method"]) for row in rows} == {
        (toy, method)
        for toy in ("circle-10-5", "cube-circle-8")
        for method in ("NGW", "POT, discrete")
    }
    assert ngw_toys.table(rows) in result.stdout
    assert all(0 <= row["landed_share"] <= 1 for row in rows)
    for name in ("circle-10-5", "cube-circle-8"):
        assert 1000 < (tmp_path / f"toys_{name}.png").stat().st_size < 150_000


def test_glove_at_tiny_size(invoke: Invoke, recipe: Path, tmp_path: Path) -> None:
    source, target = hidden_pair(words=500, source_dimension=60, target_dimension=50)
    write_space(target, tmp_path / "glove.a.txt", header=False)
    write_space(source, tmp_path / "glove.b.txt", header=False)
    output = tmp_path / "glove.json"
    result = invoke(
        *("ngw-glove", "--data", tmp_path, "--seeds", 1),
        *("--recipe", recipe, "--output", output),
    )
    assert result.exit_code == 0, result.output
    (row,) = rows_of(output)
    assert row["pair"] == "60-50"
    assert row["found"]
    assert row["stages"]["refined"]["all"]["precision_at_1"] > 0.9
    assert ngw_glove.table([row]) in result.stdout


def test_neither_letters_nor_frequency_give_the_words_of_glove_away() -> None:
    recipe = ngw_glove.of_vectors_alone(Recipe())
    assert {start.kind for start in recipe.portfolio.starts} == {
        "similarity-profiles",
        "entropic-gw",
    }
    assert recipe.refinement == replace(Recipe().refinement, pairs="nearest", spelling=False)


def test_glove_wants_two_files(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("ngw-glove", "--data", tmp_path)
    assert result.exit_code == 2
    assert "expected two files" in result.stderr


def test_languages_at_tiny_size(invoke: Invoke, recipe: Path, tmp_path: Path) -> None:
    source, target = hidden_pair(words=600, noise=0.2)
    folder = tmp_path / "small"
    (folder / "lexicons").mkdir(parents=True)
    write_space(source, folder / "en.vec.gz", header=True)
    write_space(target, folder / "xx.vec.gz", header=True)
    for name, words in (("train", source.words[:300]), ("test", source.words[300:])):
        lines = "".join(f"{word} {word}\n" for word in words)
        (folder / "lexicons" / f"en-xx.{name}.txt").write_text(lines, "utf-8")
    output = tmp_path / "languages.json"
    result = invoke(
        *("ngw-languages", "--data", tmp_path, "--pair", "small:en-xx"),
        *("--seeds", 2, "--recipe", recipe, "--output", output),
    )
    assert result.exit_code == 0, result.output
    rows = rows_of(output)
    assert [row["seed"] for row in rows] == [0, 1]
    refined = rows[0]["stages"]["refined"]
    assert refined["seen"]["precision_at_1"] > 0.9
    assert refined["held_out"]["precision_at_1"] > 0.8
    # About a fifth is held out, and the two parts are all words.
    held_out = refined["held_out"]["evaluated"]
    assert 80 < held_out < 160
    assert held_out + refined["seen"]["evaluated"] == 600
    assert rows[0]["supervised"]["supervised"]["test_seen"]["precision_at_1"] > 0.8
    knowing = rows[0]["having_seen_all"]["refined"]["held_out"]
    assert knowing["evaluated"] == held_out
    assert knowing["precision_at_1"] > 0.8
    assert ngw_languages_table.table(rows) in result.stdout
    for line in ("supervised", "raw T, 2 restarts", "refined, 2 restarts", "chosen restart"):
        assert line in result.stdout


def test_the_chosen_restart_is_that_of_the_best_criterion() -> None:
    def row(seed: int, criterion: float, precision: float) -> dict[str, Any]:
        figures = {f"precision_at_{k}": precision for k in (1, 5, 10)}
        parts = dict.fromkeys(("seen", "held_out", "test_seen"), figures)
        return {
            "pair": "docs:fr-es",
            "seed": seed,
            "criterion": criterion,
            "stages": {"raw": parts, "refined": parts},
            "supervised": {"supervised": parts},
        }

    table = ngw_languages_table.table([row(0, 0.5, 0.9), row(1, 0.8, 0.3)])
    chosen = next(line for line in table.splitlines() if "chosen" in line)
    assert "seed 1" in chosen
    assert "0.300 / 0.300 / 0.300" in chosen
    assert "| docs fr→es | NGW, the paper | 0.318 / 0.519 / 0.602 | 0.321" in table


def test_the_summary_sets_each_map_beside_the_paper() -> None:
    def row(pair: str, seed: int, precision: float, *, found: bool = True) -> dict[str, Any]:
        parts = {
            name: {"precision_at_1": precision + extra}
            for name, extra in (("seen", 0.0), ("held_out", 0.01), ("test_seen", 0.02))
        }
        stages = ("start", "raw", "refined") if found else ("start",)
        supervised = {"supervised": {name: {"precision_at_1": 0.7} for name in parts}}
        return {
            "pair": pair,
            "seed": seed,
            "stages": dict.fromkeys(stages, parts),
            "supervised": supervised,
            "having_seen_all": {stages[-1]: {"held_out": {"precision_at_1": precision + 0.03}}},
        }

    rows = [row("docs:fr-es", seed, 0.8 + seed / 10) for seed in (0, 1)]
    lines = ngw_languages_table.summary([*rows, row("docs:en-xx", 0, 0.1, found=False)])
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines.splitlines()[2:]]
    lost, found = cells
    assert lost == ["docs en→xx", *"———", "0.700", *"——", "0.700", "0.120", *"——"]
    assert found == [
        *("docs fr→es", "0.318", "0.850", "0.321", "0.700", "0.860", "0.880"),
        *("0.700", "0.870", "0.870", "0.870"),
    ]


@pytest.mark.parametrize("pair", ["fr-es", "docs:fres"])
def test_a_pair_that_makes_no_sense_is_named(pair: str, invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("ngw-languages", "--data", tmp_path, "--pair", pair)
    assert result.exit_code == 2
    assert "COLLECTION:XX-YY" in result.stderr
    assert pair in result.stderr
