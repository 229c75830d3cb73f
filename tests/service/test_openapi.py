from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from isogloss.service.openapi import COMMITTED, openapi_document

DOCUMENT: dict[str, Any] = json.loads(COMMITTED.read_text("utf-8"))
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def test_the_committed_document_is_that_of_the_code() -> None:
    """Where this fails, `python -m isogloss.service.openapi` writes it anew."""
    assert json.loads(openapi_document()) == DOCUMENT
    assert openapi_document() == COMMITTED.read_text("utf-8")


@pytest.mark.parametrize(
    "operation", [each for _, each in OPERATIONS], ids=[n for n, _ in OPERATIONS]
)
def test_every_operation_is_described(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    errors = {status for status in operation["responses"] if status[0] in "45"}
    for status in errors:
        content = operation["responses"][status]["content"]
        assert set(content) == {"application/json"}, status
        assert content["application/json"]["schema"]["$ref"].endswith("/ErrorAnswer")


def test_streams_are_described_in_all_their_forms() -> None:
    for action in ("align", "translate"):
        content = DOCUMENT["paths"][f"/v1/pairs/{{pair}}/{action}"]["post"]["requestBody"][
            "content"
        ]
        assert set(content) == {
            "application/json",
            "application/x-ndjson",
            "application/vnd.apache.arrow.stream",
            "application/x-npy",
        }
    upload = DOCUMENT["paths"]["/v1/pairs/{pair}/upload"]["post"]["requestBody"]["content"]
    assert set(upload) == {"multipart/form-data"}


def test_the_guide_has_every_route() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "reference" / "rest.md").read_text("utf-8")
    assert [name for name, _ in OPERATIONS if f"| `{name}` |" not in guide] == []
