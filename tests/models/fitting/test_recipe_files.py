from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from isogloss.models.aligners import Recipe
from isogloss.models.errors import OptionError, RecipeError
from isogloss.models.fitting.recipe_files import find_recipe, read_recipe, recipe_names, resolved


def sections() -> list[str]:
    return [field.name for field in fields(Recipe) if is_dataclass(getattr(Recipe(), field.name))]


@pytest.mark.parametrize("name", recipe_names())
def test_every_bundled_recipe_is_valid_and_opens_with_a_comment(name: str) -> None:
    path = find_recipe(name)
    assert isinstance(read_recipe(path), Recipe)
    assert path.read_text(encoding="utf-8").startswith("# ")


def test_an_empty_recipe_is_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "empty.toml"
    path.write_text("")
    assert read_recipe(path) == Recipe()


def test_an_unknown_section_is_named(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text("[magic]\nwand = 1\n")
    with pytest.raises(RecipeError, match=r"recipe\.toml: unknown key: magic \(known: "):
        read_recipe(path)


@pytest.mark.parametrize("section", sections())
def test_an_unknown_key_of_a_section_is_named(tmp_path: Path, section: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(f"[{section}]\nwand = 1\n")
    with pytest.raises(RecipeError, match=rf"unknown key: {section}\.wand \(known: {section}\."):
        read_recipe(path)


def test_an_unknown_key_of_an_element_is_named(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text("[[portfolio.cooling]]\ngroups = 2\nwords = 9\nrounds = 1\nwand = 1\n")
    with pytest.raises(RecipeError, match=r"unknown key: portfolio\.cooling\.0\.wand \(known: "):
        read_recipe(path)


@pytest.mark.parametrize("section", sections())
def test_a_value_of_the_wrong_kind_is_named(tmp_path: Path, section: str) -> None:
    key = fields(getattr(Recipe(), section))[0].name
    path = tmp_path / "recipe.toml"
    path.write_text(f'[{section}]\n{key} = {{ wrong = "kind" }}\n')
    with pytest.raises(RecipeError, match=rf"recipe\.toml: {section}\.{key}"):
        read_recipe(path)


@pytest.mark.parametrize(
    ("content", "message"), [(b"[", "expected TOML"), (b"a = '\xff'", "expected UTF-8")]
)
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=rf"recipe\.toml: {message}"):
        read_recipe(path)


def test_an_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(OptionError, match=r"found 'magic'"):
        find_recipe("magic")


def test_what_is_resolved_reads_back_to_the_same_recipe() -> None:
    values = resolved(Recipe())
    assert set(values) == {field.name for field in fields(Recipe)}
