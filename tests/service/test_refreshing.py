"""From what lies in the directory to what is served."""

from __future__ import annotations

import gc
import shutil
import weakref
from pathlib import Path

import pytest

from isogloss.models.checkpoint import load_checkpoint, save_checkpoint
from isogloss.models.errors import CheckpointIntegrityError
from isogloss.models.retrieval import Translator
from isogloss.service.catalogue import Catalogue, ServedPair, load_catalogue, refreshed
from isogloss.service.catalogue import loading as loading_module
from isogloss.service.catalogue.fingerprints import fingerprint_of
from isogloss.service.catalogue.loading import load_pair
from isogloss.service.catalogue.refreshing import _paths
from tests.rotated_spaces import rotated_translator


def save(folder: Path, languages: tuple[str, str] = ("fr", "es"), seed: int = 0) -> Translator:
    translator = rotated_translator(languages=languages, seed=seed)
    save_checkpoint(translator, folder)
    return translator


def codes(catalogue: Catalogue) -> dict[str, str]:
    return {refusal.checkpoint: refusal.code for refusal in catalogue.refused}


def look(old: Catalogue, directory: Path) -> Catalogue:
    return refreshed(old, directory, "cpu")[0]


def test_what_has_not_changed_is_kept(tmp_path: Path) -> None:
    save(tmp_path / "fr-es")
    save(tmp_path / "fr-de", ("fr", "de"))
    (tmp_path / "broken").mkdir()
    catalogue = load_catalogue(tmp_path, "cpu")
    assert look(catalogue, tmp_path) is catalogue
    save(tmp_path / "fr-it", ("fr", "it"))
    grown = look(catalogue, tmp_path)
    assert list(grown.pairs) == ["fr-de", "fr-es", "fr-it"]
    assert grown.pairs["fr-es"] is catalogue.pairs["fr-es"]
    assert set(codes(grown)) == {"broken"}
    shutil.rmtree(tmp_path / "fr-de")
    assert list(look(grown, tmp_path).pairs) == ["fr-es", "fr-it"]
    assert list(grown.pairs) == ["fr-de", "fr-es", "fr-it"], "a catalogue never changes"


def test_a_replaced_checkpoint_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    save(tmp_path / "fr-es", seed=0)
    old = load_catalogue(tmp_path, "cpu")
    expected = save(tmp_path / "fr-es", seed=1)
    new = look(old, tmp_path)
    assert new.pairs["fr-es"] is not old.pairs["fr-es"]
    answers = new.translator("fr-es").align(expected.source.vectors)
    assert answers.tobytes() == expected.align(expected.source.vectors).tobytes()
    gone = weakref.ref(old.translator("fr-es").alignment.transport)
    del old
    gc.collect()
    assert gone() is None


def test_a_broken_replacement_is_refused_and_the_old_one_goes_on(tmp_path: Path) -> None:
    save(tmp_path / "fr-es")
    old = load_catalogue(tmp_path, "cpu")
    save(tmp_path / "other" / "fr-es", seed=1)
    file = next((tmp_path / "other" / "fr-es").glob("normalizers*"))
    file.write_bytes(file.read_bytes()[:-1])
    shutil.rmtree(tmp_path / "fr-es")
    (tmp_path / "other" / "fr-es").rename(tmp_path / "fr-es")
    shutil.rmtree(tmp_path / "other")
    new = look(old, tmp_path)
    assert new.pairs["fr-es"] is old.pairs["fr-es"]
    assert codes(new) == {"fr-es": "checkpoint_integrity"}
    assert str(tmp_path) not in new.refused[0].reason
    assert look(new, tmp_path) is new, "it is not tried again while it looks the same"
    save(tmp_path / "fr-es", seed=2)
    healed = look(new, tmp_path)
    assert codes(healed) == {}
    assert healed.pairs["fr-es"] is not old.pairs["fr-es"]


def test_the_second_of_two_steps_in_when_the_first_goes(tmp_path: Path) -> None:
    save(tmp_path / "a", seed=0)
    save(tmp_path / "b", seed=1)
    both = load_catalogue(tmp_path, "cpu")
    assert both.pairs["fr-es"].checkpoint == "a"
    assert codes(both) == {"b": "pair_taken"}
    assert look(both, tmp_path) is both
    shutil.rmtree(tmp_path / "a")
    one = look(both, tmp_path)
    assert one.pairs["fr-es"].checkpoint == "b"
    assert codes(one) == {}
    save(tmp_path / "a", seed=2)
    again = look(one, tmp_path)
    assert again.pairs["fr-es"].checkpoint == "a"
    assert codes(again) == {"b": "pair_taken"}


def test_a_folder_is_loaded_once_it_looks_the_same_twice(tmp_path: Path) -> None:
    save(tmp_path / "elsewhere" / "fr-es")
    directory = tmp_path / "served"
    directory.mkdir()
    catalogue, seen = refreshed(Catalogue(), directory, "cpu", seen={})
    target = directory / "fr-es"
    target.mkdir()
    files = sorted((tmp_path / "elsewhere" / "fr-es").iterdir())
    for file in files:  # a copy under way
        shutil.copy(file, target)
        catalogue, seen = refreshed(catalogue, directory, "cpu", seen=seen)
        assert not catalogue.pairs
        assert not catalogue.refused
    catalogue, seen = refreshed(catalogue, directory, "cpu", seen=seen)
    assert list(catalogue.pairs) == ["fr-es"]
    assert seen == {}


def test_a_directory_that_is_away_takes_nothing_with_it(tmp_path: Path) -> None:
    directory = tmp_path / "served"
    save(directory / "fr-es")
    catalogue = load_catalogue(directory, "cpu")
    directory.rename(tmp_path / "away")
    without = look(catalogue, directory)
    assert without.pairs["fr-es"] is catalogue.pairs["fr-es"]
    assert [refusal.checkpoint for refusal in without.refused] == ["served"]
    assert look(without, directory) is without
    (tmp_path / "away").rename(directory)
    back = look(without, directory)
    assert back.pairs["fr-es"] is catalogue.pairs["fr-es"]
    assert back.refused == ()


def test_a_pair_that_a_listing_misses_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "fr-es")
    catalogue = load_catalogue(tmp_path, "cpu")
    # As in the moment of a replacement: the old name is gone, the hidden one not listed yet.
    (tmp_path / "fr-es").rename(tmp_path / ".fr-es.previous")
    monkeypatch.setattr("isogloss.service.catalogue.refreshing.find_checkpoints", lambda _: ())
    assert _paths(catalogue, tmp_path) == [tmp_path / "fr-es"]
    assert look(catalogue, tmp_path).pairs["fr-es"] is catalogue.pairs["fr-es"]
    shutil.rmtree(tmp_path / ".fr-es.previous")
    assert look(catalogue, tmp_path).pairs == {}


def test_a_fingerprint_tells_folders_apart(tmp_path: Path) -> None:
    save(tmp_path / "fr-es")
    first = fingerprint_of(tmp_path / "fr-es")
    assert fingerprint_of(tmp_path / "fr-es") == first
    save(tmp_path / "fr-es")
    second = fingerprint_of(tmp_path / "fr-es")
    assert second != first, "the same content, but another folder"
    file = next((tmp_path / "fr-es").iterdir())
    file.write_bytes(file.read_bytes())
    assert fingerprint_of(tmp_path / "fr-es") != second
    (tmp_path / "fr-es" / "extra").touch()
    assert fingerprint_of(tmp_path / "nothing") == ()


@pytest.mark.parametrize("breaks", [False, True])
def test_a_checkpoint_replaced_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks: bool
) -> None:
    save(tmp_path / "fr-es", seed=0)
    expected: list[Translator] = []
    real = load_checkpoint

    def load(path: Path, device: str) -> Translator:
        loaded = real(path, device)  # type: ignore[arg-type]
        if not expected:
            expected.append(save(path, seed=1))
            if breaks:
                raise CheckpointIntegrityError("half of the old one and half of the new one")
        return loaded

    monkeypatch.setattr(loading_module, "load_checkpoint", load)
    served = load_pair(tmp_path / "fr-es", "cpu")
    assert isinstance(served, ServedPair)
    vectors = expected[0].source.vectors
    assert served.translator.source.vectors.tobytes() == vectors.tobytes()
    assert served.fingerprint == fingerprint_of(tmp_path / "fr-es")


def test_one_that_is_replaced_again_and_again_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "fr-es")
    real = load_checkpoint

    def load(path: Path, device: str) -> Translator:
        loaded = real(path, device)  # type: ignore[arg-type]
        save(path)
        return loaded

    monkeypatch.setattr(loading_module, "load_checkpoint", load)
    refused = load_pair(tmp_path / "fr-es", "cpu")
    assert not isinstance(refused, ServedPair)
    assert "replaced faster" in refused.reason


@pytest.mark.parametrize("error", [MemoryError("no more"), RuntimeError("secret"), OSError(5, "x")])
def test_whatever_goes_wrong_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    save(tmp_path / "fr-es")

    def load(*_: object) -> Translator:
        raise error

    monkeypatch.setattr(loading_module, "load_checkpoint", load)
    refused = load_pair(tmp_path / "fr-es", "cpu")
    assert not isinstance(refused, ServedPair)
    assert refused.code in {"internal", "unreadable"}
    assert "secret" not in refused.reason
