"""Makes the two pictures of the README: `python -m tests.browser.pictures`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from isogloss.service import Settings, create_app
from tests.browser.chromium import chromium, look_like
from tests.browser.page_object import Page, until
from tests.browser.sample_pairs import save_sample_pairs
from tests.service.running import running

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


def make(folder: Path) -> None:
    """Write ``page.png``, of a desk, and ``page-phone.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        checkpoints, downloads = Path(scratch) / "checkpoints", Path(scratch) / "downloads"
        save_sample_pairs(checkpoints, words=5000)
        app = create_app(Settings(checkpoints=checkpoints, watch_seconds=0))
        with running(app) as client, chromium(downloads) as window:
            page = Page(window, str(client.base_url), downloads)
            for name, width, height, dark in (
                ("page.png", 1180, 800, False),
                ("page-phone.png", 360, 740, True),
            ):
                look_like(window, width, height, dark=dark)
                page.open("#pair=en-fr&words=window")
                until(lambda: page.all("#status .home"))
                page.script("document.activeElement.blur()")
                window.save_screenshot(str(folder / name))


if __name__ == "__main__":
    make(PICTURES)
