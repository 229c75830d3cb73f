from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("aligners", "checkpoint", "retrieval", "spaces")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_that_a_package_offers_is_there(package: str) -> None:
    module = import_module(f"isogloss.models.{package}")
    for name in module.__all__:
        assert getattr(module, name) is getattr(module, name), name
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = module.nothing


@pytest.mark.parametrize("package", PACKAGES)
def test_the_type_checker_sees_the_names_that_are_found_later(package: str) -> None:
    tree = ast.parse((ROOT / f"models/{package}/__init__.py").read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    module = import_module(f"isogloss.models.{package}")
    assert sorted(seen) == sorted(module.__all__)
    for name, home in seen.items():
        assert getattr(module, name) is getattr(import_module(str(home)), name), name
