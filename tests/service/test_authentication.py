"""Keys over real HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from isogloss.models.errors import OptionError
from isogloss.models.retrieval import Translator
from isogloss.service import Settings, create_app
from isogloss.service.keys import Key, KeyFileError, Role, digest_of, make_key
from tests.service.running import running
from tests.service.test_errors import error_of

TRANSLATE = "/v1/pairs/fr-es/translate"
BODY = {"words": ["fr-1"], "k": 1}
SECRETS: dict[Role, str] = {"read": make_key(), "metrics": make_key(), "admin": make_key()}


def write_keys(file: Path, *keys: Key) -> Path:
    file.write_text("".join(f"{key.line()}\n" for key in keys))
    return file


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, translators: dict[str, Translator]
) -> Iterator[httpx.Client]:
    keys = [Key(role, role, digest_of(secret)) for role, secret in SECRETS.items()]
    file = write_keys(tmp_path_factory.mktemp("keys") / "keys", *keys)
    with running(create_app(Settings(keys=file), translators=translators)) as client:
        yield client


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer"},
        {"authorization": "Bearer isogloss_wrong"},
        {"authorization": f"Basic {SECRETS['read']}"},
        {"authorization": SECRETS["read"]},
        {"authorization": f"Bearer {SECRETS['read']}x"},
        {"x-api-key": ""},
        {"x-api-key": "\xff"},
        {"x-api-key": "x" * 5000},
        {"x-api-key": digest_of(SECRETS["read"]).hex()},
    ],
    ids=range(10),
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", TRANSLATE),
        ("GET", "/v1/pairs"),
        ("GET", "/v1/info"),
        ("GET", "/metrics"),
        ("POST", "/v1/admin/reload"),
        ("GET", "/nowhere"),
    ],
)
def test_without_a_key_nothing_is_told(
    server: httpx.Client, headers: dict[str, str], method: str, path: str
) -> None:
    raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    response = server.request(method, path, headers=raw)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert error_of(response)["code"] == "unauthenticated"
    assert "fr-es" not in response.text


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("read", {"/v1/pairs", "/v1/info", TRANSLATE}),
        ("metrics", {"/metrics"}),
        ("admin", {"/v1/pairs", "/v1/info", TRANSLATE, "/metrics", "/v1/admin/reload"}),
    ],
)
def test_each_role_may_do_what_it_is_for(
    server: httpx.Client, role: Role, allowed: set[str]
) -> None:
    for path in ("/v1/pairs", "/v1/info", TRANSLATE, "/metrics", "/v1/admin/reload"):
        post = path in (TRANSLATE, "/v1/admin/reload")
        body = BODY if path == TRANSLATE else None
        for headers in (bearer(SECRETS[role]), {"x-api-key": SECRETS[role]}):
            response = server.request("POST" if post else "GET", path, json=body, headers=headers)
            if path in allowed:
                assert response.status_code == 200, path
            else:
                assert response.status_code == 403
                error = error_of(response)
                assert error["code"] == "forbidden"
                assert error["detail"]["found"] == role


def test_probes_and_the_description_need_no_key(server: httpx.Client) -> None:
    for path in ("/health/live", "/health/ready", "/openapi.json", "/docs"):
        assert server.get(path).status_code == 200


def test_a_key_is_held_to_its_rate(tmp_path: Path, translators: dict[str, Translator]) -> None:
    slow, quick = make_key(), make_key()
    file = write_keys(
        tmp_path / "keys",
        Key("slow", "read", digest_of(slow), 2),
        Key("quick", "read", digest_of(quick)),
    )
    settings = Settings(keys=file, burst=3)
    with running(create_app(settings, translators=translators)) as client:
        answers = [client.post(TRANSLATE, json=BODY, headers=bearer(slow)) for _ in range(6)]
        # A slow machine may leave time for another one in between.
        while answers[-1].status_code == 200 and len(answers) < 100:
            answers.append(client.post(TRANSLATE, json=BODY, headers=bearer(slow)))
        statuses = [answer.status_code for answer in answers]
        assert statuses[:3] == [200] * 3
        assert statuses[-1] == 429
        error = error_of(answers[-1])
        assert error["code"] == "rate_limited"
        assert answers[-1].headers["retry-after"] == str(error["detail"]["retry_after"]) == "1"
        others = [client.post(TRANSLATE, json=BODY, headers=bearer(quick)) for _ in range(6)]
        assert {answer.status_code for answer in others} == {200}
        time.sleep(int(answers[-1].headers["retry-after"]))
        assert client.post(TRANSLATE, json=BODY, headers=bearer(slow)).status_code == 200


def test_the_keys_are_renewed_while_it_runs(
    tmp_path: Path, translators: dict[str, Translator]
) -> None:
    first, second = make_key(), make_key()
    file = write_keys(tmp_path / "keys", Key("first", "read", digest_of(first)))
    with running(create_app(Settings(keys=file), translators=translators)) as client:

        def status(key: str) -> int:
            return client.get("/v1/pairs", headers=bearer(key)).status_code

        assert (status(first), status(second)) == (200, 401)
        # One that cannot be used changes nothing.
        file.write_text("nonsense")
        time.sleep(0.8)
        assert (status(first), status(second)) == (200, 401)
        replacement = write_keys(tmp_path / "new", Key("second", "read", digest_of(second)))
        replacement.replace(file)
        deadline = time.monotonic() + 10
        while status(second) != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert (status(first), status(second)) == (401, 200)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "example.org"])
def test_other_machines_are_not_served_by_accident(host: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="ISOGLOSS_KEYS"):
        create_app(Settings(host=host), translators={})
    create_app(Settings(host=host, allow_open=True), translators={})
    file = write_keys(tmp_path / "keys", Key("a", "read", digest_of("a")))
    create_app(Settings(host=host, keys=file), translators={})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine_is_served_without_keys(host: str) -> None:
    create_app(Settings(host=host), translators={})


def test_a_file_of_keys_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError):
        create_app(Settings(keys=tmp_path / "nothing"), translators={})
