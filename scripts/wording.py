"""What stages and figures are called towards users: one word for one thing."""

from __future__ import annotations

from collections.abc import Mapping

STAGES: Mapping[str, str] = {
    "start": "first map",
    "raw": "before refinement",
    "refined": "after refinement",
}
"""Name of a stage in a checkpoint → what users see."""


def stage_title(name: str) -> str:
    """Give the name of a stage as users see it."""
    return STAGES.get(name, name)
