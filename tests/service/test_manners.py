"""What HTTP demands beside answers: HEAD, codings, names and origins, questions; over real HTTP."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from isogloss.models.errors import OptionError
from isogloss.models.retrieval import Translator
from isogloss.service import Settings, create_app
from isogloss.service.environment import check_environment
from tests.service.operator import HEADERS, operator_keys
from tests.service.running import running
from tests.service.test_errors import error_of

TRANSLATE = "/v1/pairs/fr-es/translate"
BODY = json.dumps({"words": ["fr-1"], "k": 1}).encode()
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def server(translators: dict[str, Translator]) -> Iterator[httpx.Client]:
    settings = Settings(cors_origins=("https://friend.example",))
    with running(create_app(settings, translators=translators)) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/docs",
        "/openapi.json",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/v1/info",
        "/v1/pairs",
        "/v1/pairs/fr-es",
        "/v1/pairs/fr-es/words?like=fr-1",
    ],
)
def test_head_is_answered_wherever_get_is(server: httpx.Client, path: str) -> None:
    head, get = server.head(path), server.get(path)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == get.headers["content-type"]
    if path not in {"/metrics", "/v1/info"}:
        assert head.headers["content-length"] == get.headers["content-length"]


def test_head_is_no_way_to_a_route_without_get(server: httpx.Client) -> None:
    assert server.head(TRANSLATE).status_code == 405
    assert server.head("/nowhere").status_code == 404


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (TRANSLATE, "application/json"),
        (TRANSLATE, "application/x-ndjson"),
        ("/v1/pairs/fr-es/align", "application/x-npy"),
        ("/v1/pairs/fr-es/search", "application/json"),
        ("/v1/pairs/fr-es/upload", "multipart/form-data; boundary=x"),
    ],
)
def test_a_compressed_body_is_refused_by_name(server: httpx.Client, path: str, kind: str) -> None:
    headers = {"content-type": kind, "content-encoding": "gzip"}
    answer = server.post(path, content=gzip.compress(BODY), headers=headers)
    assert answer.status_code == 415
    assert error_of(answer)["message"] == "content-encoding: expected identity, found gzip"
    assert answer.headers["accept-encoding"] == "identity"
    assert server.post(path, content=BODY, headers=headers).status_code == 415
    same = {**JSON, "content-encoding": "identity"}
    assert server.post(TRANSLATE, content=BODY, headers=same).status_code == 200


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"{", "EOF while parsing"),
        (b"", "an empty body"),
        (b"\xef\xbb\xbf" + BODY, "a byte-order mark before it"),
        (b'{"words": ["\xff"]}', "invalid"),
    ],
)
@pytest.mark.parametrize("name", ["translate", "search", "align", "back", "neighbourhood"])
def test_what_is_no_json_is_400(server: httpx.Client, name: str, body: bytes, found: str) -> None:
    answer = server.post(f"/v1/pairs/fr-es/{name}", content=body, headers=JSON)
    assert answer.status_code == 400
    assert error_of(answer)["code"] == "bad_request"
    assert found in error_of(answer)["message"]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/v1/pairs?verbose=1", "nothing behind the ?"),
        ("GET", "/v1/pairs/fr-es/words?like=a&K=3", "one of k, like, side"),
        ("POST", f"{TRANSLATE}?socre=cosine", "one of k, score, via"),
        ("GET", "/health/live?x", "nothing behind the ?"),
    ],
)
def test_a_misspelt_question_is_an_error(
    server: httpx.Client, method: str, path: str, expected: str
) -> None:
    answer = server.request(method, path, content=BODY if method == "POST" else None)
    assert answer.status_code == 422
    [problem] = error_of(answer)["detail"]["problems"]
    assert problem["expected"] == expected
    assert server.get("/?utm_source=x").status_code == 200


def test_a_misspelt_setting_is_an_error() -> None:
    check_environment(["ISOGLOSS_PORT", "PATH", "ISOGLOSS"])
    with pytest.raises(
        OptionError, match=r"ISOGLOSS_MAX_WORD: .* did you mean ISOGLOSS_MAX_WORDS\?"
    ):
        check_environment(["ISOGLOSS_MAX_WORD"])


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil", ""])
def test_a_name_that_is_not_of_this_machine_is_refused(server: httpx.Client, host: str) -> None:
    answer = server.get("/v1/pairs", headers={"host": host})
    assert answer.status_code == 421
    assert error_of(answer)["code"] == "unknown_host"
    # Whoever watches the service may use any name; it learns nothing else.
    assert server.get("/health/live", headers={"host": host}).status_code in {200, 400}


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:8000", "[::1]:8000"])
def test_the_names_of_this_machine_are_taken(server: httpx.Client, host: str) -> None:
    assert server.get("/v1/pairs", headers={"host": host}).status_code == 200


def test_pages_of_other_sites_may_not_ask(server: httpx.Client) -> None:
    own = str(server.base_url).rstrip("/")
    for origin, status in [
        (own, 200),
        ("https://friend.example", 200),
        ("https://evil.example", 403),
        ("null", 403),
    ]:
        answer = server.post(TRANSLATE, content=BODY, headers={**JSON, "origin": origin})
        assert answer.status_code == status, origin


def test_what_is_the_operators_needs_a_key_always(
    server: httpx.Client, translators: dict[str, Translator], tmp_path: Path
) -> None:
    assert server.post("/v1/admin/reload").status_code == 403
    settings = Settings(keys=operator_keys(tmp_path))
    with running(create_app(settings, translators=translators)) as client:
        # With keys, any name: probes ask by the address of the machine.
        asked = {**HEADERS, "host": "10.1.2.3"}
        assert client.post("/v1/admin/reload", headers=asked).status_code == 200


def test_a_caller_that_leaves_while_it_sends_is_no_failure(server: httpx.Client) -> None:
    assert server.base_url.port is not None
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.base_url.port)) as connection:
            head = f"POST {TRANSLATE} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 30\r\n"
            connection.sendall(f"{head}content-type: application/json\r\n\r\n{{".encode())
            time.sleep(0.1)
    deadline = time.monotonic() + 10
    while 'errors_total{code="disconnected"} 3.0' not in (text := server.get("/metrics").text):
        assert time.monotonic() < deadline, text
        time.sleep(0.05)
    assert 'code="internal"' not in text
    assert 'status="500"' not in text


def test_the_head_of_a_part_of_a_form_is_bounded(server: httpx.Client) -> None:
    body = b"--B\r\nX-A: " + b"a" * 20_000 + b"\r\n\r\n\r\n--B--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=B"}
    answer = server.post("/v1/pairs/fr-es/upload", content=body, headers=headers)
    assert answer.status_code == 400
    # By the parser itself, where it is new enough.
    assert error_of(answer)["message"].startswith("form: ")
