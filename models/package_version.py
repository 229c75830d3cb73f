"""The version of Isogloss itself."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def isogloss_version() -> str:
    """Give the version that is installed; ``unknown`` in a checkout that is not."""
    try:
        return version("isogloss")
    except PackageNotFoundError:
        return "unknown"
