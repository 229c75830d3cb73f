"""How rates fall while a loss is descended."""

from __future__ import annotations

import math


def cosine_decay(step: int, steps: int) -> float:
    """Factor of all rates after so many of the steps: a cosine from one to zero."""
    return (1 + math.cos(math.pi * step / steps)) / 2
