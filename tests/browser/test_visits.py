"""Shared addresses, keys, a server that goes and comes back, other servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from isogloss.models.checkpoint import load_checkpoint, save_checkpoint
from isogloss.service import Settings, create_app
from isogloss.service.catalogue.catalogue import Catalogue
from isogloss.service.keys import digest_of, make_key
from tests.browser.page_object import Page, until
from tests.rotated_spaces import rotated_translator
from tests.service.running import running

REFUSED = "net::ERR_"


@contextmanager
def listening(app: FastAPI, port: int) -> Iterator[int]:
    """Serve on a port of one's own choice; 0 takes a free one."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(30)


def test_a_shared_address_shows_the_same_view(page: Page) -> None:
    page.open("#pair=fr-en&words=erreur%0Afichier&score=cosine")
    until(lambda: len(page.all("tbody tr")) == 2)
    rows = page.all("tbody tr")
    assert [row.text.split()[:2] for row in rows] == [["erreur", "error"], ["fichier", "file"]]
    assert page.words == "erreur\nfichier"
    assert page.one("#pair").get_attribute("value") == "fr-en"
    assert page.one("[value=cosine]").is_selected()
    assert [each.text for each in page.all("thead th")][2] == "cosine"


def test_the_page_to_try_the_api_works_without_the_internet(page: Page) -> None:
    page.open()
    until(page.answers)
    page.one("footer a[href=docs]").click()
    until(lambda: page.all(".opblock"))
    [route] = [
        found
        for found in page.all(".opblock-get .opblock-summary-control")
        if found.text.split()[:2] == ["GET", "/v1/pairs"]
    ]
    route.click()
    until(lambda: page.all(".try-out__btn"))[0].click()
    until(lambda: page.all(".execute"))[0].click()
    until(lambda: [found for found in page.all(".live-responses-table") if "en-fr" in found.text])


@pytest.mark.parametrize("state", ["#pair=xx-yy&words=window&score=dot&view=9", "#%F0%9F&&=&pair"])
def test_an_address_that_makes_no_sense_is_mended(page: Page, state: str) -> None:
    page.open(state)
    until(page.answers)
    assert page.hash.startswith("pair=en-fr&words=")
    assert "score" not in page.hash


def test_another_pair_brings_its_own_example(page: Page) -> None:
    page.open("#pair=en-fr&words=window")
    page.best("fenêtre")
    page.script("""
        const pair = document.getElementById("pair");
        pair.value = "fr-en";
        pair.dispatchEvent(new Event("change", { bubbles: true }));
    """)
    until(lambda: page.hash.startswith("pair=fr-en&words=") and page.words not in {"", "window"})
    page.look_back()
    assert page.one("#legend-source").text == "French"


def test_a_key_is_asked_for_and_kept_for_the_tab(
    page: Page, checkpoints: Path, tmp_path: Path
) -> None:
    key, keys = make_key(), tmp_path / "keys"
    keys.write_text(f"alice read sha256:{digest_of(key).hex()}\n")
    page.expected.append("status of 401")
    settings = Settings(checkpoints=checkpoints, watch_seconds=0, keys=keys)
    with running(create_app(settings)) as client:
        page.base = str(client.base_url)
        page.open("#pair=en-fr&words=window")
        until(lambda: page.all("#key-dialog"))
        assert page.script("return document.activeElement.id") == "key"
        page.one("#key").send_keys("wrong\n")
        until(lambda: page.all("#key-problem"))
        assert page.one("#key-problem").text == "The server does not know this key."
        page.one("#key").send_keys(f"{key}\n")
        page.best("fenêtre")
        assert not page.all("#key-dialog")
        assert key not in page.window.current_url
        assert page.script("return localStorage.length + document.cookie.length") == 0
        page.window.refresh()
        page.best("fenêtre")
        first = page.window.current_window_handle
        page.window.switch_to.new_window("tab")
        page.open("#pair=en-fr&words=window")
        until(lambda: page.all("#key-dialog"))
        page.window.close()
        page.window.switch_to.window(first)
        page.click("Forget the key")
        until(lambda: page.all("#key-dialog"))


def test_a_server_that_goes_and_comes_back(page: Page, checkpoints: Path) -> None:
    page.expected.append(REFUSED)
    settings = Settings(checkpoints=checkpoints, watch_seconds=0)
    with listening(create_app(settings), 0) as port:
        page.base = f"http://127.0.0.1:{port}"
        page.open("#pair=en-fr&words=error")
        page.best("erreur")
        page.look_back()
    page.type("window")
    until(lambda: page.all("#banner"))
    assert page.one("#banner").text.startswith("The server does not answer.")
    assert page.words == "window"
    assert page.status == "These answers are from before the server went."
    assert page.all("#results.old")
    assert page.answers()[0] == "erreur"
    with listening(create_app(settings), port):
        page.best("fenêtre")
        assert not page.all("#banner")
        page.look_back()


def test_one_direction_alone_goes_back_through_the_same_map(page: Page, checkpoints: Path) -> None:
    translator = load_checkpoint(checkpoints / "en-fr")
    with running(create_app(translators={"en-fr": translator})) as client:
        page.base = str(client.base_url)
        page.open("#pair=en-fr&words=window")
        page.best("fenêtre")
        page.look_back()
        page.one(".answer").click()
        assert "through the same map" in page.all(".back")[0].text
        assert page.all(".back")[0].text.startswith("window")


def test_a_map_that_cannot_be_used_disturbs_nothing(page: Page, tmp_path: Path) -> None:
    page.expected.append("status of 500")
    save_checkpoint(rotated_translator(), tmp_path / "fr-es")
    (tmp_path / "fr-es.map.json").write_text("{}")
    with running(create_app(Settings(checkpoints=tmp_path, watch_seconds=0))) as client:
        page.base = str(client.base_url)
        page.open("#pair=fr-es&words=fr-7")
        page.best("es-7")
        assert not page.all("#view")


def test_a_server_without_a_pair_says_so(page: Page) -> None:
    with running(create_app(translators={})) as client:
        page.base = str(client.base_url)
        page.open()
        until(lambda: page.status == "No pair is served yet.")


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (429, "overloaded", "The server is busy. Try again in a moment."),
        (504, "timeout", "The answer took too long and was given up. Try fewer words."),
        (413, "too_large", "That is more than the server takes at once: much."),
        (403, "forbidden", "This key may not do that: much."),
        (500, "internal", "The server says: much."),
    ],
)
def test_each_kind_of_failure_has_its_own_words(
    page: Page, status: int, code: str, said: str
) -> None:
    page.open("#pair=en-fr&words=error")
    page.best("erreur")
    page.look_back()
    page.script(
        """
        const [status, code] = arguments;
        const error = { code, message: "much", detail: {} };
        const headers = { "retry-after": "0" };
        const ask = window.fetch;
        window.fetch = async (address, options) =>
          String(address).includes("translate")
            ? new Response(JSON.stringify({ error }), { status, headers })
            : ask(address, options);
        window.setTimeout = ((late) => (work, ms) => late(work, Math.min(ms, 200)))(setTimeout);
        """,
        status,
        code,
    )
    page.type("window")
    until(lambda: page.status == said)
    assert page.all("#results.old")


def test_a_pair_that_is_gone_is_said_and_another_is_shown(page: Page, checkpoints: Path) -> None:
    page.expected.append("status of 404")
    translator = load_checkpoint(checkpoints / "en-fr")
    app = create_app(translators={"en-fr": translator})
    with running(app) as client:
        page.base = str(client.base_url)
        page.open("#pair=en-fr&words=error")
        page.best("erreur")
        page.look_back()
        app.state.service.keeper.catalogue = Catalogue.of({"xx-fr": translator})
        page.type("window")
        until(lambda: page.status == "The pair en-fr is no longer served; another one is shown.")
