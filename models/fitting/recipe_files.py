"""Recipes: settings of the aligners in TOML, found by name or by path."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from isogloss.models.aligners import Recipe
from isogloss.models.errors import OptionError, RecipeError

RECIPES = Path(__file__).parent / "recipes"

_ADAPTER = TypeAdapter(Recipe)


def recipe_names() -> tuple[str, ...]:
    """Names of the recipes that come with Isogloss, sorted."""
    return tuple(sorted(path.stem for path in RECIPES.glob("*.toml")))


def find_recipe(name_or_path: str) -> Path:
    """Find the file of a recipe: a path if it ends in `.toml`, else a name.

    Raises:
        OptionError: There is no recipe of this name.

    """
    if name_or_path.endswith(".toml"):
        return Path(name_or_path)
    if name_or_path in recipe_names():
        return RECIPES / f"{name_or_path}.toml"
    known = ", ".join(recipe_names()) or "none"
    raise OptionError(
        f"recipe: expected a path that ends in .toml or one of: {known}; found {name_or_path!r}"
    )


def read_recipe(path: Path) -> Recipe:
    """Read a recipe; what it does not name keeps its default.

    Raises:
        RecipeError: The file cannot be read, holds an unknown key or a value of the wrong kind.

    """
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise RecipeError(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RecipeError(path, "expected UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(path, f"expected TOML: {error}") from error
    return recipe_from(content, name=path)


def recipe_from(content: Mapping[str, Any], *, name: Path | str) -> Recipe:
    """Take a recipe from its sections; what they do not name keeps its default.

    Args:
        content: Section → its keys and values.
        name: What the errors call it.

    Raises:
        RecipeError: There is an unknown key or a value of the wrong kind.

    """
    unknown = next(_unknown_keys(content, Recipe), None)
    if unknown is not None:
        raise RecipeError(name, f"unknown key: {unknown}")
    try:
        # Through JSON: there, strict still takes an array for a tuple and 1 for 1.0.
        return _ADAPTER.validate_json(json.dumps(dict(content), default=str), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        reason = f"{key}: {first['msg']}, found {first['input']!r}"
        raise RecipeError(name, reason) from error


def resolved(recipe: Recipe) -> dict[str, Any]:
    """All values of a recipe, defaults too, as JSON can hold them."""
    values: dict[str, Any] = _ADAPTER.dump_python(recipe, mode="json")
    return values


def _unknown_keys(content: Mapping[str, object], kind: type, prefix: str = "") -> Iterator[str]:
    hints = get_type_hints(kind)
    known = {field.name: hints[field.name] for field in fields(kind)}
    for key, value in content.items():
        if key not in known:
            names = ", ".join(f"{prefix}{name}" for name in known)
            yield f"{prefix}{key} (known: {names})"
        elif is_dataclass(known[key]) and isinstance(value, Mapping):
            yield from _unknown_keys(value, known[key], f"{prefix}{key}.")
        elif isinstance(value, list):
            for number, element in enumerate(value):
                kind_of_elements = next(iter(get_args(known[key])), None)
                if (
                    isinstance(kind_of_elements, type)
                    and is_dataclass(kind_of_elements)
                    and isinstance(element, Mapping)
                ):
                    yield from _unknown_keys(element, kind_of_elements, f"{prefix}{key}.{number}.")
