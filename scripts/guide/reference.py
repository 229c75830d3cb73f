"""Reference pages made from the code: commands, recipes, settings."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, get_args, get_type_hints

import griffe
from typer.cli import get_docs_for_click

from isogloss.models.aligners import Recipe
from isogloss.models.fitting.recipe_files import RECIPES, recipe_names
from isogloss.scripts.cli import loaded_group
from isogloss.service.settings import Settings


def reference_pages() -> dict[str, str]:
    """Make all pages; page → text."""
    return {
        "reference/commands.md": commands_page(),
        "reference/recipes.md": recipes_page(),
        "reference/settings.md": settings_page(),
    }


def commands_page() -> str:
    """Describe every command with its arguments and options, as Typer lays them out."""
    group = loaded_group()
    context = group.make_context("isogloss", [], resilient_parsing=True)
    page = get_docs_for_click(obj=group, ctx=context, name="isogloss", title="Commands")
    return f"{page.rstrip()}\n"


def recipes_page() -> str:
    """Describe the settings of the aligners, by section, and the recipes that come along."""
    parts = [
        "# Recipes\n",
        "A recipe is a TOML file. Its sections and keys are those below; what it leaves out keeps "
        "its default, and an unknown key is an error. `--recipe NAME` takes one that comes along, "
        "`--recipe FILE.toml` one of your own. The checkpoint keeps all values.\n",
    ]
    for kind, section in _sections(Recipe, ""):
        title = section or "top level"
        parts += [f"## {title}\n", f"{_one_line(_first_line(kind))}\n"]
        meanings = _attributes(kind)
        rows = [
            (f"`{each.name}`", _code(_default(each)), meanings.get(each.name, ""))
            for each in fields(kind)
            if not _is_section(kind, each.name)
        ]
        if rows:
            parts += [_table(("key", "default", "meaning"), rows)]
    parts += ["## Recipes that come along\n"]
    for name in recipe_names():
        text = (RECIPES / f"{name}.toml").read_text(encoding="utf-8").strip()
        parts += [f"### {name}\n", f"```toml\n{text}\n```\n"]
    return "\n".join(parts)


def settings_page() -> str:
    """Describe the settings of the service."""
    rows = [
        (f"`ISOGLOSS_{name.upper()}`", _code(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    head = (
        "# Settings of the service\n\n"
        "From the environment. The options of `isogloss serve` go before.\n\n"
    )
    return head + _table(("variable", "default", "meaning"), rows)


def _sections(kind: type, path: str) -> Iterator[tuple[Any, str]]:
    yield kind, path
    for each in fields(kind):
        inner = _section_of(kind, each.name)
        if inner is not None:
            yield from _sections(inner, f"{path}.{each.name}".lstrip("."))


def _is_section(kind: type, name: str) -> bool:
    return _section_of(kind, name) is not None


def _section_of(kind: type, name: str) -> type | None:
    hint = get_type_hints(kind)[name]
    candidates = (hint, *get_args(hint))
    found = (each for each in candidates if isinstance(each, type) and is_dataclass(each))
    return next(found, None)


def _default(field: Field[Any]) -> object:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else "required"


def _attributes(kind: type) -> Mapping[str, str]:
    """Take the meaning of each field from the docstring."""
    sections = griffe.Docstring(inspect.getdoc(kind) or "").parse("google", warnings=False)
    return {
        each.name: _one_line(each.description)
        for section in sections
        if section.kind is griffe.DocstringSectionKind.attributes
        for each in section.value
    }


def _first_line(kind: type) -> str:
    return (inspect.getdoc(kind) or "").split("\n\n")[0]


def _one_line(text: str | None) -> str:
    # A bar would end the cell of a table; an angle bracket might begin a tag.
    return " ".join((text or "").split()).replace("|", "\\|").replace("<", "&lt;")


def _code(value: object) -> str:
    shown = str(value)
    return f"`{shown}`".replace("|", "\\|") if shown else ""


def _table(head: tuple[str, ...], rows: list[Any]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
