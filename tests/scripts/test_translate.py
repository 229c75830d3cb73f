import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet
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


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet"])
def test_a_column_of_a_table_is_translated_into_a_table(
    invoke: Invoke, checkpoint: Path, tmp_path: Path, suffix: str
) -> None:
    words = ["fr-3", "nowhere", "fr-7"]
    table, output = tmp_path / f"words.{suffix}", tmp_path / f"answers.{suffix}"
    write_table({"number": ["1", "2", "3"], "word": words}, table)
    arguments = ("--input", table, "--column", "word", "-o", output, "-k", 2)
    result = invoke("translate", checkpoint, *arguments)
    assert result.exit_code == 0, result.stderr
    rows = read_table(output)
    assert [row["word"] for row in rows] == ["fr-3", "fr-3", "nowhere", "fr-7", "fr-7"]
    assert [row["translation"] for row in rows[::3]] == ["es-3", "es-7"]
    assert rows[2]["reason"] == "unknown_word"
    assert [float(row["score"]) for row in rows[:2]] == pytest.approx(
        [
            each["score"]
            for each in json.loads(
                invoke("translate", checkpoint, "fr-3", "-k", 2, "--json").stdout
            )["results"][0]["neighbours"]
        ],
        rel=1e-5,
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("words.csv", "a,b\n1,2\n", "expected a column 'word', found a, b"),
        ("words.csv", "a,word\n1\n", "words.csv:2: expected 2 cells, found 1"),
        ("words.csv", 'word\n"open\n', "words.csv: expected a table"),
        ("words.csv", "word\n", "expected words, found none"),
        ("words.xls", "word\nx\n", "expected a name that ends in .csv, .tsv or .parquet"),
        ("words.parquet", "word\nx\n", "words.parquet: expected Parquet"),
        ("none.csv", None, "none.csv: cannot be read"),
    ],
)
def test_an_unusable_table_is_named(
    *,
    invoke: Invoke,
    checkpoint: Path,
    tmp_path: Path,
    name: str,
    content: str | None,
    message: str,
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    result = invoke("translate", checkpoint, "--input", path, "--column", "word")
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--column", "word"),
        ("--input", "words.csv"),
        ("--format", "parquet"),
        ("--output", "answers.doc"),
    ],
)
def test_options_of_tables_that_do_not_fit_are_usage_errors(
    invoke: Invoke, checkpoint: Path, options: tuple[str, ...]
) -> None:
    assert invoke("translate", checkpoint, "fr-1", *options).exit_code == 2


def write_table(columns: dict[str, list[str]], path: Path) -> None:
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(pyarrow.table(columns), path)
        return
    delimiter = "\t" if path.suffix == ".tsv" else ","
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def read_table(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        rows: list[dict[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
        return rows
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))
