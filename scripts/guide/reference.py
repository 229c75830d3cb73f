"""Reference pages made from the code: commands, recipes, settings, routes, errors."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import griffe
import typer.main

from isogloss.models import errors
from isogloss.models.aligners import Recipe
from isogloss.scripts.cli import app
from isogloss.scripts.recipe_files import RECIPES, recipe_names
from isogloss.service.settings import Settings

_OPENAPI = Path(__file__).parents[2] / "service" / "openapi.json"


def reference_pages() -> dict[str, str]:
    """Make all pages; page → text."""
    return {
        "reference/commands.md": commands_page(),
        "reference/recipes.md": recipes_page(),
        "reference/settings.md": settings_page(),
        "reference/rest.md": rest_page(),
        "reference/errors.md": errors_page(),
    }


def commands_page() -> str:
    """Describe every command with its arguments and options."""
    group: Any = typer.main.get_command(app)
    parts = [
        "# Commands\n",
        "Every command has `--help`. Results go to standard output, progress and notices to "
        "standard error. Exit codes: 0 done, 1 failed with one line on standard error, 2 the "
        "command line makes no sense, 130 stopped by Ctrl-C.\n",
    ]
    for name, command in _commands(group, "isogloss"):
        parts += [f"## {name}\n", f"{_one_line(command.help)}\n"]
        hints = get_type_hints(inspect.unwrap(command.callback))
        rows = [
            _parameter(each, _choices(hints.get(each.name)))
            for each in command.params
            if each.name != "help"
        ]
        if rows:
            parts += [_table(("option", "default", "meaning"), rows)]
    return "\n".join(parts)


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


def rest_page() -> str:
    """Describe the routes of the service from its OpenAPI document."""
    document = json.loads(_OPENAPI.read_text(encoding="utf-8"))
    parts = [
        "# REST\n",
        "The service answers its OpenAPI document at `/openapi.json` and a page to try it at "
        "`/docs`. This page is made from that document; [the service's notes]"
        "(../notes/service.md) show requests and answers.\n",
    ]
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            parts += [f"## {method.upper()} {path}\n"]
            text = route.get("description") or route.get("summary") or ""
            parts += [f"{_one_line(text)}\n"]
            rows = [
                (
                    f"`{each['name']}`",
                    each["in"],
                    _code(each.get("schema", {}).get("default", "")),
                    _one_line(each.get("description", "")),
                )
                for each in route.get("parameters", ())
            ]
            if rows:
                parts += [_table(("parameter", "in", "default", "meaning"), rows)]
            bodies = route.get("requestBody", {}).get("content", {})
            if bodies:
                parts += [f"Body: {', '.join(f'`{form}`' for form in bodies)}.\n"]
            answers = [
                (code, _one_line(answer.get("description", "")))
                for code, answer in route["responses"].items()
            ]
            parts += [_table(("status", "meaning"), answers)]
    return "\n".join(parts)


def errors_page() -> str:
    """Describe the errors of the library."""
    tree = inspect.getdoc(errors) or ""
    return (
        "# Errors\n\n"
        "Every error that Isogloss raises on purpose. The command line turns them into exit codes, "
        "the service into the [codes of its answers](../notes/service.md#errors).\n\n"
        f"```text\n{tree.partition(chr(10) * 2)[2]}\n```\n"
    )


def _commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "list_commands"):
            yield from _commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _parameter(parameter: Any, choices: tuple[object, ...]) -> tuple[str, str, str]:
    if parameter.param_type_name == "argument":
        name = f"`{parameter.metavar or parameter.name.upper()}`"
    else:
        name = ", ".join(f"`{each}`" for each in (*parameter.opts, *parameter.secondary_opts))
    shown = getattr(parameter, "show_default", None)
    if parameter.required:
        default = "required"
    elif isinstance(shown, str):
        default = shown
    else:
        value = parameter.default
        default = "" if value is None or callable(value) or value is False else _code(value)
    kinds = f" One of {', '.join(f'`{each}`' for each in choices)}." if choices else ""
    return name, default, f"{_one_line(getattr(parameter, 'help', '') or '')}{kinds}"


def _choices(hint: object) -> tuple[object, ...]:
    """Give what may be chosen, where the type says so."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    inner = get_args(hint) if get_origin(hint) in {UnionType, Union} else ()
    return next((choices for choices in map(_choices, inner) if choices), ())


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
