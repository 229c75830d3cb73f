"""Names of a package that are imported when they are first asked for (PEP 562).

A package that offers names out of heavy modules stays light for whoever needs a light one of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(package: str, places: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a package.

    Args:
        package: Its name.
        places: Module → the names that come from it; one that begins with a dot is the package's.

    """
    homes = {name: module for module, names in places.items() for name in names}

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(homes[name], package), name)
        # Kept, so that the next one who asks finds it at once.
        setattr(sys.modules[package], name, value)
        return value

    return find
