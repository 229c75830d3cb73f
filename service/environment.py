"""Variables of the environment that look like settings, and are none."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from isogloss.models.errors import OptionError
from isogloss.service.settings import Settings

_PREFIX = "ISOGLOSS_"


def check_environment(names: Iterable[str]) -> None:
    """Refuse a misspelt setting: it would be as if it had not been set.

    Args:
        names: Of all variables.

    Raises:
        OptionError: One begins as a setting does, and is none.

    """
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in sorted(names):
        if name.startswith(_PREFIX) and name not in known:
            nearest = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {nearest[0]}?" if nearest else ""
            raise OptionError(f"{name}: there is no such setting{hint}")
