"""Words and figures as a page shows them."""

from __future__ import annotations

import math


def shown(word: str) -> str:
    """Write characters that cannot be seen by their escapes, as Python does."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in word
    )


def figure(value: float | None, digits: int = 3) -> str:
    """Write a figure with fixed digits; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.{digits}f}".replace("-", "\u2212")


def short(value: float) -> str:
    """Write a figure of any size in few characters, for the end of an axis."""
    return f"{value:.3g}".replace("-", "\u2212")


def duration(seconds: float | None) -> str:
    """Write a time in seconds or in minutes."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"
