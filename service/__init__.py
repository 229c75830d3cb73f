"""The HTTP service: translations over REST."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isogloss.service.app import create_app
    from isogloss.service.settings import Settings

__all__ = ["Settings", "create_app"]

_PLACES = {"Settings": "isogloss.service.settings", "create_app": "isogloss.service.app"}


def __getattr__(name: str) -> Any:
    # Once it is asked for: who imports `isogloss.service.client` needs neither PyTorch nor FastAPI.
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
