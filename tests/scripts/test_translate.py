import json
from pathlib import Path

import pytest

from tests.scripts.conftest import Invoke


def test_words_are_translated_in_their_order(invoke: Invoke, checkpoint: Path) -> None:
    result = invoke("translate", checkpoint, "fr-3", "fr-40", "--k", 2, "--json")
    assert result.exit_code == 0
    answers = json.loads(result.stdout)["results"]
    assert [answer["word"] for answer in answers] == ["fr-3", "fr-40"]
    assert [answer["neighbours"][0]["word"] for answer in answers] == ["es-3", "es-40"]
    assert [len(answer["neighbours"]) for answer in answers] == [2, 2]


def test_the_cosine_of_a_rotated_word_is_one(invoke: Invoke, checkpoint: Path) -> None:
    result = invoke("translate", checkpoint, "fr-3", "--score", "cosine", "--json")
    best = json.loads(result.stdout)["results"][0]["neighbours"][0]
    assert best["score"] == pytest.approx(1, abs=1e-5)


def test_an_unknown_word_is_reported_and_the_others_are_answered(
    invoke: Invoke, checkpoint: Path
) -> None:
    result = invoke("translate", checkpoint, "nowhere", "fr-1", "--k", 1)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "nowhere"
    assert "not known" in lines[1]
    assert lines[2] == "fr-1"
    assert lines[3].split()[1] == "es-1"
    document = json.loads(invoke("translate", checkpoint, "nowhere", "--json").stdout)
    assert document["results"][0]["reason"] == "unknown_word"
    assert document["results"][0]["neighbours"] == []


def test_words_come_from_standard_input_as_they_stand(invoke: Invoke, checkpoint: Path) -> None:
    words = "fr-1\r\n\nfr-2\n two words \n"
    result = invoke("translate", checkpoint, "--json", standard_input=words)
    answers = json.loads(result.stdout)["results"]
    assert [answer["word"] for answer in answers] == ["fr-1", "fr-2", " two words "]


@pytest.mark.parametrize(
    ("given", "message"),
    [(b"fr-1\n\xff\n", "standard input:2: expected UTF-8"), (b"\n", "standard input: expected")],
)
def test_unusable_standard_input_is_named(
    invoke: Invoke, checkpoint: Path, given: bytes, message: str
) -> None:
    result = invoke("translate", checkpoint, standard_input=given)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {message}")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("options", [("--k", "0"), ("--score", "dot"), ("--nonsense",)])
def test_wrong_options_are_usage_errors(
    invoke: Invoke, checkpoint: Path, options: tuple[str, ...]
) -> None:
    assert invoke("translate", checkpoint, "fr-1", *options).exit_code == 2


def test_a_missing_checkpoint_is_named_in_one_line(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("translate", tmp_path / "none", "fr-1")
    assert result.exit_code == 1
    assert str(tmp_path / "none") in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
