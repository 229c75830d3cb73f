"""The page as a person uses it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

Seen = TypeVar("Seen")

PATIENCE = 20.0
"""Seconds until something has to show; other work may run on the machine."""


def until(look: Callable[[], Seen | None], seconds: float = PATIENCE) -> Seen:
    """Look again and again until there is something; what is replaced meanwhile is looked up anew.

    Raises:
        AssertionError: It does not come.

    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            seen = look()
        except StaleElementReferenceException:
            seen = None
        if seen:
            return seen
        assert time.monotonic() < deadline, f"it did not come within {seconds} s"
        time.sleep(0.02)


class Page:
    """One visit; it remembers what errors a test expects in the console."""

    def __init__(self, window: Chrome, base: str, downloads: Path) -> None:
        self.window, self.base, self.downloads = window, base, downloads
        self.expected: list[str] = []

    def open(self, state: str = "") -> None:
        """Come to an address, as a visitor who was never here."""
        self.window.get("about:blank")
        self.window.get(f"{self.base}/{state}")

    def one(self, selector: str) -> WebElement:
        """The first element."""
        return self.window.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        """All elements that are shown."""
        return [
            found
            for found in self.window.find_elements(By.CSS_SELECTOR, selector)
            if found.is_displayed()
        ]

    def script(self, code: str, *arguments: object) -> Any:
        """Run a script in the page."""
        return self.window.execute_script(code, *arguments)

    def press(self, *keys: str) -> None:
        """Press keys wherever the focus is."""
        ActionChains(self.window).send_keys(*keys).perform()

    def type(self, text: str) -> None:
        """Replace what stands in the field of the word; a line end is Shift and Enter."""
        field = self.one("#words")
        field.click()
        field.send_keys(Keys.CONTROL, "a")
        if text == "":
            field.send_keys(Keys.DELETE)
        for number, line in enumerate(text.split("\n")):
            if number:
                chain = ActionChains(self.window)
                chain.key_down(Keys.SHIFT).send_keys(Keys.ENTER).key_up(Keys.SHIFT).perform()
            field.send_keys(line)

    def click(self, text: str, within: str = "body") -> None:
        """Click the button, link or label that says this."""

        def find() -> WebElement | None:
            for found in self.all(f"{within} :is(button, a, label, .choose span)"):
                if found.text.strip() == text:
                    return found
            return None

        until(find).click()

    @property
    def words(self) -> str:
        """What stands in the field of the word."""
        return str(self.one("#words").get_attribute("value"))

    @property
    def hash(self) -> str:
        """The state in the address."""
        return str(self.window.current_url).partition("#")[2]

    @property
    def status(self) -> str:
        """What the page says about what it shows."""
        return self.one("#status").text

    def answers(self) -> list[str]:
        """The answers, the folded ones too."""
        found: list[str] = self.script(
            "return [...document.querySelectorAll('.answer .word > span:first-child')]"
            ".map((each) => each.textContent)"
        )
        return found

    def best(self, word: str) -> None:
        """Wait until this is the first answer, and none of a question before."""
        until(lambda: not self.all("#results.old") and self.answers()[:1] == [word])

    def look_back(self) -> None:
        """Wait until it is known which answers lead back."""
        until(lambda: "back" in self.status)

    def focused(self) -> str:
        """Text of what has the focus."""
        return str(self.script("return document.activeElement.innerText"))

    def downloaded(self, name: str) -> str:
        """Wait for a file; gives its text."""
        file = self.downloads / name
        until(file.exists)
        return file.read_text(encoding="utf-8")

    def errors(self) -> list[str]:
        """What went wrong in the console since the last look, less what is expected."""
        entries = self.window.get_log("browser")  # type: ignore[no-untyped-call]
        return [
            entry["message"]
            for entry in entries
            if entry["level"] == "SEVERE"
            and not any(expected in entry["message"] for expected in self.expected)
        ]
