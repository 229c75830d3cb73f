"""Packages that are not needed to fit and translate, imported where they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from isogloss.models.errors import DependencyError


def optional_package(name: str, *, purpose: str, install: str | None = None) -> Any:
    """Import a module of an optional package.

    Args:
        name: The module, for instance ``gensim.models``.
        purpose: What it is needed for, as the error says it.
        install: What to give to pip; None: the name of the package.

    Raises:
        DependencyError: It is not installed.

    """
    package = name.partition(".")[0]
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise DependencyError(
            f"{purpose} needs {package}, which is not installed; pip install {install or package}"
        ) from error
