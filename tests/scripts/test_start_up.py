"""What a command loads before it works, and what the list of commands says of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from isogloss.models.aligners.hub import HubRecipe
from isogloss.models.distances.languages import DistanceOptions
from isogloss.models.generation.vocabulary import ReductionRecipe
from isogloss.models.label_transfer.transfer import LabelTransferRecipe
from isogloss.models.retrieval import TABLE_WIDTH
from isogloss.models.retrieval.indexing import RECALL
from isogloss.scripts.cli import loaded_group
from isogloss.scripts.listing import COMMANDS
from tests.scripts.conftest import Invoke

HEAVY = ("faiss", "fastapi", "jinja2", "matplotlib", "pyarrow", "scipy", "torch")

ASK = """
import json, sys
from typer.testing import CliRunner
from isogloss.scripts.cli import app
heavy = set(sys.argv[2:])
for arguments in json.loads(sys.argv[1]):
    result = CliRunner().invoke(app, arguments)
    loaded = sorted(heavy & set(sys.modules))
    print(json.dumps([" ".join(arguments), result.exit_code, loaded]))
"""


def test_what_needs_no_fit_loads_nothing_heavy(checkpoint: Path) -> None:
    """All in one process, the first that loads something is named."""
    helps = [[listed.name, "--help"] for listed in COMMANDS]
    inner = [["download", name, "--help"] for name in ("fasttext", "glove", "muse-dictionary")]
    done = [["--help"], *helps, *inner, ["--version"], ["key", "ada"], ["info", str(checkpoint)]]
    done += [
        ["translate", str(checkpoint), "fr-0", "--score", score] for score in ("csls", "cosine")
    ]
    wrong = [["trnslate"], ["translate", "--scor", "csls"], ["train"]]
    run = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps([*done, *wrong]), *HEAVY],
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert [answer for answer in answers if answer[2]] == []
    assert {answer[1] for answer in answers[: len(done)]} == {0}
    assert [answer[1] for answer in answers[len(done) :]] == [2, 2, 2]


def test_the_list_says_of_a_command_what_it_says_of_itself() -> None:
    for listed, command in zip(COMMANDS, loaded_group().commands.values(), strict=True):
        assert command.help.splitlines()[0] == listed.line
        assert len(listed.line) <= 60, "one line of a terminal"


@pytest.mark.parametrize(
    ("command", "option", "value"),
    [
        ("train-hub", "rounds", HubRecipe().rounds),
        ("distance", "words", DistanceOptions().words),
        ("distance", "softness", DistanceOptions().softness),
        ("transfer-labels", "steps", LabelTransferRecipe().plan.steps),
        ("generate", "steps", ReductionRecipe().steps),
        ("index", "width", TABLE_WIDTH),
        ("index", "recall", RECALL),
    ],
)
def test_a_default_is_that_of_the_library(command: str, option: str, value: float) -> None:
    parameters = {each.name: each for each in loaded_group().commands[command].params}
    assert parameters[option].default == value


def test_a_typing_error_is_answered_with_what_may_have_been_meant(invoke: Invoke) -> None:
    assert "Did you mean 'train'?" in invoke("trian").stderr
    assert "--score" in invoke("translate", "--scor", "csls").stderr
