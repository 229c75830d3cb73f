"""The benchmark of robustness: what its changes do, and a case of it at tiny size."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon
from research.benchmarks import robustness
from research.measurement import read_results
from tests.models.aligners.samples import hidden_pair, small_recipe


@pytest.fixture(scope="module")
def pair() -> tuple[EmbeddingSpace, EmbeddingSpace]:
    return hidden_pair(words=500, noise=0.3)


def test_the_changes_do_what_they_say(pair: tuple[EmbeddingSpace, EmbeddingSpace]) -> None:
    source, _ = pair
    assert robustness.few_words(source).words == source.words[: robustness.FEW_WORDS]
    thinned = robustness.thinned(source)
    assert 0.7 < len(thinned) / len(source) < 0.8
    for word in thinned.words:
        np.testing.assert_array_equal(thinned.vector(word), source.vector(word))
    rows = [source.rows[word] for word in thinned.words]
    assert rows == sorted(rows)
    projected = robustness.projected(source)
    assert (projected.words, projected.dimension) == (source.words, robustness.SMALL_DIMENSION)
    # A random projection keeps lengths on average, and the noise adds a hundredth of the square.
    before, after = (np.square(each.vectors).sum(axis=1) for each in (source, projected))
    assert after.mean() / before.mean() == pytest.approx(1.01, abs=0.15)
    assert robustness.projected(source).vectors.tobytes() == projected.vectors.tobytes()


def test_a_case_at_tiny_size(pair: tuple[EmbeddingSpace, EmbeddingSpace], tmp_path: Path) -> None:
    source, target = pair
    lexicon = Lexicon({word: (word,) for word in source.words})
    case = robustness.Case(robustness.thinned(source), target, lexicon, lexicon)
    name = robustness.CONDITIONS[-1].name
    row = robustness.measure(name, "docs:fr-es", case, small_recipe())
    assert row["found"]
    assert row["words"] == [len(case.source), len(target)]
    assert row["stages"]["refined"]["test"]["precision_at_1"] > 0.85
    path = tmp_path / "robustness.json"
    robustness.add_row({**row, "condition": "as they are"}, path)
    robustness.add_row(row, path)
    robustness.add_row({**row, "found": False}, path)
    rows = read_results(path)
    assert [each["condition"] for each in rows] == ["as they are", name]
    assert json.loads(path.read_text("utf-8"))["rows"] == rows
    first, second = robustness.table(rows).splitlines()[2:]
    assert first.startswith("| as they are | docs fr→es |")
    assert "| yes |" in first
    assert "| no |" in second


def test_two_kinds_of_text_share_their_lexicons(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for collection, words in (("docs", "ab"), ("novels", "bc")):
        folder = tmp_path / collection
        (folder / "lexicons").mkdir(parents=True)
        for language in ("es", "en"):
            lines = [f"{word} {' '.join(map(str, rng.random(3)))}" for word in words]
            path = folder / f"{language}.vec.gz"
            path.write_text(f"{len(words)} 3\n" + "\n".join(lines) + "\n", "utf-8")
        for part, word in zip(("train", "test"), words, strict=True):
            (folder / "lexicons" / f"es-en.{part}.txt").write_text(f"{word} {word}\n", "utf-8")
    case = robustness.read_case(tmp_path, "docs:es novels:en")
    assert (case.source.words, case.target.words) == (("a", "b"), ("b", "c"))
    assert set(case.test.entries) == {"b", "c"}
    # `b` is of the train part of one and of the test part of the other.
    assert set(case.train.entries) == {"a"}
    assert set(robustness.read_case(tmp_path, "docs:es-en").train.entries) == {"a"}
