"""What the repository looks like and who may import whom."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from isogloss.scripts.cli import loaded_group

ROOT = Path(__file__).parents[1]
TOP_LEVEL = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Dockerfile",
    "LICENSE",
    "README.md",
    "docs",
    "isogloss",
    "mkdocs.yml",
    "models",
    "pyproject.toml",
    "research",
    "scripts",
    "service",
    "tests",
}
OUTWARD = {
    "fastapi",
    "httpx",
    "isogloss.scripts",
    "isogloss.service",
    "rich",
    "starlette",
    "typer",
    "uvicorn",
}
"""What `models` must not know: HTTP and the command line."""

ORDER = {
    "isogloss.models.errors": 0,
    "isogloss.models.devices": 1,
    "isogloss.models.progress": 1,
    "isogloss.models.spaces": 1,
    "isogloss.models.conversion": 2,
    "isogloss.models.training": 2,
    "isogloss.models.maps": 2,
    "isogloss.models.neighbours": 2,
    "isogloss.models.optimal_transport": 3,
    "isogloss.models.probability": 3,
    "isogloss.models.aligners": 4,
    "isogloss.models.distances": 5,
    "isogloss.models.label_transfer": 5,
    "isogloss.models.retrieval": 5,
    "isogloss.models.checkpoint": 6,
    "isogloss.models.generation": 6,
    "isogloss.models.evaluation": 6,
    "isogloss.models.fitting": 7,
}
"""A part imports from parts of a lower number and from itself."""

COMMANDS = (
    "train",
    "evaluate",
    "translate",
    "info",
    "report",
    "index",
    "key",
    "map",
    "lexicon",
    "distance",
    "generate",
    "train-hub",
    "transfer-labels",
    "serve",
)


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(module: str) -> str | None:
    """The part of `models` that a module belongs to."""
    return next((name for name in ORDER if f"{module}.".startswith(f"{name}.")), None)


def module_of(path: Path) -> str:
    return ".".join(("isogloss", *path.relative_to(ROOT).with_suffix("").parts))


def known(path: Path, packages: set[str]) -> set[str]:
    """Those of the packages that a file imports something from."""
    return {
        each for each in packages for name in imports(path) if f"{name}.".startswith(f"{each}.")
    }


def test_the_top_level_holds_what_was_agreed() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout: what is tracked cannot be told from what was made here")
    tops = {name.split("/")[0] for name in listing.stdout.split("\0") if name}
    assert {name for name in tops if not name.startswith(".")} == TOP_LEVEL


@pytest.mark.parametrize("path", sources("models"), ids=module_of)
def test_models_know_neither_http_nor_the_command_line(path: Path) -> None:
    assert known(path, OUTWARD) == set()


@pytest.mark.parametrize("path", sources("models", "service"), ids=module_of)
def test_nothing_within_knows_the_front_door(path: Path) -> None:
    doors = {f"isogloss.{door.stem}" for door in (ROOT / "isogloss").glob("[a-z]*.py")}
    assert known(path, doors) == set()


@pytest.mark.parametrize("path", sources("service"), ids=module_of)
def test_the_service_does_not_know_the_scripts(path: Path) -> None:
    assert known(path, {"isogloss.scripts", "typer", "rich"}) == set()


@pytest.mark.parametrize("path", sources("models"), ids=module_of)
def test_models_import_in_one_direction(path: Path) -> None:
    own = part(module_of(path))
    for name in imports(path):
        other = part(name)
        if other is None or other == own:
            continue
        assert own is not None, f"{path} is in no part that the order knows"
        assert ORDER[other] < ORDER[own], f"{own} imports {name}"


def test_every_part_of_models_has_its_place_in_the_order() -> None:
    packages = {
        f"isogloss.models.{path.parent.name}" for path in (ROOT / "models").glob("*/__init__.py")
    }
    assert packages <= set(ORDER)


@pytest.mark.parametrize("path", sources("models", "service"), ids=module_of)
def test_the_library_prints_nothing(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if _is_print(node)]
    assert calls == []


def test_every_command_and_every_option_has_help() -> None:
    commands = loaded_group().commands
    assert set(COMMANDS) <= set(commands)
    for name, command in commands.items():
        assert command.help, name
        for parameter in command.params:
            assert getattr(parameter, "help", None), f"{name} {parameter.name}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_shown_in_the_guide(command: str) -> None:
    pages = (path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md"))
    assert any(f"isogloss {command} " in page for page in pages)


def _is_print(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    )
