"""What routes declare, and how they are found before the application looks for them."""

from __future__ import annotations

import pytest
from fastapi import APIRouter
from starlette.types import Scope

from isogloss.service import Settings, create_app
from isogloss.service.exchange import begin_exchange
from isogloss.service.routing import RouteTable, declared
from isogloss.service.routing.table import UNMATCHED

router = APIRouter(prefix="/v1")


@router.get("/pairs")
@declared()
async def pairs() -> None:
    pass


@router.get("/pairs/{pair}")
@declared()
async def pair(pair: str, deep: bool = False) -> None:
    pass


@router.post("/pairs/{pair}/align")
@declared(costs_work=True, streams=frozenset({"application/x-ndjson"}))
async def align(pair: str) -> None:
    pass


@router.get("/pairs/{pair}/align")
@declared(role="admin")
async def look(pair: str) -> None:
    pass


TABLE = RouteTable.of(router.routes)


@pytest.mark.parametrize(
    ("method", "path", "template"),
    [
        ("GET", "/v1/pairs", "/v1/pairs"),
        ("HEAD", "/v1/pairs", "/v1/pairs"),
        ("GET", "/v1/pairs/fr-es", "/v1/pairs/{pair}"),
        ("DELETE", "/v1/pairs/fr-es", "/v1/pairs/{pair}"),
        ("POST", "/v1/pairs/é b/align", "/v1/pairs/{pair}/align"),
        ("GET", "/v1/pairs/", "unmatched"),
        ("GET", "/v1/pairs//align", "unmatched"),
        ("GET", "/v1/pairs/fr-es/align/", "unmatched"),
        ("GET", "/v1", "unmatched"),
        ("GET", "", "unmatched"),
    ],
)
def test_a_path_leads_to_its_route(method: str, path: str, template: str) -> None:
    assert TABLE.find(method, path).path == template


def test_each_method_of_a_path_declares_its_own() -> None:
    path = "/v1/pairs/a-b/align"
    assert TABLE.find("POST", path).declared.costs_work
    assert TABLE.find("GET", path).declared.role == "admin"
    assert TABLE.find("GET", "/v1/pairs/a-b").questions == {"deep"}


def test_only_bodies_that_a_route_declares_are_left_to_it() -> None:
    def streams(path: str, kind: bytes | None) -> bool:
        headers = [] if kind is None else [(b"content-type", kind)]
        scope: Scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
        return begin_exchange(scope, TABLE).streams

    align = "/v1/pairs/fr-es/align"
    assert streams(align, b"application/x-ndjson")
    assert streams(align, b"Application/X-NDJSON ; charset=utf-8")
    assert not streams(align, b"application/json")
    assert not streams(align, None)
    assert not streams(align, b"text/plain")
    assert not streams("/v1/pairs/fr-es", b"application/x-ndjson")
    assert not streams("/elsewhere", b"application/x-ndjson")


def test_an_endpoint_that_declares_nothing_is_refused() -> None:
    silent = APIRouter()

    @silent.get("/x")
    async def endpoint() -> None:
        pass

    with pytest.raises(TypeError, match="endpoint: expected the decorator `declared`"):
        RouteTable.of(silent.routes)


def test_questions_are_those_of_the_openapi_document() -> None:
    app = create_app(Settings(), translators={})
    table: RouteTable = app.state.routes
    document = app.openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            asked = {
                each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"
            }
            found = table.find(method.upper(), path)
            assert found is not UNMATCHED
            assert found.questions == asked, path
