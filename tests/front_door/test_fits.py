from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import isogloss
from isogloss.errors import (
    InputError,
    NoAlignmentFoundError,
    OptionError,
    RecipeError,
    ResumeError,
)
from isogloss.models.retrieval import translator as internal
from tests.models.aligners.samples import hidden_pair

SMALL: dict[str, Any] = {
    "portfolio": {
        "starts": [
            {
                "kind": "similarity-profiles",
                "words": 400,
                "search": {"groups": 4, "words": 400, "rounds": 40},
            }
        ],
        "cooling": [{"groups": 2, "words": 400, "rounds": 5}],
    },
    "refinement": {"phases": [{"groups": 1, "words": 400, "rounds": 2}]},
}
ENGLISH, OTHER = hidden_pair(words=400, noise=0.1)
OPTIONS: dict[str, Any] = {
    "aligner": "self-learning",
    "recipe": SMALL,
    "progress": False,
    "device": "cpu",
}


def test_two_spaces_are_aligned_without_a_dictionary_and_said_to_be_found() -> None:
    pair = isogloss.align(ENGLISH, OTHER, **OPTIONS)
    assert pair.found
    answers = pair.translate(ENGLISH.words[:100], 1)
    assert np.mean([one.neighbours[0].word == one.word for one in answers]) > 0.9
    assert ", found" in repr(pair)


def test_files_and_memory_give_the_same_map(example_folder: Path) -> None:
    taught = {"aligner": "procrustes", "lexicon": example_folder / "train.txt", "progress": False}
    files = example_folder / "en.vec", example_folder / "fr.vec"
    from_files = isogloss.align(*map(str, files), **taught)  # type: ignore[arg-type]
    spaces = [isogloss.read(path) for path in files]
    frames = [
        pandas.DataFrame({"word": space.words, "vector": list(space.vectors)}) for space in spaces
    ]
    from_frames = isogloss.align(
        *frames,
        source_language="en",
        target_language="fr",
        **taught,  # type: ignore[arg-type]
    )
    words = spaces[0].words[:200]
    assert from_files.translate(words, 3) == from_frames.translate(words, 3)
    assert from_files.details.history is not None
    assert [one.name for one in from_files.details.history.inputs] == [
        "en.vec",
        "fr.vec",
        "train.txt",
    ]


def test_what_is_not_found_is_an_error_with_its_figures_or_says_so_where_forced() -> None:
    rng = np.random.default_rng(0)
    clouds = [
        isogloss.Space(
            name, tuple(f"{name}{i}" for i in range(300)), rng.normal(size=(300, 40)).astype("f4")
        )
        for name in ("xx", "yy")
    ]
    with pytest.raises(NoAlignmentFoundError, match="unrelated spaces") as caught:
        isogloss.align(*clouds, **OPTIONS)
    assert caught.value.verdict.state == "not_found"
    forced = isogloss.align(*clouds, force=True, **OPTIONS)
    assert not forced.found
    assert "NOT FOUND" in repr(forced)


@pytest.mark.parametrize(
    ("arguments", "options", "kind", "message"),
    [
        (("a.vec", "fr.vec"), {}, OptionError, "source_language: the name of a.vec does not say"),
        (({}, "fr.vec"), {}, OptionError, "source_language: an object in memory does not say"),
        (("en.vec", 3), {}, InputError, "target: expected the path of a file, a Space.*found int"),
        (
            ("en.vec", "fr.vec"),
            {"source_language": "f/r"},
            OptionError,
            "source_language: expected a code such as fr",
        ),
        (("en.vec", "nowhere.fr.vec"), {}, InputError, "nowhere.fr.vec: cannot be read"),
        (("en.vec", "fr.vec"), {"recipe": "nope"}, OptionError, "recipe: expected a path"),
        (("en.vec", "fr.vec"), {"recipe": {"a": {}}}, RecipeError, "recipe: unknown key: a"),
        (("en.vec", "fr.vec"), {"aligner": "nope"}, OptionError, "aligner: expected one of"),
        (("en.vec", "fr.vec"), {"aligner": "procrustes"}, OptionError, "needs a lexicon"),
        (
            ("en.vec", "fr.vec"),
            {"aligner": "procrustes", "lexicon": 3},
            InputError,
            "lexicon: expected the path of a file, a dictionary",
        ),
        (("en.vec", "fr.vec"), {"on_error": "x"}, OptionError, "on_error: expected one of fail"),
        (("en.vec", "fr.vec"), {"device": "x"}, OptionError, "device: expected one of auto"),
        ((3, "fr.vec"), {"source_language": "en"}, InputError, "expected the path of a file, a Sp"),
    ],
)
def test_what_makes_no_sense_is_named(  # noqa: PLR0917
    arguments: tuple[object, object],
    options: dict[str, Any],
    kind: type[Exception],
    message: str,
    example_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(example_folder)
    with pytest.raises(kind, match=message):
        isogloss.align(*arguments, progress=False, **options)


def test_an_interrupted_fit_goes_on_from_its_state_to_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    whole = isogloss.align(ENGLISH, OTHER, **OPTIONS)
    with monkeypatch.context() as patched:

        def stop(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(internal.Translator, "build", stop)
        with pytest.raises(KeyboardInterrupt):
            isogloss.align(ENGLISH, OTHER, state=state, **OPTIONS)
    assert (state / "fingerprint.json").is_file()
    with pytest.raises(ResumeError, match="differs in: seed"):
        isogloss.align(ENGLISH, OTHER, state=state, seed=3, **OPTIONS)
    resumed = isogloss.align(ENGLISH, OTHER, state=str(state), **OPTIONS)
    assert not state.exists()
    words = ENGLISH.words[:50]
    assert resumed.translate(words, 3) == whole.translate(words, 3)


def test_several_languages_share_one_space(tmp_path: Path) -> None:
    third = hidden_pair(words=400, noise=0.1, seed=3)[1]
    hub = isogloss.align_many({"en": ENGLISH, "xx": OTHER, "yy": third}, **OPTIONS)
    assert repr(hub) == "<Hub en, xx, yy>"
    assert len(hub.directions) == 6
    words = OTHER.words[:100]
    answers = hub["xx", "yy"].translate(words, 1)
    assert np.mean([one.neighbours[0].word == one.word for one in answers]) > 0.9
    assert hub.save(tmp_path, [("yy", "en")]) == (tmp_path / "yy-en",)
    assert isogloss.load(tmp_path / "yy-en").source.language == "yy"
    with pytest.raises(OptionError, match="the hub holds en, xx, yy; found 'zz'"):
        hub["en", "zz"]
    with pytest.raises(OptionError, match="expected two languages"):
        hub["en"]  # type: ignore[index]


def test_a_list_of_words_goes_with_an_array(tmp_path: Path) -> None:
    np.save(tmp_path / "en.npy", np.eye(3, dtype=np.float32))
    (tmp_path / "list").write_text("a\nb\nc\n")
    space = isogloss.read(tmp_path / "en.npy", words=tmp_path / "list")
    assert space.words == ("a", "b", "c")
    assert repr(space) == "<Space en, 3 words, 3 dimensions>"
