from __future__ import annotations

import dataclasses
import inspect

import pytest

from isogloss.models.aligners import (
    Aligner,
    AlignerName,
    DiscreteGromovWassersteinAligner,
    NeuralGromovWassersteinAligner,
    ProcrustesAligner,
    Recipe,
    SelfLearningAligner,
    create_aligner,
    recipe,
)
from isogloss.models.aligners.self_learning import Phase
from isogloss.models.errors import OptionError
from isogloss.models.spaces.lexicon import Lexicon

PAIRS = Lexicon({"a": ("b",)})
SETTINGS = [
    kind
    for _, kind in inspect.getmembers(recipe, inspect.isclass)
    if kind.__module__ == recipe.__name__ or kind is Phase
]


def test_all_settings_are_looked_at() -> None:
    assert {kind.__name__ for kind in SETTINGS} >= {"Recipe", "Phase", "StartRecipe"}


@pytest.mark.parametrize("kind", SETTINGS)
def test_settings_are_frozen(kind: type) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert hasattr(kind, "__slots__")


def test_equal_settings_are_equal_and_can_be_keys() -> None:
    assert Recipe() == Recipe()
    assert hash(Recipe()) == hash(Recipe())


@pytest.mark.parametrize(
    ("name", "kind", "lexicon"),
    [
        ("procrustes", ProcrustesAligner, PAIRS),
        ("discrete-gw", DiscreteGromovWassersteinAligner, None),
        ("self-learning", SelfLearningAligner, PAIRS),
        ("neural-gw", NeuralGromovWassersteinAligner, PAIRS),
    ],
)
def test_creates_each_aligner_by_its_name(
    name: AlignerName, kind: type, lexicon: Lexicon | None
) -> None:
    aligner = create_aligner(name, recipe=Recipe(), lexicon=lexicon, seed=7)
    assert type(aligner) is kind
    assert isinstance(aligner, Aligner)
    assert getattr(aligner, "seed", 7) == 7


def test_procrustes_needs_a_lexicon() -> None:
    with pytest.raises(OptionError, match="lexicon"):
        create_aligner("procrustes", recipe=Recipe())
