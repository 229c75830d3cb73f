"""The pages of results hold what was measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from research import pages
from research.measurement import RESULTS_FOLDER

PAGES = sorted(pages.PAGES.glob("*.md"))
_PICTURE = re.compile(r"!\[[^\]]+\]\(pictures/([^)]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_tables_of_a_page_are_the_measured_ones(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count("<!-- table: ") == text.count("<!-- end -->")
    assert pages.updated(text) == text, "python -m research.pages brings it up to date"


def test_every_file_of_results_is_shown() -> None:
    shown = {name for page in PAGES for name in pages.files_shown(page.read_text("utf-8"))}
    assert shown == {path.name for path in RESULTS_FOLDER.iterdir()}


def test_every_picture_is_shown() -> None:
    shown = {name for page in PAGES for name in _PICTURE.findall(page.read_text("utf-8"))}
    assert shown == {path.name for path in pages.PICTURES.iterdir()}


def test_a_table_is_replaced_and_the_rest_stays() -> None:
    mark = "<!-- table: benchmarks.reading.table(reading.json) -->"
    page = f"# Before\n\n{mark}\nold\n<!-- end -->\n\nafter\n"
    new = pages.updated(page)
    assert new.startswith(f"# Before\n\n{mark}\n\n| form | reader |")
    assert new.endswith("|\n\n<!-- end -->\n\nafter\n")
    assert pages.updated(new) == new


@pytest.mark.parametrize(
    ("mark", "told"),
    [("benchmarks.reading.table(no.json)", "no.json"), ("benchmarks.hub.table(hub.json)[3]", "1")],
)
def test_what_is_not_there_is_named(mark: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        pages.updated(f"<!-- table: {mark} -->\n<!-- end -->")


def test_every_page_stands_in_the_index() -> None:
    index = (pages.PAGES / "index.md").read_text("utf-8")
    assert set(re.findall(r"\]\(([\w-]+\.md)\)", index)) == {
        page.name for page in PAGES if page.name != "index.md"
    }
