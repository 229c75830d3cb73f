"""The faults of `research/benchmarks/faults.py`, a few times each."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from research.benchmarks import faults, killed_workers, mixed_load, slow_clients
from research.measurement import read_results
from tests.test_documentation import ROOT


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[object, faults.Row]:
    """A process of its own: children are forked from it, which threads of pytest could hinder."""
    output = tmp_path_factory.mktemp("faults") / "faults.json"
    command = [
        sys.executable,
        "-m",
        "research.benchmarks.faults",
        "--only",
        "saves",
        "disk",
        "files",
    ]
    subprocess.run(
        [*command, "--times", "6", "--output", str(output)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        timeout=300,
    )
    return {row["fault"]: row for row in read_results(output)}


@pytest.mark.parametrize("moment", ["writes", "swaps"])
def test_sigkill_leaves_a_whole_checkpoint(rows: dict[object, faults.Row], moment: str) -> None:
    row = rows[f"killed while it {moment} a checkpoint"]
    assert row["lost"] == row["half_loaded"] == row["left_behind"] == 0
    assert isinstance(row["old_whole"], int)
    assert isinstance(row["new_whole"], int)
    assert row["old_whole"] + row["new_whole"] == 6
    if moment == "swaps":
        # The first kill is before the renames, the last one behind them.
        assert row["old_whole"] >= 1
        assert row["new_whole"] >= 1


def test_a_full_disk_leaves_the_old_checkpoint_and_is_named(
    rows: dict[object, faults.Row],
) -> None:
    row = rows["disk full while it saves"]
    assert row["old_whole"] == row["named_errors"] == 6
    assert row["left_behind"] == 0


def test_files_that_cannot_be_read_are_named(rows: dict[object, faults.Row]) -> None:
    row = rows["file of a checkpoint unreadable"]
    assert row["named_errors"] == row["times"]
    assert row["other_errors"] == 0


@pytest.mark.slow
def test_slow_clients_do_not_keep_others_out() -> None:
    row = slow_clients.measure(10, 50, seconds=2)
    assert row["failed"] == 0
    still_open = row["still_open_after_three_times_as_long"]
    assert isinstance(still_open, dict)
    assert sum(still_open.values()) == 0


@pytest.mark.slow
def test_pairs_are_swapped_under_load() -> None:
    row = mixed_load.measure(20, 2)
    assert row["failed"] == 0, row["first_failures"]
    assert isinstance(row["requests"], int)
    assert isinstance(row["swaps"], int)
    assert row["requests"] > 100
    assert row["swaps"] >= 5


@pytest.mark.slow
def test_killed_workers_are_replaced() -> None:
    row = killed_workers.measure(2)
    assert row["failed"] == 0
    assert row["requests"]


def test_the_measured_kills_came_before_and_after_the_swap() -> None:
    killed = [
        row
        for row in read_results(faults.RESULTS)
        if str(row["fault"]).startswith("killed while it")
    ]
    assert len(killed) == 2
    for row in killed:
        assert row["old_whole"], row
        assert row["new_whole"], row


def test_the_measured_faults_lost_nothing() -> None:
    for row in read_results(faults.RESULTS):
        for name in ("lost", "half_loaded", "left_behind", "failed", "other_errors"):
            assert row.get(name, 0) == 0, row
