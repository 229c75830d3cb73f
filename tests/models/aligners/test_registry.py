"""The list of aligners is complete, light, and says of each what is true of it."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import pytest

from isogloss.models.aligners import (
    ALIGNERS,
    Aligner,
    AlignerName,
    Recipe,
    create_aligner,
    find_aligner,
    is_supervised,
)
from isogloss.models.errors import OptionError
from isogloss.models.spaces.grouped_lexicon import GroupedLexicon, WordGroup
from isogloss.models.spaces.lexicon import Lexicon

NAMES = get_args(AlignerName)
PAIRS = Lexicon({"a": ("b",)})
GROUPS = GroupedLexicon((WordGroup(("a", "c"), ("b", "d")),))


def test_every_name_is_registered_and_every_registered_name_is_offered() -> None:
    assert tuple(ALIGNERS) == NAMES
    assert all(each.name == name for name, each in ALIGNERS.items())


@pytest.mark.parametrize("name", NAMES)
def test_each_does_with_a_lexicon_what_the_registry_says(name: AlignerName) -> None:
    use = ALIGNERS[name].lexicon
    accepted = (
        (None, use != "needs"),
        (PAIRS, use != "refuses"),
        (GROUPS, ALIGNERS[name].takes_groups),
    )
    for lexicon, taken in accepted:
        if taken:
            aligner = create_aligner(name, recipe=Recipe(), lexicon=lexicon)
            assert isinstance(aligner, Aligner)
            assert hasattr(aligner, "lexicon") == (use != "refuses")
        else:
            with pytest.raises(OptionError, match=f"^lexicon: the aligner {name} "):
                create_aligner(name, recipe=Recipe(), lexicon=lexicon)


def test_who_would_not_use_a_lexicon_names_those_who_would() -> None:
    with pytest.raises(OptionError, match=r"one of neural-gw, self-learning, procrustes, robot$"):
        ALIGNERS["pushforward"].check_lexicon(given=True)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(OptionError, match=r"^aligner: expected one of neural-gw, .*; found 'x'$"):
        find_aligner("x")


def test_only_a_fit_on_a_lexicon_is_supervised() -> None:
    assert {name for name in (*NAMES, "hub", "later") if is_supervised(name)} == {
        "procrustes",
        "robot",
    }


def test_the_list_is_read_without_pytorch() -> None:
    program = (
        "import sys; from isogloss.models.aligners import ALIGNERS; "
        "print(len(ALIGNERS), {'torch', 'numpy', 'scipy', 'faiss'} & set(sys.modules))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert shown.split() == [str(len(NAMES)), "set()"]
