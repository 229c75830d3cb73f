"""Nothing from a request becomes a path."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from isogloss.models.checkpoint import save_checkpoint
from isogloss.service import Settings, create_app
from tests.rotated_spaces import rotated_translator
from tests.service.operator import HEADERS, operator_keys
from tests.service.running import running

TOUCHES = {
    "open",
    "os.listdir",
    "os.scandir",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.chmod",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.utime",
    "shutil.copyfile",
    "shutil.rmtree",
    "subprocess.Popen",
    "os.system",
    "pickle.find_class",
    "import",
}
_seen: list[tuple[str, str]] | None = None


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _seen is not None and event in TOUCHES:
        _seen.append((event, repr(arguments)))


sys.addaudithook(_hook)


@contextmanager
def watched() -> Iterator[list[tuple[str, str]]]:
    """Record what this process does to the file system."""
    global _seen  # noqa: PLW0603 - an audit hook cannot be removed, only told to look away
    seen: list[tuple[str, str]] = []
    _seen = seen
    try:
        yield seen
    finally:
        _seen = None


MARK = "KENNZEICHEN"
PAIRS = [
    f"..%2F..%2F{MARK}",
    f"%2Ftmp%2F{MARK}",
    f"..%5C..%5C{MARK}",
    f"{MARK}%00",
    f"fr-es%2F..%2F{MARK}",
    f"~{MARK}",
    f"file:{MARK}",
    f"{MARK}.partial",
    f".{MARK}.previous",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    directory = tmp_path_factory.mktemp("checkpoints")
    save_checkpoint(rotated_translator(), directory / "fr-es")
    keys = operator_keys(tmp_path_factory.mktemp("keys"))
    settings = Settings(checkpoints=directory, watch_seconds=0, keys=keys)
    with running(create_app(settings)) as client:
        client.headers.update(HEADERS)
        yield client


@pytest.mark.parametrize("pair", PAIRS)
def test_no_name_in_a_request_reaches_the_file_system(server: httpx.Client, pair: str) -> None:
    body = {"words": [f"../../{MARK}", f"/etc/{MARK}"]}
    headers = {"x-request-id": f"../{MARK}", "x-api-key": f"/{MARK}"}
    for name in ("translate", "align", "search"):
        with watched() as seen:
            server.post(f"/v1/pairs/{pair}/{name}", json=body, headers=headers)
            server.post(f"/v1/pairs/fr-es/{name}", json=body, headers=headers)
            server.post(
                f"/v1/pairs/fr-es/{name}", params={"via": f"../{MARK}"}, json=body, headers=headers
            )
            server.get(f"/v1/pairs/{pair}", headers=headers)
            server.post("/v1/admin/reload", json={"checkpoints": f"/{MARK}"}, headers=headers)
        assert [event for event in seen if MARK in event[1]] == []


def test_the_hook_would_see_it(tmp_path: Path) -> None:
    with watched() as seen:
        (tmp_path / MARK).write_text("")
    assert any(MARK in what for _, what in seen)


def test_a_translation_touches_no_file_at_all(server: httpx.Client) -> None:
    body = {"words": ["fr-1", "fr-2"]}
    server.post("/v1/pairs/fr-es/translate", json=body)
    with watched() as seen:
        for _ in range(20):
            assert server.post("/v1/pairs/fr-es/translate", json=body).status_code == 200
    # The key file and the workers' folder are looked at by the upkeep, not by requests.
    assert seen == []
