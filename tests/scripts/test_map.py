"""`isogloss map`: from files, from a checkpoint, and what it refuses."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from isogloss.models.checkpoint import load_checkpoint
from isogloss.scripts.pictures.labels import labels_that_fit
from isogloss.service.joint_maps import JointMapAnswer
from tests.scripts.conftest import Invoke, Pair


class Page(HTMLParser):
    """Collects what a page loads, and its data."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.texts: dict[str, str] = {}
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag + str(dict(attrs).get("type") or "")
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        self.texts[self._inside] = self.texts.get(self._inside, "") + data


def read_page(path: Path) -> tuple[Page, dict[str, object]]:
    page = Page()
    text = path.read_text(encoding="utf-8")
    page.feed(text)
    data = json.loads(page.texts["scriptapplication/json"])
    assert page.addresses == []
    assert "@@" not in text
    # Nothing is fetched: the only address is the name of the SVG elements.
    assert set(re.findall(r"https?://[^\"' ]+", text)) <= {"http://www.w3.org/2000/svg"}
    return page, data


def files(pair: Pair) -> list[object]:
    return ["--source", pair.source, "--target", pair.target]


def test_two_files_become_a_page_where_translations_meet(
    invoke: Invoke, pair: Pair, tmp_path: Path
) -> None:
    output = tmp_path / "map.html"
    arguments = [*files(pair), "--source-language", "fr", "--target-language", "es"]
    result = invoke(
        "map", *arguments, "--lexicon", pair.lexicon, "--output", output, "--words", 100, "--json"
    )
    assert result.exit_code == 0, result.stderr
    summary = json.loads(result.stdout)
    assert (summary["source_words"], summary["target_words"]) == (100, 100)
    assert summary["start"] == "distances"
    # The target is the source rotated: there is an exact match, and no lexicon to tell it.
    assert summary["pairs"] == 100
    assert summary["share_closer_than_translation"] < 0.1
    _, data = read_page(output)
    assert data["languages"] == ["fr", "es"]
    assert data["sphere"] is False
    words = data["words"]
    assert isinstance(words, list)
    assert words[0][:2] == ["fr-0", "fr-1"]
    places = [np.array(side) for side in data["places"]]  # type: ignore[attr-defined]
    assert [side.shape for side in places] == [(100, 2), (100, 2)]
    near = data["near"]
    assert isinstance(near, list)
    for row in (0, 50, 99):
        gaps = np.linalg.norm(places[1] - places[0][row], axis=1)
        assert gaps[near[0][row][0]] == pytest.approx(gaps.min(), abs=1e-3)


def test_a_checkpoint_becomes_a_sphere(invoke: Invoke, checkpoint: Path, tmp_path: Path) -> None:
    output = tmp_path / "map.html"
    result = invoke(
        "map", "--checkpoint", checkpoint, "--space", "sphere", "--output", output, "--json"
    )
    assert result.exit_code == 0, result.stderr
    summary = json.loads(result.stdout)
    assert summary["start"] == "checkpoint"
    assert summary["agreement"] == load_checkpoint(checkpoint).alignment.stages[-1].criterion
    assert "no alignment" not in result.stderr, "500 words are too few to tell, and it is known"
    assert "notice" not in result.stderr
    _, data = read_page(output)
    assert data["sphere"] is True
    places = np.array(data["places"])
    lengths = np.linalg.norm(places, axis=2)
    np.testing.assert_allclose(lengths, lengths[0, 0], rtol=1e-3)
    # The checkpoint translates fr-i by es-i, and that is what the start takes them for.
    assert data["start"] == [list(range(60))]


@pytest.mark.parametrize("space", ["plane", "sphere"])
@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_pictures_are_written(
    invoke: Invoke, checkpoint: Path, tmp_path: Path, space: str, suffix: str
) -> None:
    output = tmp_path / f"map{suffix}"
    result = invoke(
        "map", "--checkpoint", checkpoint, "--words", 20, "--space", space, "--output", output
    )
    assert result.exit_code == 0, result.stderr
    assert "distance between images" in result.stdout
    content = output.read_bytes()
    if suffix == ".svg":
        ElementTree.fromstring(content)
        # The most frequent word has its label; the others where there is room.
        assert b"<!-- fr-0 -->" in content or b">fr-0<" in content
        assert len(re.findall(rb"es-[0-9]+", content)) > 0
    else:
        assert content.startswith(b"\x89PNG")


def test_the_same_seed_gives_the_same_map(invoke: Invoke, pair: Pair, tmp_path: Path) -> None:
    outputs = [tmp_path / f"{name}.html" for name in "abc"]
    for output, seed in zip(outputs, (1, 1, 2), strict=True):
        result = invoke("map", *files(pair), "--words", 40, "--seed", seed, "--output", output)
        assert result.exit_code == 0, result.stderr
    first, again, other = (output.read_text() for output in outputs)
    assert first == again
    assert first != other


def test_words_cannot_break_the_page(invoke: Invoke, tmp_path: Path) -> None:
    strange = ["</script><b>", "a&b", '"quoted"', "$x$", "<!--", "日本"]
    rng = np.random.default_rng(0)
    for name in ("one", "two"):
        lines = [
            f"{word} " + " ".join(map(repr, rng.standard_normal(5).tolist())) for word in strange
        ]
        text = f"{len(strange)} 5\n" + "\n".join(lines) + "\n"
        (tmp_path / f"{name}.vec").write_text(text, encoding="utf-8")
    arguments = ["--source", tmp_path / "one.vec", "--target", tmp_path / "two.vec"]
    for suffix in (".html", ".svg", ".png"):
        result = invoke("map", *arguments, "--output", tmp_path / f"map{suffix}")
        assert result.exit_code == 0, result.stderr
    _, data = read_page(tmp_path / "map.html")
    assert data["words"] == [strange, strange]


def test_a_lost_alignment_is_said(invoke: Invoke, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for name in ("one", "two"):
        rows = rng.standard_normal((60, 20)).tolist()
        lines = [f"{name}-{i} " + " ".join(map(repr, row)) for i, row in enumerate(rows)]
        (tmp_path / f"{name}.vec").write_text("60 20\n" + "\n".join(lines) + "\n", "utf-8")
    arguments = ["--source", tmp_path / "one.vec", "--target", tmp_path / "two.vec"]
    result = invoke("map", *arguments, "--output", tmp_path / "map.html")
    assert result.exit_code == 0
    assert "alignment not found: agreement 0." in result.stderr
    assert "found no alignment" in (tmp_path / "map.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "either --source and --target, or --checkpoint alone"),
        (["--source", "a.vec"], "either --source and --target"),
        (["--source", "a.vec", "--target", "b.vec", "--checkpoint", "c"], "either"),
        (["--source", "a.vec", "--target", "b.vec", "--words", "2"], "greater than or equal to 3"),
    ],
)
def test_options_that_make_no_sense(
    invoke: Invoke, tmp_path: Path, arguments: list[str], message: str
) -> None:
    result = invoke("map", *arguments, "--output", tmp_path / "map.html")
    assert result.exit_code == 2
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_map_for_the_service_holds_the_data_of_the_page(
    invoke: Invoke, pair: Pair, tmp_path: Path
) -> None:
    for name in ("map.html", "map.json"):
        result = invoke("map", *files(pair), "--output", tmp_path / name, "--words", 30)
        assert result.exit_code == 0, result.stderr
    text = (tmp_path / "map.json").read_text(encoding="utf-8")
    assert json.loads(text) == read_page(tmp_path / "map.html")[1]
    served = JointMapAnswer.model_validate_json(text)
    assert [len(side) for side in served.words] == [30, 30]


def test_the_output_is_checked_before_the_work(invoke: Invoke, pair: Pair, tmp_path: Path) -> None:
    for output, message in (
        (tmp_path / "map.pdf", "expected one of .html, .json, .svg, .png"),
        (tmp_path / "missing" / "map.png", "expected an existing folder"),
    ):
        result = invoke("map", *files(pair), "--output", output)
        assert result.exit_code == 2
        assert message in result.stderr


def test_labels_do_not_cover_each_other() -> None:
    rng = np.random.default_rng(0)
    places, sizes = rng.random((300, 2)), np.tile([0.08, 0.02], (300, 1))
    shown = labels_that_fit(places, sizes)
    assert shown[0]
    kept = places[shown]
    gaps = np.abs(kept[:, None] - kept)
    covered = (gaps[..., 0] < 0.08) & (gaps[..., 1] < 0.02)
    assert not (covered & ~np.eye(len(kept), dtype=bool)).any()
    # None of the others would have fitted: each is covered by one that came before.
    for row in np.flatnonzero(~shown):
        before = places[:row][shown[:row]]
        gap = np.abs(before - places[row])
        assert ((gap[:, 0] < 0.08) & (gap[:, 1] < 0.02)).any()
