"""`isogloss generate`: a file that can be read again, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

from isogloss.models.spaces.readers import read_space
from tests.scripts.conftest import Invoke

SPACE = Path(__file__).parents[2] / "scripts" / "sample" / "en.vec.gz"


def test_a_vocabulary_in_fewer_dimensions(invoke: Invoke, tmp_path: Path) -> None:
    output = tmp_path / "en-16.vec"
    result = invoke(
        *("generate", "--space", SPACE, "--dimension", 16, "--output", output),
        *("--limit", 300, "--steps", 5, "--json"),
    )
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["rank_correlation"] > 0.5
    written = read_space(output, language="en").space
    read = read_space(SPACE, language="en", limit=300).space
    assert written.words == read.words
    assert written.dimension == 16


def test_what_makes_no_sense_is_named(invoke: Invoke, tmp_path: Path) -> None:
    arguments = ("generate", "--space", SPACE, "--limit", 50)
    for more, message in (
        (("--dimension", 16, "--output", tmp_path / "en.txt"), ".vec"),
        (("--dimension", 300, "--output", tmp_path / "en.vec"), "dimension"),
    ):
        result = invoke(*arguments, *more)
        assert result.exit_code == 2
        assert message in result.stderr
