"""What a verdict says, and that it stays the same through a checkpoint."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from isogloss.models.checkpoint import load_checkpoint, read_manifest, save_checkpoint
from isogloss.models.estimated_precision import EstimatedPrecision
from isogloss.models.verdict import UNJUDGED, LexiconCheck, Verdict, both_of, p_value_text
from tests.rotated_spaces import LOST, rotated_translator, with_probabilities

FORMATS = Path(__file__).parents[1] / "data" / "formats"

CHECK = LexiconCheck(
    pairs=80,
    usable=50,
    sources_missing=30,
    targets_missing=0,
    dimensions=300,
    held_out=50,
    right=3,
    right_by_chance=0.02,
    p_value=1e-6,
)
FOUND = Verdict(
    state="found", reason="agreement 0.51", agreement=0.51, chance=0.06, bound=0.22, p_value=1e-9
)
UNKNOWN = Verdict(state="cannot_be_judged", reason="3 words tell too little")


@pytest.mark.parametrize(
    "verdict", [FOUND, LOST, UNKNOWN, UNJUDGED, replace(LOST, lexicon=CHECK)], ids=lambda v: v.state
)
def test_a_checkpoint_keeps_it(verdict: Verdict, tmp_path: Path) -> None:
    translator = rotated_translator(stages=True)
    translator = replace(translator, alignment=replace(translator.alignment, verdict=verdict))
    save_checkpoint(translator, tmp_path / "fr-es")
    assert load_checkpoint(tmp_path / "fr-es").verdict == verdict
    manifest = read_manifest(tmp_path / "fr-es")
    assert manifest.judged == verdict
    assert manifest.found == verdict.found == (verdict.state == "found")


def test_a_checkpoint_keeps_the_estimate(tmp_path: Path) -> None:
    estimate = EstimatedPrecision(share=0.84, words=5000)
    translator = replace(with_probabilities(rotated_translator()), estimate=estimate)
    save_checkpoint(translator, tmp_path / "fr-es")
    assert load_checkpoint(tmp_path / "fr-es").estimate == estimate
    assert read_manifest(tmp_path / "fr-es").estimate == estimate


def test_a_checkpoint_of_0_1_0_says_by_what_rule_it_was_judged() -> None:
    manifest = read_manifest(FORMATS / "version-4")
    assert manifest.verdict is None
    # It was fitted by procrustes, which nobody judged then.
    assert manifest.judged.found
    assert manifest.judged.rule == "none"
    assert manifest.judged.reason == "not judged by 0.1.0: fitted on a dictionary"
    lost = Verdict.by_the_rule_of_0_1_0(found=False, agreement=0.1, supervised=False)
    assert lost.text == (
        "not found: judged by the rule of 0.1.0: held-out agreement of at least 0.22"
    )


def test_a_map_by_way_of_a_third_language_is_no_better_than_the_worse_half() -> None:
    assert both_of(FOUND, FOUND).found
    assert both_of(FOUND, UNKNOWN).state == both_of(UNKNOWN, FOUND).state == "cannot_be_judged"
    assert both_of(UNKNOWN, LOST).state == "not_found"
    assert LOST.reason in both_of(FOUND, LOST).reason


def test_fewer_pairs_than_dimensions_get_an_advice() -> None:
    lines = replace(LOST, lexicon=CHECK).lines
    assert lines[0].startswith("not found: agreement 0.12")
    assert lines[1] == (
        "50 of 80 pairs lie in both vocabularies (30 lack the source word, 0 the target)"
    )
    assert lines[2] == (
        "3 of 50 words of the lexicon are answered right by maps fitted without them "
        "(0.02 by chance, p = 0.000001)"
    )
    assert lines[3].startswith("50 pairs are fewer than the 300 dimensions")
    assert "self-learning" in lines[3]
    assert replace(FOUND, lexicon=CHECK).advice is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.3, "p = 0.3"),
        (1.0, "p = 1"),
        (0.0012, "p = 0.0012"),
        (2e-5, "p = 0.00002"),
        (3e-9, "p < 0.000001"),
    ],
)
def test_a_probability_is_written_without_an_exponent(value: float, text: str) -> None:
    assert p_value_text(value) == text


def test_it_is_known_without_pytorch() -> None:
    code = "import sys, isogloss.models.verdict, isogloss.models.estimated_precision; " + (
        "assert not {'torch', 'scipy', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
