"""One word, a list of words, and what is asked next."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import httpx
import pytest
from selenium.webdriver.common.keys import Keys

from isogloss.service import create_app
from tests.browser.page_object import Page, until
from tests.models.retrieval.test_composition import Chain
from tests.rotated_spaces import rotated_translator
from tests.service.running import running


def test_a_first_visit_shows_a_translation_without_a_click(page: Page) -> None:
    page.open()
    until(page.answers)
    assert page.words
    assert len(page.answers()) == 10
    page.look_back()
    assert page.hash == f"pair=en-fr&words={page.words}"
    assert page.one("h1").text == "Isogloss"


def test_answers_come_while_one_types(page: Page) -> None:
    page.open()
    until(page.answers)
    page.type("window")
    page.best("fenêtre")
    assert page.window.title == "window · Isogloss"
    page.look_back()
    assert "leads back to window" in page.one(".answer").text


def test_the_best_answer_is_large_and_the_unlikely_ones_are_folded(page: Page) -> None:
    page.open("#pair=en-fr&words=window")
    page.best("fenêtre")
    sizes = page.script(
        "return [...document.querySelectorAll('.answer .word > [lang]')]"
        ".map((each) => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert sizes[0] > 1.4 * sizes[1]
    assert sizes[1:] == sorted(sizes[1:], reverse=True)
    shares = probabilities(page)
    assert len(shares) == 10
    folded = sum(share < 0.01 for share in shares)
    assert 0 < folded < 10
    assert page.one(".unlikely summary").text == f"{folded} unlikely"
    assert len(page.all(".answer")) == 10 - folded
    page.one(".unlikely summary").click()
    assert len(page.all(".answer")) == 10


def probabilities(page: Page) -> list[float]:
    """What the server says of the word that is shown."""
    asked = {"words": [page.words], "k": 10, "score": "probability"}
    answer = httpx.post(f"{page.base}/v1/pairs/en-fr/translate", json=asked).json()
    return [each["score"] for each in answer["results"][0]["neighbours"]]


@pytest.mark.parametrize("score", ["probability", "csls", "cosine"])
def test_a_bar_is_a_probability_whatever_ranks(page: Page, score: str) -> None:
    page.open(f"#pair=en-fr&words=error&score={score}")
    page.best("erreur")
    shares = dict(zip(page.answers(), widths(page), strict=True))
    expected = 100 * probabilities(page)[0]
    assert shares["erreur"] == pytest.approx(expected, abs=0.06)
    heads = [each.text for each in page.all(".heads span")]
    assert heads[:2] == ["Translation", "probability"]
    names = {"probability": [], "csls": ["CSLS"], "cosine": ["cosine"]}
    assert heads[2:] == names[score]


def widths(page: Page) -> list[float]:
    found: list[float] = page.script(
        "return [...document.querySelectorAll('.bar i')].map((bar) => parseFloat(bar.style.width))"
    )
    return found


def test_a_pair_without_probabilities_shows_the_score_and_no_bar(page: Page) -> None:
    with running(create_app(translators={"fr-es": rotated_translator()})) as client:
        page.base = str(client.base_url)
        page.open("#pair=fr-es&words=fr-7&score=probability")
        page.best("es-7")
        assert page.hash == "pair=fr-es&words=fr-7"
        figures = [float(each.text.replace("−", "-")) for each in page.all(".answer .figure")]
        assert len(figures) == 10
        assert figures == sorted(figures, reverse=True)
        assert widths(page) == []
        page.one("#advanced summary").click()
        assert [each.text.split()[0] for each in page.all("#score label")] == ["CSLS", "cosine"]


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
    page.look_back()
    assert page.answers()[0] == "fenêtre"


def test_the_ranking_is_chosen_under_advanced(page: Page) -> None:
    page.open("#pair=en-fr&words=window")
    page.best("fenêtre")
    assert not page.all("#score")
    page.one("#advanced summary").click()
    assert [len(each.text) > 20 for each in page.all("#score label")] == [True] * 3
    page.one("#score [value=cosine]").click()
    until(lambda: [each.text for each in page.all(".heads span")][2:] == ["cosine"])
    assert page.hash == "pair=en-fr&words=window&score=cosine"
    page.one("#score [value=probability]").click()
    until(lambda: len(page.all(".heads span")) == 2)
    assert page.hash == "pair=en-fr&words=window"


@pytest.mark.parametrize(
    ("asked", "word", "said"),
    [
        ("Window", "window", "“Window” is written “window” here."),
        ("WINDOW", "window", "“WINDOW” is written “window” here."),
        ("windwo", "window", "“windwo” is not in the vocabulary. Did you mean “window”?"),
    ],
)
def test_a_word_that_nearly_exists_is_answered_and_says_so(
    page: Page, asked: str, word: str, said: str
) -> None:
    page.open(f"#pair=en-fr&words={asked}")
    page.best("fenêtre")
    assert page.one("#note").text.startswith(said)
    assert page.words == asked
    page.type(word)
    until(lambda: not page.all("#note"))
    assert page.answers()[0] == "fenêtre"


def test_composed_and_decomposed_letters_are_the_same(page: Page) -> None:
    page.open("#pair=fr-en&words=fene%CC%82tre")
    page.best("window")
    assert not page.all("#note")


def test_what_else_was_meant_can_be_chosen(page: Page) -> None:
    page.open("#pair=en-fr&words=windwo")
    page.best("fenêtre")
    page.click("windows", "#note")
    until(lambda: page.words == "windows")
    until(lambda: not page.all("#note"))


def test_a_word_that_nothing_is_like_has_no_answer(page: Page) -> None:
    page.open("#pair=en-fr&words=qqqqqqqqqq")
    until(lambda: "“qqqqqqqqqq” is not in the vocabulary." in page.one("#results").text)
    assert "No word is written like it." in page.one("#results").text
    assert page.answers() == []
    assert not page.all("#map")


def test_answers_are_announced_once_and_in_order(page: Page) -> None:
    page.open("#pair=en-fr&words=file")
    page.best("fichier")
    page.look_back()
    page.script("""
        window.announced = [];
        const said = document.getElementById("said");
        new MutationObserver(() => announced.push(said.textContent))
          .observe(said, { childList: true, characterData: true, subtree: true });
    """)
    page.type("window")
    page.best("fenêtre")
    page.look_back()
    last = page.script("return announced")[-1]
    assert re.match(r"window: fenêtre \d+%", last)
    announced = [each for each in page.script("return announced") if each.startswith("window: ")]
    assert announced == [last]
    roles = page.script("return document.querySelectorAll('[role=status], [aria-live]').length")
    assert roles == 2  # the answers, and the point of the map under the keys


def test_the_request_of_an_answer_is_copied(page: Page) -> None:
    page.open("#pair=en-fr&words=window")
    page.best("fenêtre")
    page.one("#code summary").click()
    curl, python = (each.text for each in page.all(".snippet pre"))
    run = subprocess.run(["bash", "-c", curl], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout)["results"][0]["neighbours"][0]["word"] == "fenêtre"
    assert python.splitlines()[0] == "import isogloss"
    run = subprocess.run(
        [sys.executable, "-c", f"{python.replace('client.translate', 'print(client.translate')})"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "fenêtre" in run.stdout


def test_the_direction_is_swapped(page: Page) -> None:
    page.open("#pair=en-fr&words=window")
    page.best("fenêtre")
    page.look_back()
    page.one("#swap").click()
    page.best("window")
    assert page.hash == "pair=fr-en&words=fen%C3%AAtre"


def test_the_other_direction_goes_by_way_of_a_third_language(page: Page) -> None:
    chain = Chain()
    pairs = {
        "it-fr": rotated_translator(languages=("it", "fr")),
        "fr-es": chain.first,
        "es-it": chain.second,
    }
    with running(create_app(translators=pairs)) as client:
        page.base = str(client.base_url)
        page.open("#pair=it-fr&words=it-7")
        page.best("fr-7")
        swap = page.one("#swap")
        assert swap.get_attribute("aria-label") == "Swap the languages, by way of Spanish"
        swap.click()
        until(lambda: page.hash == "pair=fr-it&via=es&words=fr-7")
        page.best("it-7")
        chosen = page.script("return document.querySelector('#pair').selectedOptions[0].text")
        assert chosen == "French → Italian, by way of Spanish"
        page.window.refresh()
        page.best("it-7")


def test_a_direction_that_nothing_leads_back_from_cannot_be_swapped(page: Page) -> None:
    with running(create_app(translators={"fr-es": rotated_translator()})) as client:
        page.base = str(client.base_url)
        page.open("#pair=fr-es&words=fr-7")
        page.best("es-7")
        assert not page.one("#swap").is_enabled()
        assert page.one("#swap").get_attribute("title") == "The other direction is not served"


def test_a_map_that_was_kept_by_force_warns(page: Page) -> None:
    with running(create_app(translators={"fr-es": rotated_translator(found=False)})) as client:
        page.base = str(client.base_url)
        page.open("#pair=fr-es&words=fr-7")
        until(lambda: page.all("#warning"))
        assert "No alignment was found" in page.one("#warning").text
        assert page.one("#warning").get_attribute("role") == "alert"


def test_an_answer_is_translated_back(page: Page) -> None:
    page.open("#pair=en-fr&words=window")
    page.best("fenêtre")
    page.look_back()
    first = page.one(".answer")
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
    until(page.answers)
    page.type("window\nqqqq\nerror")
    until(lambda: len(page.all("tbody tr")) == 3)
    rows = page.all("tbody tr")
    assert [row.text.split()[1] for row in rows] == ["fenêtre", "not", "erreur"]
    assert page.status == "3 words, 1 not in the vocabulary"
    assert [each.text for each in page.all("thead th")] == [
        "Word", "Translation", "probability", "Others"
    ]  # fmt: skip
    shares = [each.text for each in page.all("td.figure")]
    assert all(share.endswith("%") for share in shares)
    assert widths(page) == pytest.approx([float(share.strip("%")) for share in shares], abs=0.6)
    page.click("Download", "#results")
    head, *lines = [line.split("\t") for line in page.downloaded("en-fr.tsv").splitlines()]
    assert head[:3] == ["Word", "translation 1", "probability 1"]
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
    page.look_back()
    page.script("document.activeElement.blur()")
    page.press("/")
    page.press("error")
    page.best("erreur")
    assert page.words == "error"
    page.look_back()
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


def test_a_phrase_is_taken_word_by_word_and_says_so(page: Page) -> None:
    page.open("#pair=en-fr&words=open the file")
    until(lambda: len(page.all("tbody tr")) == 3)
    assert page.one("#note").text.startswith("Taken word by word")
    page.type("open\nthe")
    until(lambda: len(page.all("tbody tr")) == 2)
    assert not page.all("#note")


def test_the_field_says_what_its_keys_do(page: Page) -> None:
    page.open("#pair=en-fr&words=window")
    page.best("fenêtre")
    assert page.one("#words-help").text.startswith("Enter goes to the answer")
    page.type("window\nerror")
    until(lambda: len(page.all("tbody tr")) == 2)
    assert page.one("#words-help").text == "A word a line. Enter begins another."
    page.one("#words").send_keys(Keys.ENTER, "file")
    until(lambda: len(page.all("tbody tr")) == 3)
