"""Whole files: dropped or chosen, with progress, cancelled, downloaded."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest

from tests.browser.page_object import Page, until
from tests.browser.sample_pairs import SAMPLE


@pytest.fixture
def start(page: Page) -> Page:
    page.open("#pair=en-fr&words=file")
    page.best("fichier")
    return page


def choose(page: Page, file: Path) -> None:
    page.one("#file-input").send_keys(str(file))


def test_a_table_is_translated_line_by_line(start: Page, tmp_path: Path) -> None:
    file = tmp_path / "terms.tsv"
    lines = ["window\tUI", "", "qqqq\tnothing", "error", "window\tagain"]
    file.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    choose(start, file)
    start.click("Translate", "#file")
    start.click("Download", "#file")
    found = [line.split("\t") for line in start.downloaded("terms.en-fr.tsv").splitlines()]
    assert [each[:-1] for each in found] == [
        ["window", "UI", "fenêtre"],
        [],
        ["qqqq", "nothing", ""],
        ["error", "erreur"],
        ["window", "again", "fenêtre"],
    ]
    assert "5 lines translated; 1 word without a translation." in start.one("#file").text
    answer = httpx.post(f"{start.base}/v1/pairs/en-fr/translate", json={"words": ["error"], "k": 1})
    score = answer.json()["results"][0]["neighbours"][0]["score"]
    assert float(found[3][-1]) == score
    start.click("Another file")
    assert start.all("#file .choose")


def test_vectors_become_a_lexicon(start: Page, tmp_path: Path) -> None:
    lines = gzip.decompress((SAMPLE / "en.vec.gz").read_bytes()).splitlines()[1:201]
    file = tmp_path / "small.vec.gz"
    file.write_bytes(gzip.compress(b"200 300\n" + b"\n".join(lines) + b"\n"))
    choose(start, file)
    start.script("document.querySelector('[name=answer]').value = 'lexicon'")
    start.click("Align", "#file")
    start.click("Download", "#file")
    text = start.downloaded("small.en-fr.tsv")
    with file.open("rb") as content:
        expected = httpx.post(
            f"{start.base}/v1/pairs/en-fr/upload",
            files={"file": content},
            data={"answer": "lexicon"},
        )
    assert text == expected.text
    assert len(text.splitlines()) == 200


def test_a_file_is_dropped(start: Page) -> None:
    start.script("""
        const data = new DataTransfer();
        data.items.add(new File(["error\\nfile\\n"], "dropped.txt"));
        for (const name of ["dragenter", "dragover", "drop"]) {
          document.body.dispatchEvent(new DragEvent(name, { dataTransfer: data, bubbles: true }));
        }
    """)
    assert start.focused() == "Translate"
    assert "dropped.txt" in start.one("#file").text
    start.click("Translate", "#file")
    start.click("Download", "#file")
    found = start.downloaded("dropped.en-fr.tsv").splitlines()
    assert [line.split("\t")[1] for line in found] == ["erreur", "fichier"]


def test_a_long_file_shows_progress_and_can_be_cancelled(start: Page, tmp_path: Path) -> None:
    file = tmp_path / "long.txt"
    file.write_text("error\nfile\n" * 50_000, encoding="utf-8")
    # Each answer a little later, so that there is something to see.
    start.script("""
        const ask = window.fetch;
        window.fetch = async (address, options) => {
          await new Promise((resolve) => setTimeout(resolve, 50));
          return ask(address, options);
        };
    """)
    choose(start, file)
    start.click("Translate", "#file")
    shares = set()

    def grows() -> bool:
        shares.add(float(start.one("#file progress").get_attribute("value") or 0))
        return len(shares) > 3

    until(grows)
    assert all(0 <= share < 1 for share in shares)
    assert "of 100,000 lines" in start.one("#file").text
    start.click("Cancel", "#file")
    until(lambda: start.all("#file .choose"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("words.txt", b"error\nfen\xeatre\n", "Line 2 is not UTF-8 text."),
        ("words.txt", b"\n \n", "The file holds no word."),
        ("words.pdf", b"%PDF", "Expected .txt, .tsv, .vec or a compressed .vec."),
        ("short.vec", b"2 3\na 1 2 3\nb 1 2 3\n", "expected vectors of 300 numbers, found 3"),
    ],
    ids=["latin-1", "empty", "pdf", "dimension"],
)
def test_a_file_that_cannot_be_used_says_why(
    start: Page, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    start.expected.append("status of 422")
    (tmp_path / name).write_bytes(content)
    choose(start, tmp_path / name)
    if not name.endswith("pdf"):
        start.click("Align" if name.endswith("vec") else "Translate", "#file")
    until(lambda: start.all("#file .problem"))
    assert said in start.one("#file .problem").text
