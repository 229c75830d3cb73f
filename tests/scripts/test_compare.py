import json
from pathlib import Path

import pytest

from isogloss.models.checkpoint import load_checkpoint, save_checkpoint
from tests.scripts.conftest import Invoke


@pytest.fixture
def lexicon(tmp_path: Path) -> Path:
    path = tmp_path / "lexicon.txt"
    path.write_text("".join(f"fr-{i} es-{i}\n" for i in range(60)))
    return path


def test_the_better_map_is_told_from_the_worse(
    invoke: Invoke, checkpoint: Path, lexicon: Path, tmp_path: Path
) -> None:
    whole = load_checkpoint(checkpoint)
    save_checkpoint(whole.at_stage(whole.alignment.stages[0]), tmp_path / "worse")
    arguments = ("compare", tmp_path / "worse", checkpoint, "--lexicon", lexicon)
    document = json.loads(invoke(*arguments, "--json").stdout)
    measured = document["measures"]["precision_at_1"]
    assert document["words"] == 60
    assert measured["second"] == 1
    assert 0 < measured["low"] <= measured["difference"] <= measured["high"]
    assert len(document["only_second"]) == round(60 * measured["difference"])
    text = invoke(*arguments).stdout
    assert "right by B alone" in text
    assert "right by A alone" not in text


def test_a_map_is_as_good_as_itself(invoke: Invoke, checkpoint: Path, lexicon: Path) -> None:
    result = invoke("compare", checkpoint, checkpoint, "-l", lexicon)
    assert result.exit_code == 0
    assert result.stdout.count("not told") == 4
