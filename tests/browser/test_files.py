"""Whole files: dropped or chosen, with progress, cancelled, downloaded."""

from __future__ import annotations

import csv
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
    assert found[0] == ["Word", "2", "translation 1", "probability 1"]
    assert [each[:-1] for each in found[1:]] == [
        ["window", "UI", "fenêtre"],
        ["", "", ""],
        ["qqqq", "nothing", ""],
        ["error", "", "erreur"],
        ["window", "again", "fenêtre"],
    ]
    assert "5 rows translated; 1 word without a translation." in start.one("#file").text
    asked = {"words": ["error"], "k": 1, "score": "probability"}
    answer = httpx.post(f"{start.base}/v1/pairs/en-fr/translate", json=asked)
    score = answer.json()["results"][0]["neighbours"][0]["score"]
    assert float(found[4][-1]) == pytest.approx(score)
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
    assert [line.split("\t")[1] for line in found[1:]] == ["erreur", "fichier"]


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
    assert "of 100,000 rows" in start.one("#file").text
    start.click("Cancel", "#file")
    until(lambda: start.all("#file .choose"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("words.txt", b"error\nfen\xeatre\n", "Line 2 is not UTF-8 text."),
        ("words.txt", b"\n \n", "The file holds no word."),
        ("words.csv", b'a,b\n"error,c\n', "Line 2: a quote is opened and never closed."),
        ("words.pdf", b"%PDF", "Expected .txt, .tsv, .csv, .vec or a compressed .vec."),
        ("short.vec", b"2 3\na 1 2 3\nb 1 2 3\n", "expected vectors of 300 numbers, found 3"),
    ],
    ids=["latin-1", "empty", "quote", "pdf", "dimension"],
)
def test_a_file_that_cannot_be_used_says_why(
    start: Page, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    start.expected.append("status of 422")
    (tmp_path / name).write_bytes(content)
    choose(start, tmp_path / name)
    if name.endswith("vec"):
        start.click("Align", "#file")
    until(lambda: start.all("#file .problem"))
    assert said in start.one("#file .problem").text


def test_a_column_of_a_csv_is_translated_and_stays_a_csv(start: Page, tmp_path: Path) -> None:
    file = tmp_path / "terms.csv"
    rows = [["id", "term"], ["1", "window"], ["2, old", "error"], ['3 "new"', "file"]]
    with file.open("w", encoding="utf-8-sig", newline="") as content:
        csv.writer(content, delimiter=";").writerows(rows)
    choose(start, file)
    until(lambda: start.all("[name=column]"))
    start.script("document.querySelector('[name=column]').value = '1'")
    start.click("Translate", "#file")
    start.click("Download", "#file")
    text = start.downloaded("terms.en-fr.csv")
    found = list(csv.reader(text.splitlines(), delimiter=";"))
    assert found[0] == ["id", "term", "translation 1", "probability 1"]
    assert [row[:3] for row in found[1:]] == [
        ["1", "window", "fenêtre"],
        ["2, old", "error", "erreur"],
        ['3 "new"', "file", "fichier"],
    ]
    assert all(0.3 < float(row[3]) <= 1 for row in found[1:])


def test_pasted_columns_are_a_table(start: Page) -> None:
    start.script("""
        const data = new DataTransfer();
        data.setData("text/plain", "UI\\twindow\\nCLI\\terror\\n");
        document.getElementById("words").dispatchEvent(
          new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    """)
    until(lambda: start.all("[name=column]"))
    start.script("document.querySelector('[name=column]').value = '1'")
    start.click("Translate", "#file")
    start.click("Download", "#file")
    found = [line.split("\t") for line in start.downloaded("pasted.en-fr.tsv").splitlines()]
    assert [each[:3] for each in found[1:]] == [
        ["UI", "window", "fenêtre"],
        ["CLI", "error", "erreur"],
    ]
    assert start.words == "file"


def test_what_failed_is_tried_again_and_what_is_done_is_kept(start: Page, tmp_path: Path) -> None:
    start.expected.append("status of 500")
    file = tmp_path / "terms.txt"
    file.write_text("error\n" * 600 + "file\n" * 100, encoding="utf-8")
    start.script("""
        const ask = window.fetch;
        window.asked = 0;
        window.fetch = async (address, options) => {
          window.asked += 1;
          const error = { code: "internal", message: "broken", detail: {} };
          if (window.asked === 2) return new Response(JSON.stringify({ error }), { status: 500 });
          return ask(address, options);
        };
    """)
    choose(start, file)
    start.click("Translate", "#file")
    until(lambda: start.all("#file .problem"))
    assert start.one("#file .problem").text == "The server says: broken."
    start.click("Download what is done", "#file")
    assert len(start.downloaded("terms.en-fr.tsv").splitlines()) == 501
    start.click("Retry the other 200 rows", "#file")
    until(lambda: "700 rows translated" in start.one("#file").text)
    assert start.script("return window.asked") == 3
