"""The pages that are made from the code hold what the code holds."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from xml.etree import ElementTree

import pytest

from isogloss.models.aligners import Recipe
from isogloss.scripts.cli import loaded_group
from isogloss.scripts.guide.formats import format_tables
from isogloss.scripts.guide.formulas import displayed_formula, inline_formula
from isogloss.scripts.guide.hooks import fetched_from_elsewhere
from isogloss.scripts.guide.reference import (
    commands_page,
    recipes_page,
    reference_pages,
    settings_page,
)
from isogloss.service.settings import Settings

ROOT = Path(__file__).parents[3]


def headings(page: str) -> set[str]:
    return set(re.findall(r"(?m)^#{2,3} (.*)$", page))


def test_every_command_and_option_is_described() -> None:
    page = commands_page()
    for name, command in loaded_group().commands.items():
        if hasattr(command, "commands"):
            names = {f"`isogloss {name} {inner}`" for inner in command.list_commands(None)}
            assert names <= headings(page)
            continue
        assert f"`isogloss {name}`" in headings(page)
        for parameter in command.params:
            shown = parameter.opts[0]
            if parameter.param_type_name == "argument":
                shown = parameter.metavar or parameter.name
            assert f"`{shown}".lower() in page.lower() or f", {shown}" in page, (name, shown)
    assert "<csls|cosine|probability>" in page


def test_every_format_is_listed_as_read_or_refused() -> None:
    page = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    assert format_tables() in page


def test_every_setting_of_a_recipe_has_its_meaning() -> None:
    page = recipes_page()
    assert {each.name for each in fields(Recipe)} & headings(page)
    rows = re.findall(r"(?m)^\| `[a-z_]+` \| .* \| (.*) \|$", page)
    assert len(rows) > 30
    assert [row for row in rows if not row.strip()] == []
    assert "| `epsilon` |" in page
    assert "### fast" in page


def test_every_setting_of_the_service_is_described() -> None:
    page = settings_page()
    for name, field in Settings.model_fields.items():
        assert f"| `ISOGLOSS_{name.upper()}` |" in page
        assert str(field.description) in page


def test_tables_have_rows_of_equal_length() -> None:
    for name, page in reference_pages().items():
        for table in re.findall(r"(?m)(?:^\|.*\|\n)+", page):
            widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
            assert len(widths) == 1, (name, table[:200])


@pytest.mark.parametrize("source", [r"W^\top W = I", r"\min_{\pi} \sum_{i,j} \pi_{ij} \, c_{ij}"])
def test_formulas_become_mathml(source: str) -> None:
    inline = ElementTree.fromstring(inline_formula(source, "math", "math", None))
    block = ElementTree.fromstring(displayed_formula(source, "math", "math", {}, None))
    assert inline.tag.endswith("math")
    assert inline.get("display") == "inline"
    assert block.get("display") == "block"


def test_all_formulas_of_the_guide_are_understood() -> None:
    """What the converter does not know it writes as text, with its backslash."""
    found = 0
    for page in sorted((ROOT / "docs").rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        for source in re.findall(r"`#!math (.*?)`|```math\n(.*?)```", text, re.DOTALL):
            found += 1
            assert "\\" not in inline_formula("".join(source), "math", "math", None), source
    assert found > 10


def test_what_a_browser_would_fetch_is_seen() -> None:
    page = (
        '<a href="https://example.org">a link is only followed</a><img src="own.png">'
        '<link rel="stylesheet" href="assets/own.css"><script src="https://example.org/a.js">'
        '<img alt="x" src="http://example.org/x.png"><link href="https://example.org/f.css">'
    )
    assert len(fetched_from_elsewhere(page)) == 3
