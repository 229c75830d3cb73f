"""Which build of FAISS is installed."""

from __future__ import annotations

import importlib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

from isogloss.models.errors import DependencyError

_CPU_DISTRIBUTIONS = ("faiss-cpu",)
_GPU_DISTRIBUTIONS = ("faiss-gpu", "faiss-gpu-cu11", "faiss-gpu-cu12")


@cache
def load_faiss() -> Any:
    """Import FAISS, once it is sure that exactly one build is installed.

    Both builds install the package ``faiss``; together they overwrite each other's files, and
    which of them runs is chance. The module has no types, hence ``Any``.

    Raises:
        DependencyError: No build or both are installed; names the extra to install.

    """
    cpu = [name for name in _CPU_DISTRIBUTIONS if _is_installed(name)]
    gpu = [name for name in _GPU_DISTRIBUTIONS if _is_installed(name)]
    if len(cpu) + len(gpu) > 1:
        raise DependencyError(
            f"{' and '.join(cpu + gpu)} are installed together and overwrite each other; "
            "uninstall all of them, then install one: isogloss[cpu] or isogloss[gpu]"
        )
    try:
        return importlib.import_module("faiss")
    except ImportError as error:
        if cpu or gpu:
            raise DependencyError(f"{(cpu + gpu)[0]} cannot be loaded: {error}") from error
        raise DependencyError(
            "FAISS is not installed; install isogloss[cpu] or, on a machine with an NVIDIA GPU, "
            "isogloss[gpu]"
        ) from error


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
