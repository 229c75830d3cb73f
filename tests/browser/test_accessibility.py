"""What axe-core finds, and whether the page fits a phone."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import look_like
from tests.browser.page_object import Page, until

AXE = gzip.decompress((Path(__file__).parent / "axe" / "axe.min.js.gz").read_bytes()).decode()


def violations(page: Page) -> list[str]:
    """Rules that are broken, with the first place of each."""
    page.script(AXE + "; window.axe = axe;")
    found: dict[str, Any] = page.window.execute_async_script(
        "const done = arguments[0]; window.axe.run(document).then(done);"
    )
    assert len(found["passes"]) > 15
    return [
        f"{each['id']}: {each['help']}: {each['nodes'][0]['html']}" for each in found["violations"]
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("state", "sign"),
    [
        ("#pair=en-fr&words=window", "#status .home"),
        ("#pair=en-fr&words=window%0Aqqqq%0Aerror", "tbody tr"),
        ("#pair=en-fr&words=windwo", ".choice"),
        ("#pair=en-fr&words=qqqqqqqq", ".unknown"),
        ("#pair=en-fr&words=file&view=pair", "#find-word"),
    ],
    ids=["word", "list", "guess", "unknown", "whole-pair"],
)
def test_nothing_is_found(page: Page, state: str, sign: str, dark: bool) -> None:
    look_like(page.window, 1280, 860, dark=dark)
    page.open(state)
    until(lambda: page.all(sign))
    for button in page.all(".answer")[:1]:
        button.click()
    for summary in page.all("summary"):
        summary.click()
    assert violations(page) == []


def test_the_axe_would_find_it(page: Page) -> None:
    page.open("#pair=en-fr&words=window")
    page.best("fenêtre")
    page.script("document.getElementById('words').labels[0].remove()")
    page.script("document.querySelector('main').append(document.createElement('input'))")
    assert any(each.startswith("label") for each in violations(page))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_phone_shows_all_of_it(page: Page, dark: bool) -> None:
    look_like(page.window, 360, 740, dark=dark)
    page.open("#pair=en-fr&words=window")
    until(lambda: page.all("#status .home"))
    page.one(".answer").send_keys(Keys.ENTER)
    assert page.script("return document.documentElement.scrollWidth") == 360
    # What can be pressed is large enough for a finger, or stands in a line of text.
    small = page.script("""
        return [...document.querySelectorAll("button, select, .switch span")]
          .filter((each) => each.offsetParent && !each.classList.contains("link"))
          .filter((each) => each.getBoundingClientRect().height < 32)
          .map((each) => each.outerHTML);
    """)
    assert small == []
    page.type("window\nerror")
    until(lambda: page.all("tbody tr"))
    assert page.script("return document.documentElement.scrollWidth") == 360
