"""The page in the language of the browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from isogloss.service import page as page_folder
from tests.browser.page_object import Page, until

FOLDER = Path(page_folder.__file__).parent
LANGUAGES = ("en", "fr", "de", "es")
_ENTRY = re.compile(r"^  (\w+): (.*),$", re.MULTILINE)


def texts(language: str) -> dict[str, str]:
    return dict(_ENTRY.findall((FOLDER / f"texts-{language}.js").read_text("utf-8")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_says_the_same_things(language: str) -> None:
    own, english = texts(language), texts("en")
    assert set(own) == set(english)
    for key, text in own.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[key])), key
        assert text.startswith("{") == english[key].startswith("{"), key


def test_every_text_is_used_and_every_one_that_is_used_is_there() -> None:
    code = "".join(
        path.read_text("utf-8")
        for path in FOLDER.iterdir()
        if path.suffix in {".js", ".html"} and not path.name.startswith("texts")
    )
    asked = set(re.findall(r'data-(?:text|label)="(\w+)"', code))
    asked |= set(re.findall(r'"(\w+)"', code)) & set(texts("en"))
    made = {f"head_{score}" for score in ("probability", "csls", "cosine")}
    made |= {f"answer_{answer}" for answer in ("vectors", "lexicon", "mutual")}
    assert set(re.findall(r'\bt\("(\w+)"', code)) <= set(texts("en"))
    assert set(texts("en")) - asked - made - {"no_script"} == set()


@pytest.mark.parametrize(
    ("language", "said", "file"),
    [
        ("fr-CA", "Un mot, ou une liste de mots", "Un fichier entier"),
        ("de", "Ein Wort oder eine Liste von Wörtern", "Eine ganze Datei"),
        ("es-MX", "Una palabra o una lista de palabras", "Un archivo entero"),
        ("ja", "A word, or a list of words", "A whole file"),
    ],
)
def test_the_browser_chooses_the_language(page: Page, language: str, said: str, file: str) -> None:
    agent = page.script("return navigator.userAgent")
    override = {"userAgent": agent, "acceptLanguage": language}
    page.window.execute_cdp_cmd("Emulation.setUserAgentOverride", override)
    try:
        page.open("#pair=en-fr&words=window")
        page.best("fenêtre")
        assert page.one("label[for=words] > span").text == said
        assert page.one("#file-title").text == file
        known = language[:2] if language[:2] in LANGUAGES else "en"
        assert page.one("html").get_attribute("lang") == known
        until(lambda: page.status != "")
    finally:
        page.window.execute_cdp_cmd(
            "Emulation.setUserAgentOverride", {"userAgent": agent, "acceptLanguage": "en-US"}
        )
