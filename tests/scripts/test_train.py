import contextlib
import hashlib
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.scripts.conftest import WORDS, Invoke, Pair, without_steps


def supervised(pair: Pair, output: Path) -> list[object]:
    return [*pair.arguments(output), "--aligner", "procrustes", "--lexicon", pair.lexicon]


def test_two_files_become_a_checkpoint_that_translates(
    invoke: Invoke, pair: Pair, tmp_path: Path
) -> None:
    output = tmp_path / "fr-es"
    result = invoke(*supervised(pair, output), "--seed", 7, "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["found"] is True
    assert document["output"] == str(output)
    assert document["source"]["words"] == WORDS
    assert all(stage["seconds"] >= 0 for stage in document["stages"])
    answers = json.loads(invoke("translate", output, "fr-5", "fr-99", "--json").stdout)["results"]
    assert [answer["neighbours"][0]["word"] for answer in answers] == ["es-5", "es-99"]


def test_the_manifest_says_how_the_map_came_to_be(
    invoke: Invoke, pair: Pair, tmp_path: Path
) -> None:
    output = tmp_path / "fr-es"
    assert invoke(*supervised(pair, output), "--seed", 7).exit_code == 0
    manifest = json.loads(invoke("info", output, "--json").stdout)
    assert (manifest["aligner"], manifest["seed"]) == ("procrustes", 7)
    assert manifest["recipe"] != {}
    assert manifest["input_sha256"] == {
        "source": hashlib.sha256(pair.source.read_bytes()).hexdigest(),
        "target": hashlib.sha256(pair.target.read_bytes()).hexdigest(),
        "lexicon": hashlib.sha256(pair.lexicon.read_bytes()).hexdigest(),
    }


def test_nothing_is_left_beside_the_checkpoint(invoke: Invoke, pair: Pair, tmp_path: Path) -> None:
    assert invoke(*supervised(pair, tmp_path / "fr-es")).exit_code == 0
    assert {entry.name for entry in tmp_path.iterdir()} == {"fr-es", "fr-es.report.html"}


def test_the_end_says_what_was_found_how_sure_and_what_comes_next(
    invoke: Invoke, pair: Pair, tmp_path: Path
) -> None:
    output = tmp_path / "fr-es"
    arguments = ["train", pair.source, pair.target, "-o", output, "--aligner", "procrustes"]
    result = invoke(*arguments, "--lexicon", pair.lexicon)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "alignment: found, fr-es"
    assert (
        "sure      agreement 1.00, where unrelated spaces of these sizes reach 0." in result.stdout
    )
    assert "right     " in result.stdout
    words = [line.split() for line in lines if line.startswith(" " * 10 + "fr-")]
    assert len(words) == 5
    assert all(target.startswith(source.replace("fr", "es")) for source, target, *_ in words)
    assert f"saved     {output} (" in result.stdout
    assert f"next: isogloss translate {output} {words[0][0]}" in result.stdout
    told = [line for line in lines if str(tmp_path) not in line]
    assert max(map(len, told)) <= 80
    assert not any("loss" in line for line in told)
    assert str(pair.source) not in result.stdout
    assert f"{pair.source}: {WORDS} words" in invoke(*supervised(pair, output), "-v").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected the source file: isogloss train SOURCE TARGET"),
        (["x.vec"], "--source-language: expected the code"),
        (["en.vec", "x.vec"], "--target-language: expected the code"),
        (["en.vec", "fr.vec", "--target", "fr.vec"], "--target: the target file was named already"),
        (["en.vec"], "expected the target file"),
    ],
)
def test_a_file_or_language_that_is_not_told_is_asked_for(
    invoke: Invoke, tmp_path: Path, arguments: list[str], message: str
) -> None:
    result = invoke("train", *arguments, "-o", tmp_path / "x")
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_limit_keeps_the_first_words(invoke: Invoke, pair: Pair, tmp_path: Path) -> None:
    result = invoke(*supervised(pair, tmp_path / "fr-es"), "--limit", 50, "--json")
    assert json.loads(result.stdout)["source"]["words"] == 50


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--aligner", "procrustes"], "lexicon: the aligner procrustes needs a lexicon"),
        (["--recipe", "nowhere"], "recipe: expected a path that ends in .toml or one of"),
        (["--recipe", "nowhere.toml"], "nowhere.toml: cannot be read"),
    ],
)
def test_combinations_that_make_no_sense_are_usage_errors(
    invoke: Invoke, pair: Pair, tmp_path: Path, options: list[str], message: str
) -> None:
    result = invoke(*pair.arguments(tmp_path / "fr-es"), *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("aligner", ["discrete-gw", "neural-egw"])
def test_a_lexicon_is_refused_where_it_would_not_be_used(
    invoke: Invoke, pair: Pair, tmp_path: Path, aligner: str
) -> None:
    options = ["--aligner", aligner, "--lexicon", pair.lexicon]
    result = invoke(*pair.arguments(tmp_path / "fr-es"), *options)
    assert result.exit_code == 2
    assert "would not use it" in result.stderr


@pytest.mark.parametrize(
    "options",
    [["--limit", "0"], ["--seed", "-1"], ["--aligner", "magic"], ["--source-language", "f/r"]],
)
def test_values_out_of_range_are_usage_errors(
    invoke: Invoke, pair: Pair, tmp_path: Path, options: list[str]
) -> None:
    assert invoke(*pair.arguments(tmp_path / "fr-es"), *options).exit_code == 2


def test_a_bad_line_is_named_or_counted_as_asked(
    invoke: Invoke, pair: Pair, tmp_path: Path
) -> None:
    lines = pair.source.read_text(encoding="utf-8").splitlines()
    lines[4] = "fr-3 1 2 3"
    source = tmp_path / "broken.vec"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    broken = Pair(source, pair.target, pair.lexicon)
    stopped = invoke(*supervised(broken, tmp_path / "fr-es"))
    assert stopped.exit_code == 1
    assert f"{source}:5:" in stopped.stderr
    assert not (tmp_path / "fr-es").exists()
    skipped = invoke(*supervised(broken, tmp_path / "fr-es"), "--on-error", "skip", "--json")
    assert skipped.exit_code == 0
    reading = json.loads(skipped.stdout)["source"]
    assert reading["words"] == WORDS - 1
    assert reading["skipped"] == {"dimension": 1}
    assert reading["first_skipped"] == {"dimension": 5}


def test_a_missing_file_is_one_clear_line(invoke: Invoke, pair: Pair, tmp_path: Path) -> None:
    missing = Pair(tmp_path / "none.vec", pair.target, pair.lexicon)
    result = invoke(*supervised(missing, tmp_path / "fr-es"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert without_steps(result.stderr).startswith(f"error: {tmp_path / 'none.vec'}: ")
    assert without_steps(result.stderr).count("\n") == 1


def test_a_folder_that_is_no_checkpoint_is_not_replaced(
    invoke: Invoke, pair: Pair, tmp_path: Path
) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    result = invoke(*supervised(pair, tmp_path))
    assert result.exit_code == 1
    assert "thesis.tex" in result.stderr
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_folder_that_is_no_state_is_not_emptied(
    invoke: Invoke, pair: Pair, tmp_path: Path
) -> None:
    state = tmp_path / ".fr-es.state"
    state.mkdir()
    (state / "map.txt").write_text("of the federation")
    result = invoke(*supervised(pair, tmp_path / "fr-es"))
    assert result.exit_code == 1
    assert str(state) in result.stderr
    assert (state / "map.txt").read_text() == "of the federation"


def test_words_of_an_array_come_from_their_list(invoke: Invoke, pair: Pair, tmp_path: Path) -> None:
    rows = [line.split(" ") for line in pair.source.read_text(encoding="utf-8").splitlines()[1:]]
    np.save(tmp_path / "fr.npy", np.array([row[1:] for row in rows], dtype=np.float32))
    (tmp_path / "fr.txt").write_text("".join(f"{row[0]}\n" for row in rows), encoding="utf-8")
    arrays = Pair(tmp_path / "fr.npy", pair.target, pair.lexicon)
    output = tmp_path / "fr-es"
    result = invoke(*supervised(arrays, output), "--source-words", tmp_path / "fr.txt")
    assert result.exit_code == 0, result.stderr
    answers = json.loads(invoke("translate", output, "fr-5", "--json").stdout)["results"]
    assert answers[0]["neighbours"][0]["word"] == "es-5"


def pieces_of(controller: int) -> Iterator[bytes]:
    """What was written to a terminal; on Linux the end of it is an error."""
    with contextlib.suppress(OSError):
        while piece := os.read(controller, 1 << 16):
            yield piece


def test_as_a_program_it_is_silent_unless_standard_error_is_a_terminal(
    pair: Pair, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "isogloss", *map(str, supervised(pair, tmp_path / "fr-es"))]
    root = Path(__file__).parents[2]
    silent = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert without_steps(silent.stderr) == ""
    assert "alignment: found" in silent.stdout
    controller, terminal = pty.openpty()
    # Read while it writes: a terminal that nobody reads holds few lines, then the writer waits.
    with subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=terminal) as run:
        os.close(terminal)
        shown = b"".join(pieces_of(controller)).decode()
    os.close(controller)
    assert run.returncode == 0
    assert "1/3 read the source" in shown
    assert "3/3 fit" in shown
