from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from isogloss.service import Settings, create_app
from tests.browser.chromium import INSTALL, chromium, is_installed, look_like
from tests.browser.page_object import Page
from tests.browser.sample_pairs import save_sample_pairs
from tests.service.running import running

SCREENSHOTS = Path(__file__).with_name("screenshots")


@pytest.fixture(scope="session")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def window(downloads: Path) -> Iterator[Chrome]:
    if not is_installed():
        pytest.skip(f"chromium and chromedriver are not installed: {INSTALL}")
    with chromium(downloads) as window:
        yield window


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not is_installed():
        pytest.skip(f"chromium and chromedriver are not installed: {INSTALL}")
    folder = tmp_path_factory.mktemp("checkpoints")
    save_sample_pairs(folder)
    return folder


@pytest.fixture(scope="session")
def server(checkpoints: Path) -> Iterator[str]:
    settings = Settings(checkpoints=checkpoints, watch_seconds=0)
    with running(create_app(settings)) as client:
        yield str(client.base_url)


@pytest.fixture
def page(
    request: pytest.FixtureRequest, window: Chrome, server: str, downloads: Path
) -> Iterator[Page]:
    """A visit that leaves a screenshot, and no error in the console."""
    shutil.rmtree(downloads)
    downloads.mkdir()
    look_like(window, 1280, 860)
    page = Page(window, server, downloads)
    page.errors()
    yield page
    SCREENSHOTS.mkdir(exist_ok=True)
    name = re.sub(r"\W+", "-", request.node.name).strip("-")
    window.save_screenshot(str(SCREENSHOTS / f"{name}.png"))
    found = page.errors()
    page.script("sessionStorage.clear()")
    window.get("about:blank")
    assert found == []
