import csv
from pathlib import Path

from isogloss.models.checkpoint import load_checkpoint
from isogloss.models.retrieval.certainty import weigh_translations
from tests.scripts.conftest import Invoke


def test_the_least_certain_words_come_first(
    invoke: Invoke, checkpoint: Path, tmp_path: Path
) -> None:
    output = tmp_path / "words.csv"
    result = invoke("uncertain", checkpoint, "-n", 7, "--output", output)
    assert result.exit_code == 0, result.stderr
    with output.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    weighed = weigh_translations(load_checkpoint(checkpoint), words=60)
    expected = sorted(weighed, key=lambda each: each.certainty)[:7]
    assert [row["word"] for row in rows] == [each.word for each in expected]
    assert [row["first"] for row in rows] == [each.first.word for each in expected]
    lines = invoke("uncertain", checkpoint, "-n", 2).stdout.splitlines()
    assert [line.split()[1] for line in lines] == [each.word for each in expected[:2]]
