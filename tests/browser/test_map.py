"""The map: around a word, and of the whole pair."""

from __future__ import annotations

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import look_like
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
    until(lambda: inked(page) != whole)
    page.click("fit")
    until(lambda: inked(page) == whole)
    canvas = page.one("#plane")
    ActionChains(page.window).drag_and_drop_by_offset(canvas, 300, 0).perform()
    page.press("0")
    until(lambda: inked(page) == whole)


@pytest.mark.parametrize("words", ["", "window\nerror"], ids=["nothing", "list"])
def test_nothing_is_drawn_where_nothing_is_to_be_seen(page: Page, words: str) -> None:
    page.open("#pair=en-fr&words=window")
    drawn(page)
    assert page.all("#map")
    page.type(words)
    until(lambda: not page.all("#map"))


def test_answers_are_drawn_by_their_weight(page: Page) -> None:
    """Only the likely answer has a line to the word, and its dot is larger than another's."""
    page.open("#pair=en-fr&words=window")
    drawn(page)
    page.script(
        """
        const { Plane } = await import("/page/plane.js");
        const plane = new Plane(document.getElementById("plane"), { onPoint() {}, onChoose() {} });
        const dot = (weight) => plane.dotOf({ role: "neighbour", weight });
        window.dots = [dot(1), dot(0.2), dot(0.01)];
    """.join(("return (async () => {", "})()"))
    )
    dots = until(lambda: page.script("return window.dots"))
    assert dots == sorted(dots, reverse=True)
    assert dots[0] > 2 * dots[2]


def test_a_pinch_zooms(page: Page) -> None:
    look_like(page.window, 360, 740)
    page.window.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    page.open("#pair=en-fr&words=window")
    drawn(page)
    page.script("document.getElementById('map').scrollIntoView({ block: 'center' })")
    whole = inked(page)
    box = page.script(
        "const { left, top, width, height } ="
        " document.getElementById('plane').getBoundingClientRect();"
        "return [left + width / 2, top + height / 2]"
    )
    for kind, apart in [("touchStart", 20), *(("touchMove", 20 + 8 * n) for n in range(1, 9))]:
        points = [{"x": box[0] + side * apart, "y": box[1], "id": side + 1} for side in (-1, 1)]
        page.window.execute_cdp_cmd(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
        )
    page.window.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.window.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    until(lambda: inked(page) != whole)
    # The page itself has not been enlarged.
    assert page.script("return visualViewport.scale") == 1


def test_a_word_is_found_on_the_map_of_the_whole_pair(page: Page) -> None:
    page.open("#pair=en-fr&words=file&view=pair")
    until(lambda: page.all("#find-word"))
    whole = inked(page)
    page.one("#find-word").send_keys("window", Keys.ENTER)
    near = until(lambda: page.all("#plane-near"))[0]
    assert near.text.startswith("Nearest on the map: ")
    assert len(page.all("#plane-near button")) == 10
    assert page.one("#plane-word").text == "window · English"
    assert inked(page) != whole
    page.one("#find-word").send_keys(Keys.CONTROL, "a")
    page.one("#find-word").send_keys("qqqq", Keys.ENTER)
    until(lambda: page.one("#plane-near").text == "“qqqq” is not on the map.")


def test_twenty_thousand_points_move_smoothly(page: Page) -> None:
    """A frame of 60 a second has 16.7 ms; the least of thirty, as others use the machine too."""
    page.open("#pair=en-fr&words=file&view=pair")
    until(lambda: page.all("#find-word"))
    page.script("""
        return (async () => {
          const { Plane } = await import("/page/plane.js");
          const canvas = document.getElementById("plane");
          const plane = new Plane(canvas, { onPoint() {}, onChoose() {} });
          const points = Array.from({ length: 20000 }, (_, at) => ({
            word: `word-${at}`, side: at % 2 ? "source" : "target", role: "around",
            at: [Math.sin(at * 12.9898) * 43758 % 1, Math.sin(at * 78.233) * 12543 % 1],
          }));
          plane.show({ points, sphere: false });
          const times = [];
          for (let frame = 0; frame < 30; frame += 1) {
            plane.move = [frame, frame];
            const begun = performance.now();
            plane.draw();
            times.push(performance.now() - begun);
          }
          window.frame = Math.min(...times);
        })();
    """)
    assert until(lambda: page.script("return window.frame")) < 16.7


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
