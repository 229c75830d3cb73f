import json
from pathlib import Path

import numpy as np
import pytest

from isogloss.models.checkpoint import load_checkpoint
from tests.models.aligners.samples import hidden_pair
from tests.scripts.conftest import Invoke

WORDS = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    english, other = hidden_pair(words=WORDS, noise=0.1)
    third = hidden_pair(words=WORDS, noise=0.1, seed=3)[1]
    for name, space in (("en", english), ("xx", other), ("yy", third)):
        words = np.array(space.words)
        np.savez(folder / f"{name}.npz", words=words, vectors=space.vectors)
    recipe = """
[portfolio]
cooling = [{ groups = 2, words = 400, rounds = 5 }]
[[portfolio.starts]]
kind = "similarity-profiles"
words = 400
search = { groups = 4, words = 400, rounds = 40 }
[refinement]
phases = [{ groups = 1, words = 400, rounds = 2 }]
"""
    (folder / "small.toml").write_text(recipe, encoding="utf-8")
    return folder


def arguments(folder: Path, *languages: str) -> list[object]:
    spaces = [part for name in languages for part in ("--space", f"{name}={folder / name}.npz")]
    return ["train-hub", *spaces, "--recipe", folder / "small.toml"]


def test_every_direction_becomes_a_checkpoint(invoke: Invoke, folder: Path, tmp_path: Path) -> None:
    result = invoke(*arguments(folder, "en", "xx", "yy"), "--output", tmp_path, "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    pairs = {each["pair"] for each in document["directions"]}
    assert pairs == {"en-xx", "xx-en", "en-yy", "yy-en", "xx-yy", "yy-xx"}
    assert {path.name for path in tmp_path.iterdir()} == pairs
    assert all(each["found"] for each in document["directions"])
    translator = load_checkpoint(tmp_path / "xx-yy")
    assert translator.details.aligner == "hub"
    words = translator.source.words[:100]
    answers = translator.translate(words, k=1)
    assert np.mean([a.neighbours[0].word == a.word for a in answers]) > 0.9


def test_only_the_directions_that_are_named(invoke: Invoke, folder: Path, tmp_path: Path) -> None:
    result = invoke(*arguments(folder, "en", "xx"), "--output", tmp_path, "--direction", "xx-en")
    assert result.exit_code == 0, result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["xx-en"]
    assert "xx-en" in result.stdout


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (["--space", "fr"], "--space: expected LANGUAGE=FILE, found 'fr'"),
        (["--space", "en=x"], "--space: 'en' stands twice"),
        (["--direction", "en-zz"], "--direction: expected one of en-xx, xx-en; found 'en-zz'"),
        (["--aligner", "procrustes"], "a hub learns without a dictionary; found procrustes"),
        (["--aligner", "robot"], "a hub learns without a dictionary; found robot"),
    ],
)
def test_what_makes_no_sense_is_named(
    invoke: Invoke, folder: Path, tmp_path: Path, changed: list[str], message: str
) -> None:
    result = invoke(*arguments(folder, "en", "xx"), "--output", tmp_path, *changed)
    assert result.exit_code != 0
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []
