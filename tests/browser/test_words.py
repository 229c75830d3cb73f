"""One word, a list of words, and what is asked next."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from isogloss.service import create_app
from tests.browser.page_object import Page, until
from tests.rotated_spaces import rotated_translator
from tests.service.running import running


def test_a_first_visit_shows_a_translation_without_a_click(page: Page) -> None:
    page.open()
    until(page.neighbours)
    assert page.words
    assert len(page.neighbours()) == 10
    until(lambda: "back" in page.status)
    assert page.hash == f"pair=en-fr&words={page.words}"
    assert page.one("h1").text == "Isogloss"


def test_neighbours_come_while_one_types(page: Page) -> None:
    page.open()
    until(page.neighbours)
    page.type("window")
    page.best("fenêtre")
    assert page.window.title == "window · Isogloss"
    # Each with its score, as a figure and as a bar; the best first.
    figures = [float(each.text.replace("−", "-")) for each in page.all(".figure:last-child")]
    assert figures == sorted(figures, reverse=True)
    # The bar is the probability, which stands beside it.
    shares = [int(each.text.strip("< %")) for each in page.all(".sure")]
    assert len(shares) == 10
    assert shares[0] == max(shares) > 30
    assert widths(page) == pytest.approx(shares, abs=1)
    until(lambda: "back" in page.status)
    assert "leads back to window" in page.one(".neighbour").text


def widths(page: Page) -> list[float]:
    found: list[float] = page.script(
        "return [...document.querySelectorAll('.bar i')].map((bar) => parseFloat(bar.style.width))"
    )
    return found


def test_a_pair_without_probabilities_shows_the_score(page: Page) -> None:
    with running(create_app(translators={"fr-es": rotated_translator()})) as client:
        page.base = str(client.base_url)
        page.open("#pair=fr-es&words=fr-7&score=probability")
        page.best("es-7")
        assert not page.all("#by-probability")
        assert page.hash == "pair=fr-es&words=fr-7"
        figures = [float(each.text.replace("−", "-")) for each in page.all(".figure")]
        assert len(figures) == 10
        shares = [100 * min(1, max(0, figure)) for figure in figures]
        assert widths(page) == pytest.approx(shares, abs=0.11)


def test_an_answer_that_comes_too_late_is_dropped(page: Page) -> None:
    page.open("#pair=en-fr&words=error")
    page.best("erreur")
    # The answers for "file" take a second, and nothing that ends the question ends them.
    page.script("""
        const ask = window.fetch;
        window.fetch = async (address, options) => {
          const late = options.body?.includes('"file"');
          if (!late) return ask(address, options);
          const answer = await ask(address, { ...options, signal: undefined });
          await new Promise((resolve) => setTimeout(resolve, 1000));
          window.came = true;
          return answer;
        };
    """)
    page.type("file")
    until(lambda: page.hash.endswith("words=file"))
    page.type("window")
    page.best("fenêtre")
    until(lambda: page.script("return window.came"))
    until(lambda: "back" in page.status)
    assert page.neighbours()[0] == "fenêtre"


def test_the_score_is_switched(page: Page) -> None:
    page.open("#pair=en-fr&words=window")
    page.best("fenêtre")
    before = page.one(".figure:last-child").text
    page.click("cosine")
    until(lambda: "cosine" in page.status)
    assert page.one(".figure:last-child").text != before
    assert page.hash == "pair=en-fr&words=window&score=cosine"
    page.click("CSLS")
    until(lambda: page.one(".figure:last-child").text == before)
    assert page.hash == "pair=en-fr&words=window"
    share = page.one(".sure").text
    page.click("likely")
    until(lambda: "by probability" in page.status)
    assert page.one(".figure:last-child").text == share
    assert page.hash == "pair=en-fr&words=window&score=probability"


def test_an_unknown_word_says_so_and_offers_what_was_meant(page: Page) -> None:
    page.open("#pair=en-fr&words=file")
    page.best("fichier")
    page.type("windwo")
    until(lambda: "“windwo” is not in the vocabulary." in page.one("#results").text)
    choices = [choice.text for choice in page.all(".choice")]
    assert choices[0] == "window"
    assert page.neighbours() == []
    page.click("window", "#results")
    page.best("fenêtre")
    assert page.words == "window"
    page.type("Window")
    until(lambda: page.all(".choice"))
    assert page.all(".choice")[0].text == "window"
    page.type("qqqqqqqqqq")
    until(lambda: "No word is written like it." in page.one("#results").text)


def test_a_neighbour_is_translated_back(page: Page) -> None:
    page.open("#pair=en-fr&words=window")
    page.best("fenêtre")
    until(lambda: "back" in page.status)
    first = page.one(".neighbour")
    assert first.get_attribute("aria-expanded") == "false"
    first.click()
    assert first.get_attribute("aria-expanded") == "true"
    back = until(lambda: page.all(".back"))[0]
    assert back.text.startswith("window")
    assert "by the pair fr-en" in back.text
    page.click("Translate “fenêtre”")
    page.best("window")
    assert page.hash == "pair=fr-en&words=fen%C3%AAtre"
    page.window.back()
    page.best("fenêtre")
    assert page.words == "window"


def test_a_list_becomes_a_table(page: Page) -> None:
    page.open("#pair=en-fr&words=x")
    until(page.neighbours)
    page.type("window\nqqqq\nerror")
    until(lambda: len(page.all("tbody tr")) == 3)
    rows = page.all("tbody tr")
    assert [row.text.split()[1] for row in rows] == ["fenêtre", "not", "erreur"]
    assert page.status == "3 words by CSLS, 1 not in the vocabulary"
    page.click("Download", "#results")
    lines = [line.split("\t") for line in page.downloaded("en-fr.tsv").splitlines()]
    assert [line[:2] for line in lines] == [
        ["window", "fenêtre"],
        ["qqqq", ""],
        ["error", "erreur"],
    ]
    assert {len(line) for line in lines} == {9}
    page.click("error", "#results")
    page.best("erreur")


def test_everything_is_done_by_keys(page: Page) -> None:
    page.open("#pair=en-fr&words=window")
    page.best("fenêtre")
    until(lambda: "back" in page.status)
    page.script("document.activeElement.blur()")
    page.press("/")
    page.press("error")
    page.best("erreur")
    assert page.words == "error"
    until(lambda: "back" in page.status)
    page.press(Keys.ENTER)
    assert page.focused().startswith("erreur")
    page.press(Keys.ARROW_DOWN)
    assert not page.focused().startswith("erreur\n")
    page.press(Keys.ARROW_UP)
    page.press(Keys.ENTER)
    until(lambda: page.all(".back"))
    page.press(Keys.ARROW_DOWN)
    assert page.focused() == "error"
    page.press(Keys.ESCAPE)
    assert page.script("return document.activeElement.id") == "words"
    # The focus can be seen.
    outline = page.script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
