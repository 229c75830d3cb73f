from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from isogloss.models.checkpoint import save_checkpoint
from isogloss.models.retrieval import Translator
from isogloss.service import Settings, create_app
from tests.rotated_spaces import rotated_translator
from tests.service.running import running
from tests.service.test_errors import error_of


def test_pairs_are_described(client: httpx.Client, translators: dict[str, Translator]) -> None:
    answer = client.get("/v1/pairs").json()
    assert [pair["pair"] for pair in answer["pairs"]] == ["fr-de", "fr-es"]
    assert answer["refused"] == []
    details = translators["fr-es"].details
    one = client.get("/v1/pairs/fr-es")
    assert one.status_code == 200
    assert one.json() == answer["pairs"][1]
    described = one.json()
    assert datetime.fromisoformat(described.pop("loaded")) <= datetime.now(UTC)
    assert described.pop("verdict") == {
        **translators["fr-es"].verdict.as_dict(),
        "state": "found",
    }
    assert described.pop("estimated_precision") is None
    assert described == {
        "pair": "fr-es",
        "source": {"language": "fr", "words": 60, "dimension": 6, "subwords": True},
        "target": {"language": "es", "words": 60, "dimension": 9},
        "rankings": list(translators["fr-es"].rankings),
        "aligner": "procrustes",
        "found": True,
        "metrics": {"criterion": 0.625},
        "stages": [
            {"name": "start", "criterion": 0.0, "seconds": 1.5},
            {"name": "raw", "criterion": 0.1, "seconds": 1.5},
            {"name": "refined", "criterion": 0.2, "seconds": 1.5},
        ],
        "seed": 0,
        "created": details.created.isoformat().replace("+00:00", "Z"),
        "checkpoint": "fr-es",
    }


def test_a_fit_that_found_nothing_says_so(client: httpx.Client) -> None:
    described = client.get("/v1/pairs/fr-de").json()
    assert described["found"] is False
    assert described["verdict"]["state"] == "not_found"


def test_health(client: httpx.Client) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ready", "pairs": ["fr-de", "fr-es"]},
    )


def test_every_checkpoint_is_loaded_and_a_broken_one_refused(tmp_path: Path) -> None:
    for target in ("es", "de", "it"):
        translator = rotated_translator(languages=("fr", target))
        save_checkpoint(translator, tmp_path / f"fr-{target}")
    broken = tmp_path / "fr-de" / "target-vectors.safetensors"
    broken.write_bytes(broken.read_bytes()[:-1])
    save_checkpoint(rotated_translator(languages=("fr", "it")), tmp_path / "other")
    save_checkpoint(rotated_translator(languages=("a/b", "c")), tmp_path / "slash")
    (tmp_path / "empty").mkdir()
    (tmp_path / ".fr-en.0123.partial").mkdir()
    with running(create_app(Settings(checkpoints=tmp_path))) as client:
        answer = client.get("/v1/pairs").json()
        assert [pair["pair"] for pair in answer["pairs"]] == ["fr-es", "fr-it"]
        refused = {item["checkpoint"]: item for item in answer["refused"]}
        assert {name: item["code"] for name, item in refused.items()} == {
            "empty": "checkpoint_not_found",
            "fr-de": "checkpoint_integrity",
            "other": "pair_taken",
            "slash": "checkpoint",
        }
        assert refused["fr-de"]["reason"].startswith("fr-de/target-vectors.safetensors: expected")
        assert str(tmp_path) not in client.get("/v1/pairs").text
        assert client.get("/v1/pairs/fr-de").status_code == 404
        assert client.get("/health/ready").status_code == 200
        body = {"words": ["fr-7"], "k": 1}
        [result] = client.post("/v1/pairs/fr-es/translate", json=body).json()["results"]
        [expected] = rotated_translator(languages=("fr", "es")).translate(["fr-7"], 1)
        assert result["neighbours"][0]["word"] == expected.neighbours[0].word == "es-7"


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_service_without_pairs_lives_but_is_not_ready(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with running(create_app(Settings(checkpoints=tmp_path / name))) as client:
        assert client.get("/health/live").status_code == 200
        response = client.get("/health/ready")
        assert response.status_code == 503
        assert error_of(response)["code"] == "not_ready"
        assert client.get("/v1/pairs").json()["pairs"] == []


def test_the_directory_may_be_a_checkpoint_itself(tmp_path: Path) -> None:
    save_checkpoint(rotated_translator(), tmp_path / "anything")
    with running(create_app(Settings(checkpoints=tmp_path / "anything"))) as client:
        assert client.get("/v1/pairs/fr-es").status_code == 200
