from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isogloss.models.checkpoint import (
    check_destination,
    find_checkpoints,
    load_checkpoint,
    read_manifest,
    save_checkpoint,
)
from isogloss.models.errors import CheckpointError, CheckpointNotFoundError
from isogloss.models.retrieval import Translator
from tests.models.checkpoint.samples import answers

ROOT = Path(__file__).parents[3]


class Killed(BaseException):
    """Stands for a signal."""


def with_seed(translator: Translator, seed: int) -> Translator:
    return replace(translator, details=replace(translator.details, seed=seed))


def failing_at(call: int, original: Callable[..., Any], error: BaseException) -> Callable[..., Any]:
    """The original, but the given call and all later ones fail."""
    calls = 0

    def stand_in(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > call:
            raise error
        return original(*arguments, **options)

    return stand_in


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), Killed()])
@pytest.mark.parametrize(
    ("name", "call"), [("replace", 0), ("replace", 1), ("fsync", 0), ("fsync", 5)]
)
def test_a_failed_save_keeps_the_old_one_whole(
    *,
    translator: Translator,
    saved: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    name: str,
    call: int,
) -> None:
    expected = answers(load_checkpoint(saved))
    with monkeypatch.context() as patch:
        patch.setattr(os, name, failing_at(call, getattr(os, name), error))
        with pytest.raises((CheckpointError, Killed)):
            save_checkpoint(with_seed(translator, 1), saved)
    # Even restoring may have failed: the old one is found all the same.
    assert load_checkpoint(saved).details.seed == 0
    assert answers(load_checkpoint(saved)) == expected
    assert find_checkpoints(saved.parent) == (saved,)
    save_checkpoint(with_seed(translator, 2), saved)
    assert load_checkpoint(saved).details.seed == 2
    assert [entry.name for entry in saved.parent.iterdir()] == ["fr-es"]


def test_a_failed_first_save_leaves_nothing(
    translator: Translator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing_at(3, os.fsync, OSError(5, "Input/output error")))
        with pytest.raises(CheckpointError, match="Input/output error"):
            save_checkpoint(translator, tmp_path / "fr-es")
    assert list(tmp_path.iterdir()) == []


def test_all_files_and_folders_are_flushed(
    translator: Translator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    real = os.fsync

    def record(descriptor: int) -> None:
        flushed.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    save_checkpoint(translator, tmp_path / "fr-es")
    written = {file.name for file in (tmp_path / "fr-es").iterdir()}
    assert written <= set(flushed[: len(written)])
    assert flushed[len(written)].endswith(".partial")
    assert flushed[-1] == tmp_path.name


SAVE_FOR_EVER = """
import sys
from pathlib import Path
from dataclasses import replace
from isogloss.models.checkpoint import save_checkpoint
from tests.models.checkpoint.samples import translator_with_everything
translator = translator_with_everything()
print("ready", flush=True)
seed = 1
while True:
    save_checkpoint(replace(translator, details=replace(translator.details, seed=seed)),
                    Path(sys.argv[1]))
    seed += 1
"""


def test_sigkill_in_the_middle_of_saving_loses_nothing(translator: Translator, saved: Path) -> None:
    expected = answers(translator)
    for delay in (0.003, 0.013, 0.05):
        with subprocess.Popen(
            [sys.executable, "-c", SAVE_FOR_EVER, str(saved)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
        assert answers(load_checkpoint(saved)) == expected
        assert find_checkpoints(saved.parent) == (saved,)
    save_checkpoint(translator, saved)
    assert [entry.name for entry in saved.parent.iterdir()] == ["fr-es"]


def test_what_killed_runs_left_is_ignored_and_then_removed(
    translator: Translator, saved: Path
) -> None:
    left = saved.with_name(".fr-es.0123.partial")
    left.mkdir()
    (left / "manifest.json").write_text("half")
    stale = saved.with_name(".fr-es.previous")
    stale.mkdir()
    other = saved.with_name(".fr-en.0123.partial")
    other.mkdir()
    assert find_checkpoints(saved.parent) == (saved.with_name("fr-es"),)
    load_checkpoint(saved)
    save_checkpoint(translator, saved)
    assert sorted(entry.name for entry in saved.parent.iterdir()) == [other.name, "fr-es"]


def test_killed_between_the_two_renames(translator: Translator, saved: Path) -> None:
    saved.rename(saved.with_name(".fr-es.previous"))
    assert load_checkpoint(saved).pair == "fr-es"
    assert read_manifest(saved).pair == "fr-es"
    assert find_checkpoints(saved.parent) == (saved,)
    save_checkpoint(with_seed(translator, 3), saved)
    assert load_checkpoint(saved).details.seed == 3
    assert [entry.name for entry in saved.parent.iterdir()] == ["fr-es"]


def test_several_may_save_at_once(translator: Translator, tmp_path: Path) -> None:
    def save(number: int) -> None:
        save_checkpoint(with_seed(translator, number), tmp_path / f"pair-{number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save, range(8)))
    seeds = [load_checkpoint(path).details.seed for path in find_checkpoints(tmp_path)]
    assert seeds == list(range(8))


def test_a_link_is_followed(translator: Translator, saved: Path, tmp_path: Path) -> None:
    link = tmp_path / "current"
    link.symlink_to(saved)
    save_checkpoint(with_seed(translator, 4), link)
    assert link.is_symlink()
    assert load_checkpoint(saved).details.seed == load_checkpoint(link).details.seed == 4


def test_destination_can_be_checked_before_a_long_fit(saved: Path, tmp_path: Path) -> None:
    check_destination(saved)
    check_destination(tmp_path / "new" / "folder")
    (saved / "notes").mkdir()
    with pytest.raises(CheckpointError, match="'notes'"):
        check_destination(saved)


def test_finding_checkpoints(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "file").touch()
    assert find_checkpoints(tmp_path) == (tmp_path / "broken", saved)
    assert find_checkpoints(saved) == (saved,)
    with pytest.raises(CheckpointNotFoundError):
        find_checkpoints(tmp_path / "nowhere")
