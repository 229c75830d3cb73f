"""`isogloss distance`: matrix, picture, JSON, names, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scripts.conftest import Invoke

SAMPLE = Path(__file__).parents[2] / "scripts" / "sample"
ENGLISH, FRENCH = SAMPLE / "en.vec.gz", SAMPLE / "fr.vec.gz"


@pytest.mark.parametrize("name", ["distances.png", "distances.svg", "distances.json"])
def test_the_sample_to_every_kind_of_file(name: str, invoke: Invoke, tmp_path: Path) -> None:
    output = tmp_path / name
    result = invoke("distance", ENGLISH, FRENCH, "--words", 120, "--output", output, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["spaces"] == ["en", "fr"]
    assert document["distances"][0][0] == document["distances"][1][1] == 0
    assert 0 < document["distances"][0][1] < 1.3
    if output.suffix == ".json":
        assert json.loads(output.read_text("utf-8")) == document
    else:
        assert output.stat().st_size > 2000


def test_a_pair_that_is_not_found_is_said_and_marked(invoke: Invoke) -> None:
    result = invoke("distance", f"a={ENGLISH}", f"b={FRENCH}", "--words", 30)
    assert result.exit_code == 0, result.output
    assert "a and b: alignment not found (agreement 0." in result.stderr
    assert "*" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((ENGLISH,), "at least two spaces"),
        ((ENGLISH, ENGLISH), "named en already"),
        ((f"={ENGLISH}", FRENCH), "NAME=FILE"),
        ((ENGLISH, FRENCH, "--output", "distances.txt"), ".svg"),
    ],
)
def test_what_makes_no_sense_is_named(
    arguments: tuple[object, ...], message: str, invoke: Invoke
) -> None:
    result = invoke("distance", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
