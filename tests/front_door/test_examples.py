"""The examples in the docstrings of what `import isogloss` offers run, in one small folder."""

from __future__ import annotations

import doctest
import importlib
import inspect
from pathlib import Path

import pytest

import isogloss

MODULES = (
    "isogloss",
    "isogloss.errors",
    "isogloss.fits",
    "isogloss.loading",
    "isogloss.results",
    "isogloss.translator",
    "isogloss.models.conversion.lexicons",
    "isogloss.models.conversion.writers",
    "isogloss.models.spaces.embedding_space",
    "isogloss.models.spaces.languages",
)
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def examples() -> list[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name), name)]
    return [test for test in found if test.examples]


@pytest.mark.parametrize("example", examples(), ids=lambda example: str(example.name))
def test_the_examples_give_what_they_show(
    example: doctest.DocTest, example_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(example_folder)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    runner.run(example, out=report.append)
    assert runner.failures == 0, "".join(report)


@pytest.mark.parametrize("name", sorted(set(isogloss.__all__) - {"__version__", "errors"}))
def test_every_public_name_is_documented_and_shown(name: str) -> None:
    value = getattr(isogloss, name)
    text = inspect.getdoc(value) or ""
    members = [
        inspect.getdoc(member) or ""
        for member in (vars(value).values() if inspect.isclass(value) else ())
    ]
    assert text, name
    if name not in {"AsyncClient", "Client", "Hub", "align_many"}:
        assert ">>> " in text or any(">>> " in member for member in members), name
