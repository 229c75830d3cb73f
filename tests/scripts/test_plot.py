"""`isogloss plot`: pictures of words with their neighbours, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.scripts.conftest import Invoke
from tests.scripts.test_map import read_page


def test_a_page_ties_words_to_their_translations(
    invoke: Invoke, checkpoint: Path, tmp_path: Path
) -> None:
    output = tmp_path / "words.html"
    arguments = ("plot", checkpoint, "--words", "fr-3 fr-4", "--words", "fr-9", "--k", 2)
    result = invoke(*arguments, "--output", output, "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert [place["word"] for place in document["places"][:3]] == ["fr-3", "fr-4", "fr-9"]
    best = {link["query"]: link["neighbour"] for link in reversed(document["links"])}
    assert best == {"fr-3": "es-3", "fr-4": "es-4", "fr-9": "es-9"}
    _, data = read_page(output)
    words, near, roles, scores = (data[name] for name in ("words", "near", "roles", "scores"))
    assert isinstance(words, list)
    assert isinstance(near, list)
    assert isinstance(roles, list)
    assert isinstance(scores, list)
    assert roles[0][:3] == ["query"] * 3
    translations = [[words[1][row] for row in rows] for rows in near[0][:3]]
    assert [found[0] for found in translations] == ["es-3", "es-4", "es-9"]
    assert [len(found) for found in translations] == [2, 2, 2]
    listed = [link["score"] for link in document["links"]]
    assert [value for row in scores[:3] for value in row] == pytest.approx(listed, abs=1e-4)
    # A neighbour leads back to whoever asked.
    assert words[0][near[1][words[1].index("es-4")][0]] in {"fr-3", "fr-4", "fr-9"}


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_pictures_are_written(
    invoke: Invoke, checkpoint: Path, tmp_path: Path, suffix: str
) -> None:
    output = tmp_path / f"words{suffix}"
    result = invoke("plot", checkpoint, "--words", "fr-3 fr-4", "--output", output)
    assert result.exit_code == 0, result.stderr
    assert str(output) in result.stdout
    assert "the plane shows" in result.stdout
    content = output.read_bytes()
    again = tmp_path / f"again{suffix}"
    assert invoke("plot", checkpoint, "--words", "fr-3 fr-4", "--output", again).exit_code == 0
    if suffix == ".svg":
        ElementTree.fromstring(content)
        # The words that were asked for are named, whatever else there is room for.
        for word in ("fr-3", "fr-4"):
            assert f"<!-- {word} -->".encode() in content or f">{word}<".encode() in content
    else:
        assert content.startswith(b"\x89PNG")
        assert again.read_bytes() == content


@pytest.mark.parametrize(
    "case",
    [
        (["--words", "fr-3 Fr-4", "--output", "a.png"], 1, "'Fr-4' is not in the fr vocabulary"),
        (["--words", "  ", "--output", "a.png"], 2, "expected at least one word"),
        (["--words", "fr-3", "--output", "a.pdf"], 2, "expected one of .html, .svg, .png"),
        (["--words", "fr-3", "--output", "a.json"], 2, "expected one of .html, .svg, .png"),
        (["--words", "fr-3", "--output", "none/a.png"], 2, "expected an existing folder"),
        (["--words", "fr-3", "--k", "0", "--output", "a.png"], 2, "equal to 1"),
        (["--output", "a.png"], 2, "--words"),
    ],
)
def test_what_makes_no_sense(
    invoke: Invoke,
    checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[list[str], int, str],
) -> None:
    arguments, code, message = case
    monkeypatch.chdir(tmp_path)
    result = invoke("plot", checkpoint, *arguments)
    assert result.exit_code == code
    assert message in result.stderr
    assert list(tmp_path.glob("*.*")) == []
