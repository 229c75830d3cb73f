"""`isogloss download`: what it prints and what it refuses."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from isogloss.scripts.download.cache import default_folder
from isogloss.scripts.download.publications import (
    FASTTEXT,
    GLOVE,
    MUSE,
    PUBLICATIONS,
    fasttext_vectors,
    muse_dictionary,
)
from tests.scripts.conftest import Invoke, Pair
from tests.scripts.download.conftest import Publisher


@pytest.fixture
def options(publisher: Publisher, tmp_path: Path) -> list[object]:
    return ["--mirror", publisher.address, "--folder", tmp_path / "cache"]


def test_the_licence_is_shown_before_and_the_path_printed(
    invoke: Invoke, publisher: Publisher, options: list[object], tmp_path: Path
) -> None:
    publisher.files["/arrival/dictionaries/en-fr.5000-6500.txt"] = b"cat chat\n"
    arguments = ("download", "muse-dictionary", "--pair", "en-fr", "--part", "test", *options)
    result = invoke(*arguments)
    assert result.exit_code == 0, result.stderr
    path = tmp_path / "cache" / "muse" / "en-fr.5000-6500.txt"
    assert result.stdout == f"{path}\n"
    assert path.read_text(encoding="utf-8") == "cat chat\n"
    for expected in (MUSE.licence, MUSE.citation, MUSE.page, publisher.address, str(path)):
        assert expected in result.stderr
    again = json.loads(invoke(*arguments, "--json").stdout)
    assert again["reused"] is True
    assert again["path"] == str(path)
    assert again["licence"] == MUSE.licence


def test_what_was_downloaded_trains(
    invoke: Invoke, publisher: Publisher, options: list[object], pair: Pair, tmp_path: Path
) -> None:
    """From the server to a checkpoint, in the commands of the user."""
    paths = []
    for language, file in (("fr", pair.source), ("es", pair.target)):
        content = gzip.compress(file.read_bytes())
        publisher.files[f"/fasttext/vectors-crawl/cc.{language}.300.vec.gz"] = content
        result = invoke(
            "download", "fasttext", "--language", language, "--limit", 80, *options, "--json"
        )
        assert result.exit_code == 0, result.stderr
        document = json.loads(result.stdout)
        assert document["words"] == 80
        paths.append(document["path"])
    result = invoke(
        "train",
        *("--source", paths[0], "--source-language", "fr"),
        *("--target", paths[1], "--target-language", "es"),
        *("--aligner", "procrustes", "--lexicon", pair.lexicon),
        *("--output", tmp_path / "fr-es"),
    )
    assert result.exit_code == 0, result.stderr
    translated = invoke("translate", tmp_path / "fr-es", "fr-7", "--k", 1)
    assert "es-7" in translated.stdout


def test_what_is_not_there_is_one_line(invoke: Invoke, options: list[object]) -> None:
    result = invoke("download", "fasttext", "--language", "xx", *options)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "error: " in result.stderr.splitlines()[-1]
    assert "404" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fasttext", "--language", "../x"], "expected a code such as fr"),
        (["fasttext", "--language", "fr", "--limit", "0"], "greater than or equal to 1"),
        (["fasttext", "--language", "fr", "--limit", "5", "--subwords"], "neither --subwords"),
        (["fasttext", "--language", "fr", "--limit", "5", "--sha256", "0" * 64], "--sha256"),
        (["fasttext", "--language", "fr", "--sha256", "12"], "64 hexadecimal digits"),
        (["fasttext", "--language", "fr", "--mirror", "file:///etc"], "http or https"),
        (["glove", "--dimension", "99"], "expected one of 50, 100, 200, 300"),
        (["muse-dictionary", "--pair", "enfr"], "two languages such as en-fr"),
        (["muse-dictionary", "--pair", "en-fr", "--part", "dev"], "dev"),
    ],
)
def test_options_that_make_no_sense(
    invoke: Invoke, tmp_path: Path, arguments: list[str], message: str
) -> None:
    result = invoke("download", *arguments, "--folder", tmp_path / "cache")
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "cache").exists()


def test_the_addresses_are_those_of_the_publishers() -> None:
    assert fasttext_vectors("fr").address() == (
        "https://dl.fbaipublicfiles.com/fasttext/vectors-crawl/cc.fr.300.vec.gz"
    )
    assert fasttext_vectors("fr", subwords=True).name == "cc.fr.300.bin.gz"
    assert muse_dictionary("en-fr", "train").address() == (
        "https://dl.fbaipublicfiles.com/arrival/dictionaries/en-fr.0-5000.txt"
    )
    assert {FASTTEXT, GLOVE, MUSE} == set(PUBLICATIONS)
    for publication in PUBLICATIONS:
        assert publication.base.startswith("https://")
        assert publication.licence_address.startswith("https://")
        assert publication.citation


def test_the_cache_is_that_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path / "isogloss")
    assert default_folder() == tmp_path / "isogloss"


def test_every_kind_has_help(invoke: Invoke) -> None:
    for kind in ("fasttext", "glove", "muse-dictionary"):
        assert "--folder" in invoke("download", kind, "--help").stdout
