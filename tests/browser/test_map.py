"""The map: around a word, and of the whole pair."""

from __future__ import annotations

from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.page_object import Page, until


def inked(page: Page) -> int:
    """Pixels of the canvas that are not empty."""
    count: int = page.script("""
        const canvas = document.getElementById("plane");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let at = 3; at < data.length; at += 4) count += data[at] > 0;
        return count;
    """)
    return count


def drawn(page: Page) -> None:
    until(lambda: "differences" in page.one("#plane-about").text)


def test_the_surroundings_are_drawn_and_can_be_moved(page: Page) -> None:
    page.open("#pair=en-fr&words=window")
    drawn(page)
    whole = inked(page)
    assert whole > 3000
    page.click("+")
    page.click("+")
    assert inked(page) != whole
    page.click("fit")
    assert inked(page) == whole
    canvas = page.one("#plane")
    ActionChains(page.window).drag_and_drop_by_offset(canvas, 300, 0).perform()
    page.press("0")
    assert inked(page) == whole
    page.type("")
    until(lambda: page.all("#plane-empty"))
    assert inked(page) == 0


def test_words_of_the_map_are_named_and_asked_for_by_keys(page: Page) -> None:
    page.open("#pair=en-fr&words=window")
    drawn(page)
    page.script("document.getElementById('plane').focus()")
    page.press(Keys.ARROW_RIGHT)
    assert (
        page.script("return document.getElementById('plane-said').textContent") == "window, English"
    )
    assert page.one("#plane-word").text == "window · English"
    seen = set()
    for key in [Keys.ARROW_LEFT, Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_UP] * 3:
        page.press(key)
        seen.add(page.one("#plane-word").text)
    assert {each.rpartition(" ")[2] for each in seen} == {"English", "French"}
    word, _, language = page.one("#plane-word").text.partition(" · ")
    page.press(Keys.ENTER)
    until(lambda: page.words == word)
    assert page.hash.startswith("pair=en-fr" if language == "English" else "pair=fr-en")


def test_a_word_under_the_pointer_is_named(page: Page) -> None:
    page.open("#pair=en-fr&words=window&view=pair")
    until(lambda: "both languages" in page.one("#plane-about").text)
    canvas = page.one("#plane")
    until(lambda: inked(page) > 3000)
    for x in range(-150, 150, 12):
        ActionChains(page.window, duration=0).move_to_element_with_offset(canvas, x, 0).perform()
        if page.all("#plane-word"):
            break
    assert page.one("#plane-word").text.rpartition(" · ")[2] in {"English", "French"}


def test_the_whole_pair_is_shown_where_it_has_a_map(page: Page) -> None:
    page.open("#pair=en-fr&words=file")
    drawn(page)
    page.click("whole pair")
    until(lambda: page.one("#plane-about").text.startswith("300 words of both languages"))
    assert page.hash == "pair=en-fr&words=file&view=pair"
    page.click("around the word")
    drawn(page)
    # The other direction has none.
    page.open("#pair=fr-en&words=fichier&view=pair")
    drawn(page)
    assert not page.all("#view")
