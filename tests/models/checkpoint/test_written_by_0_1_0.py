"""A checkpoint that version 0.1.0 wrote is loaded and served, and answers as it did there.

`written_by_0_1_0` holds it, and what `isogloss translate --json` of 0.1.0 answered by each score:
240 words of the sample of either side, in 20 and 16 dimensions, fitted by `procrustes`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from isogloss.models.checkpoint import load_checkpoint
from isogloss.service import Settings, create_app
from tests.service.running import running

FOLDER = Path(__file__).with_name("written_by_0_1_0")
ANSWERS: dict[str, list[dict[str, Any]]] = json.loads((FOLDER / "answers.json").read_text("utf-8"))


@pytest.mark.parametrize("score", ANSWERS)
def test_it_answers_as_it_did(score: Any) -> None:
    translator = load_checkpoint(FOLDER / "en-fr")
    expected = ANSWERS[score]
    answers = translator.translate([each["word"] for each in expected], k=3, score=score)
    for answer, told in zip(answers, expected, strict=True):
        assert (answer.word, answer.reason) == (told["word"], told.get("reason"))
        found = [(each.word, each.score) for each in answer.neighbours]
        assert [word for word, _ in found] == [each["word"] for each in told["neighbours"]]
        assert [number for _, number in found] == pytest.approx(
            [each["score"] for each in told["neighbours"]], abs=1e-5
        )


def test_it_is_served() -> None:
    with running(create_app(Settings(checkpoints=FOLDER))) as client:
        assert client.get("/v1/pairs").json()["refused"] == []
        answer = client.post("/v1/pairs/en-fr/translate", json={"words": ["window"], "k": 1})
        assert answer.json()["results"][0]["neighbours"][0]["word"] == "fenêtre"
