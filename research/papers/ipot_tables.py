"""The tables of `python -m research.papers ipot`, from the rows that it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from research.measurement import grouped

Row = Mapping[str, Any]


def tables(rows: Sequence[Row]) -> str:
    """Lay out every part that was measured, as Markdown."""
    parts: dict[str, Callable[[Sequence[Row]], str]] = {
        "convergence": convergence_table,
        "scaling": scaling_table,
        "iteration": iteration_table,
        "sparsity": sparsity_table,
        "colour": colour_table,
        "generator": generator_table,
    }
    by_part = {name: [row for row in rows if row["experiment"] == name] for name in parts}
    laid = [parts[name](part) for name, part in by_part.items() if part]
    if by_part["scaling"]:
        laid.append(entries_table(by_part["scaling"]))
    return "\n\n".join(laid)


def convergence_table(rows: Sequence[Row]) -> str:
    """Median relative error by method, strength and iteration."""
    looks = list(rows[0]["relative_error"])
    lines = _head("method", "β or ε", *looks)
    for key, group in grouped(rows, "method", "strength").items():
        errors = [median(row["relative_error"][t] for row in group) for t in looks]
        lines.append(_line(*_names(key), *(f"{error:.1e}" for error in errors)))
    return "\n".join(lines)


def scaling_table(rows: Sequence[Row]) -> str:
    """Median seconds, and the relative error reached, by method and n."""
    sizes = sorted({row["n"] for row in rows})
    lines = _head("seconds (relative error)", *(f"n = {n}" for n in sizes))
    for method, group in grouped(rows, "method").items():
        cells = []
        for n in sizes:
            found = [row for row in group if row["n"] == n]
            cells.append(_time_cell(found) if found else "—")
        lines.append(_line(method, *cells))
    return "\n".join(lines)


def entries_table(rows: Sequence[Row]) -> str:
    """Median entries above 1e-8 for each point, where the linear program has 1, by n."""
    sizes = sorted({row["n"] for row in rows})
    lines = _head("entries above 1e-8 per point", *(f"n = {n}" for n in sizes))
    exact = [row for row in rows if "entries_per_row" in row]
    for method, group in grouped(exact, "method").items():
        found = [[row["entries_per_row"] for row in group if row["n"] == n] for n in sizes]
        lines.append(_line(method, *(f"{median(some):.2f}" if some else "—" for some in found)))
    return "\n".join(lines)


def iteration_table(rows: Sequence[Row]) -> str:
    """Median milliseconds per iteration, and memory beside the cost, by method and n."""
    sizes = sorted({row["n"] for row in rows})
    lines = _head("milliseconds (memory)", *(f"n = {n}" for n in sizes))
    for method, group in grouped(rows, "method").items():
        cells = []
        for n in sizes:
            found = [row for row in group if row["n"] == n]
            time = median(row["milliseconds"] for row in found)
            memories = [row["memory_over_cost"] for row in found]
            memory = "" if None in memories else f" ({median(memories):.1f})"
            cells.append(f"{time:.3g}{memory}")
        lines.append(_line(method, *cells))
    return "\n".join(lines)


def sparsity_table(rows: Sequence[Row]) -> str:
    """Median of entries over those of the linear program."""
    lines = _head("method", "β or ε", "iterations", "entries / linear program's")
    for key, group in grouped(rows, "method", "strength", "iterations").items():
        share = median(row["entries"] / row["entries_of_linear_program"] for row in group)
        lines.append(_line(*_names(key), f"{share:.2f}"))
    return "\n".join(lines)


def colour_table(rows: Sequence[Row]) -> str:
    """Distance of each picture to that of the linear program, in levels of 256."""
    lines = _head("method", "mean levels off", "largest")
    for row in rows:
        mean, largest = (row[f"{name}_levels_from_linear_program"] for name in ("mean", "largest"))
        lines.append(_line(row["method"], f"{mean:.2f}", f"{largest:.1f}"))
    return "\n".join(lines)


def generator_table(rows: Sequence[Row]) -> str:
    """Median spread, modes and cost of the generators."""
    lines = _head("method", "β or ε", "spread / true", "modes of 8", "W₂²", "W₂² of true samples")
    for key, group in grouped(rows, "method", "strength").items():
        figures = (
            f"{median(row['spread'] for row in group):.3f}",
            f"{median(row['modes'] for row in group):g}",
            f"{median(row['transport_cost'] for row in group):.4f}",
            f"{median(row['transport_cost_of_true_samples'] for row in group):.4f}",
        )
        lines.append(_line(*_names(key), *figures))
    return "\n".join(lines)


def _time_cell(rows: Sequence[Row]) -> str:
    errors = [row["relative_error"] for row in rows if row["relative_error"] is not None]
    reached = all(row["reached"] for row in rows)
    error = f"{median(errors):+.0e}" if len(errors) == len(rows) else "underflow"
    seconds = median(row["seconds"] for row in rows)
    return f"{seconds:.2f} ({error})" if reached else f"{seconds:.2f}, stopped ({error})"


def _names(key: Iterable[Any]) -> list[str]:
    return [f"{part:g}" if isinstance(part, (int, float)) else str(part) for part in key]


def _head(*names: str) -> list[str]:
    return [_line(*names), _line(*("---" for _ in names))]


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
