"""A file of results whose parts are measured one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from research.measurement.results import save_results


def save_parts(
    path: Path, rows: Sequence[Mapping[str, object]], settings: Mapping[str, Mapping[str, object]]
) -> list[Mapping[str, object]]:
    """Write the rows of some parts beside those of others that the file already holds.

    Args:
        path: File to write.
        rows: One mapping per measurement, whose ``experiment`` names its part.
        settings: Part → what it was measured with. Rows of these parts are replaced.

    Returns:
        All rows that the file now holds.

    """
    kept: list[Mapping[str, object]] = []
    others: dict[str, object] = {}
    if path.exists():
        document = json.loads(path.read_text(encoding="utf-8"))
        kept = [row for row in document["rows"] if row["experiment"] not in settings]
        parts = {str(row["experiment"]) for row in kept}
        others = {part: document["settings"][part] for part in parts}
    together = [*kept, *rows]
    save_results(path, together, dict(sorted({**others, **settings}.items())))
    return together
