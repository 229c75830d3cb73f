"""The joint map beside a checkpoint. Over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from isogloss.models.checkpoint import save_checkpoint
from isogloss.service import Settings, create_app
from isogloss.service import joint_maps as joint_maps_module
from tests.rotated_spaces import rotated_translator
from tests.service.running import running
from tests.service.test_errors import error_of

MAP: dict[str, Any] = {
    "sphere": False,
    "found": True,
    "languages": ["fr", "es"],
    "words": [["fr-0", "fr-1"], ["es-0"]],
    "places": [[[0.0, 1.0], [1.0, 0.5]], [[0.0, 1.0]]],
}


@dataclass(frozen=True, slots=True)
class Served:
    """A server, and the file in which it looks for the map."""

    client: httpx.Client
    file: Path

    def get(self) -> httpx.Response:
        return self.client.get("/v1/pairs/fr-es/map")


@pytest.fixture(scope="module", params=["a folder of checkpoints", "one checkpoint"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("checkpoints")
    save_checkpoint(rotated_translator(), directory / "mine")
    of = directory / "mine" if request.param == "one checkpoint" else directory
    with running(create_app(Settings(checkpoints=of, watch_seconds=0))) as client:
        yield Served(client, directory / "mine.map.json")


@pytest.fixture(autouse=True)
def clean(served: Served) -> Iterator[None]:
    yield
    served.file.unlink(missing_ok=True)


def test_a_map_is_given_once_it_is_there(served: Served) -> None:
    absent = served.get()
    assert (absent.status_code, absent.content) == (204, b"")
    served.file.write_text(json.dumps({**MAP, "near": [[[0]]], "start": []}), encoding="utf-8")
    found = served.get()
    assert found.status_code == 200
    assert found.json() == MAP


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"languages": ["fr", "it"]}, "expected a map of fr-es, found fr-it"),
        ({"words": [["fr-0"], ["es-0"]]}, "expected 1 places, found 2"),
        ({"sphere": True}, "expected 3 coordinates"),
        ({"places": None}, "places"),
        ({"places": [[[0.0, 1e999], [1.0, 0.5]], [[0.0, 1.0]]]}, "finite"),
    ],
)
def test_a_map_that_cannot_be_used_says_why(
    served: Served, change: dict[str, Any], reason: str
) -> None:
    served.file.write_text(json.dumps({**MAP, **change}), encoding="utf-8")
    answer = served.get()
    assert answer.status_code == 500
    error = error_of(answer)
    assert error["code"] == "malformed_map"
    assert reason in error["message"]
    assert "mine.map.json" in error["message"]
    assert str(served.file.parent) not in error["message"]


def test_what_is_no_json_or_too_long_is_refused(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.file.write_bytes(b"\xff{")
    assert error_of(served.get())["code"] == "malformed_map"
    served.file.write_text(json.dumps(MAP))
    monkeypatch.setattr(joint_maps_module, "MOST_BYTES", 10)
    assert "expected at most 10 bytes" in error_of(served.get())["message"]


def test_other_pairs_have_none(served: Served) -> None:
    assert served.client.get("/v1/pairs/fr-it/map").status_code == 404
    given = {"fr-es": rotated_translator()}
    with running(create_app(translators=given)) as client:
        assert client.get("/v1/pairs/fr-es/map").status_code == 204
