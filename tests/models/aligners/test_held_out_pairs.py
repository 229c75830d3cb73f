"""What a lexicon says of its own map, beside counts by hand and permutations that are tried."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch

from isogloss.models.aligners import held_out_pairs
from isogloss.models.aligners.held_out_pairs import check_lexicon
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.grouped_lexicon import GroupedLexicon, WordGroup
from isogloss.models.spaces.lexicon import Lexicon
from isogloss.models.verdict import LexiconCheck
from tests.models.aligners.test_judging import normalised

SOURCE, TARGET = (
    EmbeddingSpace(
        side, tuple(f"{side}{row}" for row in range(200)), np.ones((200, 12), np.float32)
    )
    for side in "st"
)


def spaces(noise: float = 0.1) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(0)
    cloud = rng.normal(size=(200, 12))
    turn = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    return normalised(cloud), normalised(cloud @ turn + noise * rng.normal(size=cloud.shape))


def check(entries: Mapping[str, tuple[str, ...]]) -> LexiconCheck:
    return check_lexicon(Lexicon(entries), SOURCE, TARGET, *spaces(), holds_out=True)


def test_a_right_lexicon_predicts_itself() -> None:
    told = check({f"s{row}": (f"t{row}",) for row in range(80)})
    assert (told.pairs, told.usable, told.held_out) == (80, 80, 80)
    assert told.right >= 76
    assert told.p_value is not None and told.p_value < 1e-20
    assert told.coverage_text == "80 of 80 pairs lie in both vocabularies"


def test_a_wrong_lexicon_predicts_what_chance_does() -> None:
    told = check({f"s{row}": (f"t{(7 * row + 3) % 80}",) for row in range(80)})
    assert told.right <= 4
    assert told.p_value is not None and told.p_value > 0.01


def test_each_side_that_fails_is_counted() -> None:
    told = check(
        {
            "s0": ("t0", "T1"),
            "S2": ("t2",),
            "S3": ("T3", "t4"),
            "s5": ("t5",),
        }
    )
    assert (told.pairs, told.usable) == (6, 2)
    # One pair lacks both.
    assert (told.sources_missing, told.targets_missing) == (3, 2)
    assert told.p_value is None
    assert told.too_few
    assert told.coverage_text == (
        "2 of 6 pairs lie in both vocabularies (3 lack the source word, 2 the target)"
    )


def test_what_is_right_by_chance_is_the_mean_over_dealt_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(held_out_pairs, "_FOLDS", 2)
    rng = np.random.default_rng(0)
    # Few targets, so that chance is often right.
    entries = {f"s{row}": (f"t{rng.integers(16)}", f"t{rng.integers(16)}") for row in range(40)}
    told = check(entries)
    answers = {row: [int(word[1:]) for word in entries[f"s{row}"]] for row in range(40)}
    x, y = spaces()
    seen: list[tuple[list[int], list[int]]] = []
    order = torch.randperm(40, generator=torch.Generator().manual_seed(0)).tolist()
    for fold in range(2):
        held_out = order[fold::2]
        known = [(r, c) for r in range(40) if r not in held_out for c in answers[r]]
        u, _, v = np.linalg.svd(
            y[[c for _, c in known]].numpy().T @ x[[r for r, _ in known]].numpy()
        )
        image = x[held_out].numpy() @ (u @ v).T
        everything = x.numpy() @ (u @ v).T
        hubs = np.sort(y.numpy() @ everything.T, axis=1)[:, -10:].mean(axis=1)
        seen.append((held_out, (2 * image @ y.numpy().T - hubs).argmax(axis=1).tolist()))
    right = sum(a in answers[r] for rows, given in seen for r, a in zip(rows, given, strict=True))
    assert told.right == right
    dealt = []
    for _ in range(4000):
        total = 0
        for rows, given in seen:
            shuffled = rng.permutation(rows)
            total += sum(a in answers[int(r)] for r, a in zip(shuffled, given, strict=True))
        dealt.append(total)
    assert told.right_by_chance == pytest.approx(np.mean(dealt), abs=0.15)


def test_of_groups_nothing_is_held_out() -> None:
    groups = GroupedLexicon(
        (
            WordGroup(("s0", "s1"), ("t1", "t0")),
            WordGroup(("s2",), ("T2",)),
            WordGroup(("s3", "S4"), ("t3", "t4")),
        )
    )
    told = check_lexicon(groups, SOURCE, TARGET, *spaces(), holds_out=True)
    assert (told.pairs, told.usable, told.targets_missing) == (9, 6, 1)
    assert told.held_out == 0 and told.p_value is None and told.held_out_text is None
