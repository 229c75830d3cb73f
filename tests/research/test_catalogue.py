"""The list of experiments is complete, and leads to what there is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from research import pages
from research.catalogue import EXPERIMENTS, Experiment

RESEARCH = Path(pages.__file__).parent
HELPERS = {"constant_route", "ipot_memory", "negw_memory"}
"""Run by another measurement, with `-m`."""


def test_the_readme_has_the_list() -> None:
    text = pages.README.read_text("utf-8")
    assert pages.updated_list(text) == text, "python -m research.pages brings it up to date"


def test_every_module_that_is_run_is_listed() -> None:
    run = re.compile(r"^if __name__ == .__main__.:|^def reproduce\(", re.MULTILINE)
    found = {
        ".".join(path.relative_to(RESEARCH).with_suffix("").parts)
        for folder in ("benchmarks", "papers", "peers")
        for path in (RESEARCH / folder).rglob("*.py")
        if run.search(path.read_text("utf-8")) and path.stem not in HELPERS
    }
    listed = {each.module for each in EXPERIMENTS}
    assert {name.removesuffix(".__main__") for name in found} - {"papers"} == listed


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda each: each.call)
def test_its_page_shows_its_rows(experiment: Experiment) -> None:
    if experiment.page is not None:
        text = (pages.PAGES / f"{experiment.page}.md").read_text("utf-8")
        assert experiment.call in text
        if experiment.module != "benchmarks.confidence":
            assert set(experiment.results) <= pages.files_shown(text)


def test_the_list_is_printed() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "research"],
        cwd=RESEARCH.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(each.call in run.stdout for each in EXPERIMENTS)
