"""Packages that only some commands need, and the extra that brings each."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

EXTRAS: Mapping[str, tuple[str, ...]] = {
    "serve": (
        "fastapi",
        "fastapi_offline",
        "httptools",
        "msgspec",
        "orjson",
        "prometheus_client",
        "psutil",
        "pyarrow",
        "pydantic_settings",
        "python_multipart",
        "starlette",
        "structlog",
        "uvicorn",
    ),
    "plot": ("jinja2", "markupsafe", "matplotlib"),
    "hub": ("huggingface_hub",),
    "cpu": ("faiss",),
}
"""Extra → the modules that it brings."""


def what_to_install(error: ModuleNotFoundError) -> str | None:
    """Say which extra brings a module that is missing; None where no extra does."""
    module = (error.name or "").partition(".")[0]
    extra = next((name for name, modules in EXTRAS.items() if module in modules), None)
    if extra is None:
        return None
    return f"this needs {module}, which is not installed: pip install 'isogloss[{extra}]'"


def is_installed(extra: str) -> bool:
    """Whether all that an extra brings is there; nothing is imported."""
    return all(find_spec(module) is not None for module in EXTRAS[extra])
