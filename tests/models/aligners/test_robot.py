"""Dictionaries with wrong entries and shuffled groups, of a rotation that is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from isogloss.models.aligners import create_aligner
from isogloss.models.aligners.procrustes import ProcrustesAligner
from isogloss.models.aligners.recipe import Recipe, RobotRecipe
from isogloss.models.aligners.robot import RobotAligner
from isogloss.models.errors import LexiconError, OptionError
from isogloss.models.spaces.grouped_lexicon import GroupedLexicon, WordGroup, read_grouped_lexicon
from isogloss.models.spaces.lexicon import Lexicon
from isogloss.models.spaces.lexicon_fit import lexicon_fit
from tests.models.aligners.samples import accuracy, hidden_pair

QUICK = RobotRecipe(rounds=15, steps=20, widths=(16,))


def wrong_in_part(words: tuple[str, ...], share: float) -> Lexicon:
    """Every word translates itself, but for a share whose translations are shuffled."""
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(words))[: round(share * len(words))]
    targets = np.array(words)
    targets[chosen] = targets[rng.permutation(chosen)]
    return Lexicon({word: (str(target),) for word, target in zip(words, targets, strict=True)})


def shuffled_groups(words: tuple[str, ...], size: int) -> GroupedLexicon:
    rng = np.random.default_rng(1)
    groups = [words[begin : begin + size] for begin in range(0, len(words), size)]
    return GroupedLexicon(
        tuple(WordGroup(group, tuple(str(w) for w in rng.permutation(group))) for group in groups)
    )


def test_wrong_entries_cost_less_than_they_cost_procrustes() -> None:
    source, target = hidden_pair(words=800, noise=0.8)
    clean = ProcrustesAligner(wrong_in_part(source.words[:600], 0)).fit(source, target)
    lexicon = wrong_in_part(source.words[:600], 0.7)
    closed_form = ProcrustesAligner(lexicon).fit(source, target)
    robot = RobotAligner(GroupedLexicon.of(lexicon), QUICK).fit(source, target)
    yardstick = accuracy(clean, source, target)
    assert accuracy(closed_form, source, target) < 0.9 * yardstick
    assert accuracy(robot, source, target) > 0.97 * yardstick


@pytest.mark.parametrize("correspondence", ["exact", "inexact"])
def test_shuffled_groups_are_put_in_order(correspondence: str) -> None:
    source, target = hidden_pair(words=800, noise=0.5)
    recipe = RobotRecipe(rounds=15, correspondence=correspondence)  # type: ignore[arg-type]
    alignment = RobotAligner(shuffled_groups(source.words[:600], 10), recipe).fit(source, target)
    clean = ProcrustesAligner(wrong_in_part(source.words[:600], 0)).fit(source, target)
    assert accuracy(alignment, source, target) > 0.97 * accuracy(clean, source, target)
    losses = [progress.metrics["loss"] for progress in alignment.history]
    assert losses[-1] < losses[0]


def test_the_network_depends_on_the_seed_and_on_nothing_else() -> None:
    source, target = hidden_pair(words=300, noise=0.3)
    recipe = RobotRecipe(rounds=2, steps=3, model="residual", widths=(8,))
    lexicon = GroupedLexicon.of(wrong_in_part(source.words, 0.3))
    images = []
    for seed, disturbance in ((1, 5), (1, 6), (2, 5)):
        torch.manual_seed(disturbance)
        alignment = RobotAligner(lexicon, recipe, seed=seed).fit(source, target)
        images.append(alignment(source.vectors))
    np.testing.assert_array_equal(images[0], images[1])
    assert not np.array_equal(images[0], images[2])


@pytest.mark.parametrize("model", ["linear", "residual"])
def test_free_models_go_on_from_the_orthogonal_map(model: str) -> None:
    source, target = hidden_pair(words=500, noise=0.3)
    recipe = RobotRecipe(rounds=5, steps=10, model=model, widths=(16,))  # type: ignore[arg-type]
    lexicon = GroupedLexicon.of(wrong_in_part(source.words, 0.3))
    alignment = RobotAligner(lexicon, recipe).fit(source, target)
    expected = "linear" if model == "linear" else "residual"
    assert alignment.transport.specification.kind == expected
    losses = [p.metrics["loss"] for p in alignment.history if p.stage == f"robot: {model}"]
    assert len(losses) == 10
    assert losses[-1] < losses[0]
    assert accuracy(alignment, source, target) > 0.9


def test_a_file_of_groups_and_pairs(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.tsv"
    file.write_text("chat cat\nchien\tcow\tanimals\n\nvache dog animals\nrouge red\n", "utf-8")
    assert read_grouped_lexicon(file).groups == (
        WordGroup(("chat",), ("cat",)),
        WordGroup(("chien", "vache"), ("cow", "dog")),
        WordGroup(("rouge",), ("red",)),
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "expected at least one pair of words, found none"),
        ("a b\nc\n", r":2: expected 'source target' or 'source target group', found 1 words"),
        ("a b c d\n", r":1: .* found 4 words"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "lexicon.tsv"
    file.write_text(content, "utf-8")
    with pytest.raises(LexiconError, match=message):
        read_grouped_lexicon(file)


def test_rows_of_one_shape_stand_together_and_unknown_words_are_left_out() -> None:
    source, target = hidden_pair(words=20)
    one, two, three = source.words[:3]
    groups = GroupedLexicon(
        (
            WordGroup((one,), (one,)),
            WordGroup((one, two, "no-such-word"), (two, one)),
            WordGroup(("no-such-word",), (three,)),
            WordGroup((three,), (three,)),
        )
    )
    single, double = groups.row_groups(source, target)
    assert single.sources.tolist() == [[source.rows[one]], [source.rows[three]]]
    assert double.targets.tolist() == [[target.rows[two], target.rows[one]]]


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(OptionError, match="robot: expected epsilon"):
        RobotRecipe(epsilon=0.0)
    groups = GroupedLexicon((WordGroup(("a", "b"), ("c", "d")),))
    with pytest.raises(OptionError, match="procrustes takes pairs of words, found groups"):
        create_aligner("procrustes", recipe=Recipe(), lexicon=groups)


def test_a_third_column_of_numbers_is_a_score_and_no_group(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.tsv"
    for score in ("0.93", "1", "-2.5e-3"):
        file.write_text(f"chat cat {score}\nchien dog {score}\n", "utf-8")
        assert read_grouped_lexicon(file).groups == (
            WordGroup(("chat",), ("cat",)),
            WordGroup(("chien",), ("dog",)),
        )


def test_number_and_size_of_groups_are_said() -> None:
    source, target = hidden_pair(words=50, noise=0.3)
    groups = GroupedLexicon((WordGroup(source.words[:7], target.words[:5]),))
    assert str(lexicon_fit(groups, source, target)).startswith(
        "1 groups of unknown pairing, the largest 7 × 5 words; 35 of 35 pairs"
    )
