"""Checkpoints go to a hub and come back, over real HTTP."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import isogloss
from isogloss.errors import (
    CheckpointError,
    CheckpointIntegrityError,
    DependencyError,
    NotPublishedError,
    OptionError,
    PublishingError,
    TransferError,
)
from tests.front_door.hub_server import Repositories, running
from tests.rotated_spaces import rotated_translator, with_probabilities

PAIR = isogloss.Translator.of(with_probabilities(rotated_translator(words=60, stages=True)))
PLACE = "someone/fr-es"

# huggingface_hub gives httpx bytes in a way that httpx is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@dataclass(frozen=True)
class Served:
    held: Repositories
    cache: Path

    def load(self, place: str = PLACE, revision: str | None = None) -> isogloss.Translator:
        return isogloss.load(f"hf://{place}", revision=revision, cache=self.cache, token="hf_x")

    def push(self, pair: isogloss.Translator = PAIR, licence: str = "cc-by-sa-3.0") -> str:
        return pair.push_to_hub(PLACE, licence=licence, token="hf_x")

    @property
    def files(self) -> dict[str, bytes]:
        return self.held.commits[PLACE][-1][1]


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    from huggingface_hub import constants
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    held = Repositories()
    with running(held) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        yield Served(held, tmp_path / "cache")


def test_what_was_pushed_answers_the_same_when_it_is_loaded(served: Served) -> None:
    address = served.push()
    assert f"/{PLACE}/commit/" in address
    again = served.load()
    words = PAIR.source.words
    assert again.translate(words, 5) == PAIR.translate(words, 5)
    assert served.load(revision=address.rpartition("/")[2]).translate(words) == PAIR.translate(
        words
    )


def test_the_card_says_languages_licence_verdict_precision_and_checksums(served: Served) -> None:
    served.push()
    card = served.files["README.md"].decode()
    head = card.split("---")[1]
    assert '- "fr"' in head
    assert '- "es"' in head
    assert "license: cc-by-sa-3.0" in head
    assert "library_name: isogloss" in head
    assert "| verdict | found: " in card
    assert "of first answers right, estimated without a dictionary" in card
    assert f"`{PAIR.details.input_hashes['source']}`" in card
    assert 'isogloss.load("hf://someone/fr-es")' in card


def test_a_licence_that_is_no_identifier_is_named(served: Served) -> None:
    served.push(licence='Our "own"')
    head = served.files["README.md"].decode().split("---")[1]
    assert "license: other" in head
    assert 'license_name: "Our \\"own\\""' in head


def test_only_the_files_of_the_manifest_are_fetched(served: Served) -> None:
    served.push()
    served.files["evil.pkl"] = b"cos\nsystem\n(S'true'\ntR."
    served.held.asked.clear()
    served.load()
    fetched = {line.rpartition("/")[2] for line in served.held.asked if "/resolve/" in line}
    assert fetched == {"manifest.json", *json.loads(served.files["manifest.json"])["files"]}


@pytest.mark.parametrize("name", ["source-words.json", "transport-0.safetensors"])
def test_a_file_that_the_manifest_does_not_vouch_for_is_not_loaded(
    name: str, served: Served
) -> None:
    served.push()
    data = served.files[name]
    served.files[name] = data[:-1] + bytes([data[-1] ^ 1])
    with pytest.raises(CheckpointIntegrityError, match=name):
        served.load()


def test_a_manifest_that_was_changed_or_leads_elsewhere_is_refused(served: Served) -> None:
    served.push()
    manifest = json.loads(served.files["manifest.json"])
    manifest["files"]["../../secret.json"] = {"sha256": "0" * 64, "bytes": 1}
    served.files["manifest.json"] = json.dumps(manifest).encode()
    with pytest.raises(CheckpointError, match=r"manifest\.json"):
        served.load()


def test_a_push_replaces_what_an_earlier_one_left(served: Served) -> None:
    served.push()
    served.files["transport-9.safetensors"] = b"old"
    other = isogloss.Translator.of(rotated_translator(words=30))
    served.push(other)
    assert "transport-9.safetensors" not in served.files
    assert served.load().source.words == other.source.words


def test_what_is_not_there_is_said(served: Served) -> None:
    served.push()
    with pytest.raises(NotPublishedError, match=r"hf://someone/nothing/manifest\.json"):
        served.load("someone/nothing")
    with pytest.raises(NotPublishedError):
        served.load(revision="never")
    del served.files["source-words.json"]
    with pytest.raises(NotPublishedError, match=r"source-words\.json"):
        served.load()


def test_a_hub_that_refuses_or_is_away_is_one_clear_error(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.held.refuses = True
    with pytest.raises(PublishingError, match=f"hf://{PLACE}: ") as caught:
        served.push()
    assert "\n" not in str(caught.value)
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between its attempts
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(TransferError, match="cannot be reached"):
        served.load()


def test_what_makes_no_sense_is_refused_before_anything_is_sent(served: Served) -> None:
    with pytest.raises(OptionError, match="expected a repository such as owner/en-fr, found 'x'"):
        isogloss.load("hf://x")
    with pytest.raises(OptionError, match="licence: expected"):
        served.push(licence=" ")
    with pytest.raises(OptionError, match="go with hf:// addresses only"):
        isogloss.load("en-fr", revision="main")
    assert served.held.asked == []


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "huggingface_hub"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(DependencyError, match=r"pip install 'isogloss\[hub\]'"):
        isogloss.load("hf://someone/fr-es")
