"""What every answer carries, what is logged and what is counted. Over real HTTP."""

from __future__ import annotations

import io
import json
import logging
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from isogloss.models.retrieval import Retriever, Translator
from isogloss.service import Settings, create_app
from isogloss.service import app as app_module
from isogloss.service.logs import RequestLog, configure_logs, logger, request_log
from tests.service.running import running
from tests.service.test_errors import error_of

TRANSLATE = "/v1/pairs/fr-es/translate"
BODY = {"words": ["fr-1", "Geheimnis"], "k": 1}


@pytest.fixture
def clean_logging() -> Iterator[None]:
    """Put the logging of the process back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


class Observed:
    """A server with the log of its requests."""

    def __init__(self, client: httpx.Client, stream: io.BytesIO) -> None:
        self.client, self.stream = client, stream

    def lines(self, count: int) -> list[dict[str, Any]]:
        """So many lines; the last may be written after its caller has got the answer."""
        deadline = time.monotonic() + 5
        while self.stream.getvalue().count(b"\n") < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def observed(
    translators: dict[str, Translator], monkeypatch: pytest.MonkeyPatch, words: bool
) -> Iterator[Observed]:
    stream = io.BytesIO()
    log = RequestLog(stream, words=words)
    monkeypatch.setattr(app_module, "request_log", lambda **_: log)
    with running(create_app(Settings(max_word_length=20), translators=translators)) as client:
        yield Observed(client, stream)


@pytest.fixture
def words() -> bool:
    return False


def samples(client: httpx.Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = client.get("/metrics").text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def sample(client: httpx.Client, name: str, **labels: str) -> float:
    return samples(client).get((name, frozenset(labels.items())), 0.0)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health/live", 200),
        ("GET", "/v1/pairs", 200),
        ("GET", "/nowhere", 404),
        ("POST", TRANSLATE, 400),
        ("DELETE", "/v1/pairs", 405),
        ("GET", "/metrics", 200),
    ],
)
def test_every_answer_carries_an_id_and_the_security_headers(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    first, second = (client.request(method, path) for _ in range(2))
    assert first.status_code == status
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["referrer-policy"] == "no-referrer"
    assert first.headers["cache-control"] == "no-store"
    policy = first.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert not any(name.startswith("access-control") for name in first.headers)


@pytest.mark.parametrize("given", ["a", "0af7651916cd43dd", "A.b_c:d/e+f=g-h", "x" * 128])
def test_a_well_formed_id_is_taken_over(client: httpx.Client, given: str) -> None:
    response = client.get("/health/live", headers={"x-request-id": given})
    assert response.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a,b", 'a"b', "<script>", "é"])
def test_any_other_id_is_replaced(client: httpx.Client, given: str) -> None:
    headers = {b"x-request-id": given.encode("utf-8")}
    response = client.get("/health/live", headers=headers)
    assert re.fullmatch(r"[0-9a-f]{12}-[0-9a-f]+", response.headers["x-request-id"])


def test_a_failure_carries_them_too(
    translators: dict[str, Translator], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(Retriever, "search_by_both", fail)
    with running(create_app(translators=translators)) as client:
        headers = {"x-request-id": "mine"}
        response = client.post(TRANSLATE, json={"words": ["zzz"]}, headers=headers)
        assert response.status_code == 500
        assert error_of(response)["code"] == "internal"
        assert response.headers["x-request-id"] == "mine"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert sample(client, "isogloss_errors_total", code="internal") == 1


def test_each_request_is_one_line(observed: Observed) -> None:
    client = observed.client
    client.post(TRANSLATE, json=BODY, headers={"x-request-id": "one"})
    client.post("/v1/pairs/xx-yy/translate", json=BODY, headers={"x-request-id": "two"})
    client.get("/Geheimnis", headers={"x-request-id": "three"})
    one, two, three = observed.lines(3)
    seconds, time = one.pop("seconds"), one.pop("time")
    assert 0 < seconds < 30
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", time)
    assert one == {
        "event": "request",
        "level": "info",
        "method": "POST",
        "route": "/v1/pairs/{pair}/translate",
        "pair": "fr-es",
        "status": 200,
        "received": len(json.dumps(BODY, separators=(",", ":"))),
        "request_id": "one",
    }
    assert (two["status"], two["code"], two["pair"]) == (404, "unknown_pair", None)
    assert (three["status"], three["route"], three["code"]) == (404, "unmatched", "not_found")


def test_the_words_of_the_callers_are_not_logged(observed: Observed) -> None:
    client = observed.client
    client.post(TRANSLATE, json=BODY)
    client.post(TRANSLATE, json={"words": ["Geheimnis" * 10]})
    client.post(TRANSLATE, json={"words": "Geheimnis"})
    client.post(TRANSLATE, json={"words": [], "Geheimnis": 1})
    client.post(TRANSLATE, content=b'{"Geheimnis', headers={"content-type": "application/json"})
    client.get("/v1/pairs/Geheimnis")
    client.get("/v1/pairs/fr-es?Geheimnis=Geheimnis")
    assert [line["status"] for line in observed.lines(7)] == [200, 413, 422, 422, 400, 404, 422]
    assert b"Geheimnis" not in observed.stream.getvalue()
    assert "Geheimnis" not in client.get("/metrics").text


@pytest.mark.parametrize("words", [True])
def test_the_words_are_logged_where_that_is_asked_for(observed: Observed) -> None:
    observed.client.post(TRANSLATE, json={"words": "Geheimnis"})
    [line] = observed.lines(1)
    assert "Geheimnis" in line["message"]


@pytest.mark.usefixtures("clean_logging")
@pytest.mark.parametrize("asked", [False, True])
def test_the_log_of_a_failure_says_where_but_not_what(
    capsys: pytest.CaptureFixture[str], asked: bool
) -> None:
    configure_logs("info", words=asked)
    try:
        raise KeyError("Geheimnis")
    except KeyError as error:
        logger("isogloss.service").error("the server failed", request_id="r", exc_info=error)
        logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=error)
    logging.getLogger("somebody").info("said %s", "this")
    logging.getLogger("somebody").debug("and this not")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == [
        "the server failed",
        "Exception in ASGI application",
        "said this",
    ]
    for line in lines[:2]:
        assert line["exception"] == "builtins.KeyError"
        assert line["level"] == "error"
        assert any("test_observation.py" in frame for frame in line["frames"])
        assert ("Geheimnis" in json.dumps(line)) is asked
    assert lines[0]["request_id"] == "r"
    assert [line["logger"] for line in lines][1:] == ["uvicorn.error", "somebody"]


def test_a_library_does_not_log_requests_on_its_own(
    translators: dict[str, Translator], capfd: pytest.CaptureFixture[str]
) -> None:
    assert request_log(wanted=True, words=False) is None
    with running(create_app(translators=translators)) as client:
        client.post(TRANSLATE, json=BODY)
    assert capfd.readouterr() == ("", "")


def test_half_of_a_surrogate_pair_can_be_logged() -> None:
    stream = io.BytesIO()
    RequestLog(stream, words=True).write({"message": "\ud800"})
    assert json.loads(stream.getvalue())["message"] == "\ud800"


def test_requests_are_counted(translators: dict[str, Translator]) -> None:
    with running(create_app(translators=translators)) as client:
        for _ in range(3):
            assert client.post(TRANSLATE, json=BODY).status_code == 200
        client.post(TRANSLATE, json={"words": 1})
        client.post("/v1/pairs/fr-de/search", json={"vectors": [[1.0] * 8] * 5})
        route = "/v1/pairs/{pair}/translate"
        for status, count in (("200", 3), ("422", 1)):
            labels = {"method": "POST", "route": route, "status": status}
            assert sample(client, "isogloss_requests_total", **labels) == count
        assert sample(client, "isogloss_request_seconds_count", route=route) == 4
        assert 0 < sample(client, "isogloss_request_seconds_sum", route=route) < 60
        assert sample(client, "isogloss_errors_total", code="invalid_request") == 1
        of_pair = {"pair": "fr-es", "operation": "translate"}
        assert sample(client, "isogloss_pair_requests_total", **of_pair) == 3
        assert sample(client, "isogloss_pair_items_total", **of_pair) == 6
        of_pair = {"pair": "fr-de", "operation": "search"}
        assert sample(client, "isogloss_pair_requests_total", **of_pair) == 1
        assert sample(client, "isogloss_pair_items_total", **of_pair) == 5
        assert sample(client, "isogloss_pairs") == 2
        assert sample(client, "isogloss_pair_words", pair="fr-es", side="source") == 60
        assert sample(client, "isogloss_index_bytes", pair="fr-es") == 60 * (9 + 1) * 4
        assert sample(client, "isogloss_process_memory_bytes", kind="resident") > 1e7
        assert sample(client, "isogloss_requests_inside") == 0


def test_labels_do_not_grow_with_what_is_sent(client: httpx.Client) -> None:
    client.get("/nowhere")
    client.post("/v1/pairs/aa-bb/translate", json=BODY)
    client.request("BREW", "/pot")
    before = len(samples(client))
    for number in range(20):
        client.get(f"/nowhere/{number}")
        client.post(f"/v1/pairs/a{number}-b/translate", json=BODY)
        client.request(f"BREW{number}", "/pot")
    assert len(samples(client)) == before


def test_info_says_what_runs_here(client: httpx.Client) -> None:
    answer = client.get("/v1/info")
    assert answer.status_code == 200
    content = answer.json()
    assert content["pairs"] == ["fr-de", "fr-es"]
    assert content["device"] in {"cpu", "cuda"}
    assert {"python", "numpy", "torch"} <= content["versions"].keys()
    assert content["limits"]["max_words"] == 50
    assert content["workers"] == 1
    assert content["uptime_seconds"] > 0
    assert "key" not in json.dumps(content)


def test_pages_of_other_origins_may_not_ask_unless_named(
    client: httpx.Client, translators: dict[str, Translator]
) -> None:
    asks = {"origin": "https://a.example", "access-control-request-method": "POST"}
    assert client.options(TRANSLATE, headers=asks).status_code == 403
    settings = Settings(cors_origins=("https://a.example",))
    with running(create_app(settings, translators=translators)) as open_client:
        preflight = open_client.options(TRANSLATE, headers=asks)
        assert preflight.headers["access-control-allow-origin"] == "https://a.example"
        for response in (
            open_client.post(TRANSLATE, json=BODY, headers=asks),
            open_client.get("/v1/pairs/xx-yy", headers=asks),
        ):
            assert response.headers["access-control-allow-origin"] == "https://a.example"
        other = {**asks, "origin": "https://b.example"}
        response = open_client.post(TRANSLATE, json=BODY, headers=other)
        assert "access-control-allow-origin" not in response.headers
