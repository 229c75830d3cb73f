"""Pairs come and go while requests run. Over real HTTP."""

from __future__ import annotations

import gc
import shutil
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from isogloss.models.checkpoint import save_checkpoint
from isogloss.models.retrieval import Translator
from isogloss.service import Settings, create_app
from tests.rotated_spaces import rotated_translator
from tests.service.operator import HEADERS, operator_keys
from tests.service.running import running

TRANSLATE = "/v1/pairs/fr-es/translate"


def save(folder: Path, languages: tuple[str, str] = ("fr", "es"), seed: int = 0) -> Translator:
    translator = rotated_translator(languages=languages, seed=seed)
    save_checkpoint(translator, folder)
    return translator


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.03)


def served(client: httpx.Client) -> list[str]:
    return [pair["pair"] for pair in client.get("/v1/pairs").json()["pairs"]]


def aligned(client: httpx.Client) -> list[float]:
    answer = client.post("/v1/pairs/fr-es/align", json={"words": ["fr-1"]})
    assert answer.status_code == 200, answer.text
    [vector] = answer.json()["vectors"]
    return [round(number, 5) for number in vector]


def expected(translator: Translator) -> list[float]:
    row = translator.source.rows["fr-1"]
    vector = translator.align(translator.source.vectors[row : row + 1])[0]
    return [round(float(number), 5) for number in vector]


def test_pairs_come_change_and_go_without_being_told(tmp_path: Path) -> None:
    first = save(tmp_path / "fr-es", seed=0)
    settings = Settings(checkpoints=tmp_path, watch_seconds=0.1)
    with running(create_app(settings)) as client:
        assert served(client) == ["fr-es"]
        assert aligned(client) == expected(first)
        save(tmp_path / "fr-de", ("fr", "de"))
        wait_until(lambda: served(client) == ["fr-de", "fr-es"])
        second = save(tmp_path / "fr-es", seed=1)
        wait_until(lambda: aligned(client) == expected(second))
        # A copy that is broken: the old one goes on.
        broken = tmp_path / "fr-es" / "manifest.json"
        broken.write_bytes(broken.read_bytes()[:-20])
        wait_until(lambda: client.get("/v1/pairs").json()["refused"] != [])
        [refusal] = client.get("/v1/pairs").json()["refused"]
        assert refusal["checkpoint"] == "fr-es"
        assert refusal["code"] == "checkpoint_manifest"
        assert refusal["still_serving"] == "fr-es"
        assert aligned(client) == expected(second)
        shutil.rmtree(tmp_path / "fr-de")
        wait_until(lambda: served(client) == ["fr-es"])
        assert client.get("/v1/pairs/fr-de").status_code == 404
        text = client.get("/metrics").text
        assert 'isogloss_checkpoints_total{outcome="loaded"} 2.0' in text
        assert 'isogloss_checkpoints_total{outcome="replaced"} 1.0' in text
        assert 'isogloss_checkpoints_total{outcome="refused"} 1.0' in text
        assert "isogloss_pairs 1.0" in text
        assert 'pair="fr-de"' not in text


def test_reload_looks_at_once(tmp_path: Path) -> None:
    save(tmp_path / "fr-es")
    settings = Settings(checkpoints=tmp_path, watch_seconds=0, keys=operator_keys(tmp_path))
    with running(create_app(settings)) as client:
        client.headers.update(HEADERS)
        save(tmp_path / "fr-de", ("fr", "de"))
        (tmp_path / "broken").mkdir()
        time.sleep(0.3)
        assert served(client) == ["fr-es"], "nobody has said that there is something new"
        answer = client.post("/v1/admin/reload")
        assert answer.status_code == 200
        content = answer.json()
        assert (content["workers"], content["pairs"]) == (1, ["fr-de", "fr-es"])
        assert [item["checkpoint"] for item in content["refused"]] == ["broken"]
        assert served(client) == ["fr-de", "fr-es"]


def test_translators_that_were_given_are_not_exchanged_for_a_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "checkpoints" / "en-fr", ("en", "fr"))
    monkeypatch.chdir(tmp_path)
    settings = Settings(keys=operator_keys(tmp_path))
    with running(create_app(settings, translators={"fr-es": rotated_translator()})) as client:
        client.headers.update(HEADERS)
        assert client.post("/v1/admin/reload").json()["pairs"] == ["fr-es"]
        assert served(client) == ["fr-es"]


def test_a_service_that_starts_empty_becomes_ready(tmp_path: Path) -> None:
    directory = tmp_path / "later"
    with running(create_app(Settings(checkpoints=directory, watch_seconds=0.1))) as client:
        assert client.get("/health/ready").status_code == 503
        save(directory / "fr-es")
        wait_until(lambda: client.get("/health/ready").status_code == 200)


def test_the_old_one_lives_as_long_as_its_last_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = save(tmp_path / "fr-es", seed=0)
    answers = {0: expected(first)}
    begun, finish = threading.Event(), threading.Event()
    real = Translator.align_words

    def wait(self: Translator, words: list[str]) -> object:
        if "wait" in words:
            begun.set()
            finish.wait(30)
        return real(self, words)

    monkeypatch.setattr(Translator, "align_words", wait)
    settings = Settings(checkpoints=tmp_path, watch_seconds=0, keys=operator_keys(tmp_path))
    app = create_app(settings)
    with running(app) as client, ThreadPoolExecutor(1) as pool:
        client.headers.update(HEADERS)
        catalogue = app.state.service.catalogue
        transport = weakref.ref(catalogue.translator("fr-es").alignment.transport)
        vectors = weakref.ref(catalogue.translator("fr-es").source.vectors)
        del catalogue
        # Whatever gathers searches must let go of it too.
        assert client.post(TRANSLATE, json={"words": ["fr-1"]}).status_code == 200
        slow = pool.submit(client.post, "/v1/pairs/fr-es/align", json={"words": ["fr-1", "wait"]})
        try:
            assert begun.wait(20)
            second = save(tmp_path / "fr-es", seed=1)
            assert client.post("/v1/admin/reload").status_code == 200
            assert aligned(client) == expected(second)
            gc.collect()
            assert transport() is not None, "a request still needs it"
        finally:
            finish.set()
        [vector, _] = slow.result().json()["vectors"]
        assert [round(number, 5) for number in vector] == answers[0]
        wait_until(lambda: gc.collect() >= 0 and transport() is None and vectors() is None)


def test_no_request_fails_while_pairs_are_replaced(tmp_path: Path) -> None:
    right = [expected(save(tmp_path / "fr-es", seed=seed)) for seed in (1, 0)]
    settings = Settings(checkpoints=tmp_path, watch_seconds=0.05)
    done = threading.Event()
    with running(create_app(settings)) as client, ThreadPoolExecutor(3) as pool:

        def ask() -> int:
            count = 0
            while not done.is_set():
                assert aligned(client) in right
                count += 1
            return count

        askers = [pool.submit(ask) for _ in range(3)]
        try:
            for number in range(12):
                save(tmp_path / "fr-es", seed=number % 2)
                time.sleep(0.15)
        finally:
            done.set()
        assert all(asker.result() > 10 for asker in askers)
        # On a busy machine one may be replaced faster than it is read; it is read at the next look.
        wait_until(lambda: client.get("/v1/pairs").json()["refused"] == [])


def test_an_application_may_be_started_again(tmp_path: Path) -> None:
    save(tmp_path / "fr-es")
    settings = Settings(checkpoints=tmp_path, watch_seconds=0.1, keys=operator_keys(tmp_path))
    app = create_app(settings)
    for _ in range(3):
        with running(app) as client:
            client.headers.update(HEADERS)
            assert client.get("/health/ready").status_code == 200
            aligned(client)
            assert client.post("/v1/admin/reload").status_code == 200
