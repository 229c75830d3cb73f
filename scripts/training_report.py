"""What `isogloss train` prints at its end."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table

from isogloss.models.spaces.readers import ReadReport
from isogloss.scripts.output import console, notice
from isogloss.scripts.training import TrainingOutcome


def as_document(outcome: TrainingOutcome) -> dict[str, object]:
    """Give the outcome as one JSON document."""
    source, target = outcome.reports
    return {
        "found": outcome.alignment.found,
        "output": None if outcome.output is None else str(outcome.output),
        "report": None if outcome.report is None else str(outcome.report),
        "seconds": outcome.seconds,
        "stages": [
            {"name": stage.name, "criterion": stage.criterion, "seconds": stage.seconds}
            for stage in outcome.alignment.stages
        ],
        "source": _reading(source),
        "target": _reading(target),
    }


def print_outcome(outcome: TrainingOutcome) -> None:
    """Print what was read, the stages, and whether an alignment was found."""
    out = console()
    for report in outcome.reports:
        out.print(_reading_line(report), markup=False, soft_wrap=True)
    if outcome.alignment.stages:
        table = Table("stage", "criterion", "seconds")
        for stage in outcome.alignment.stages:
            table.add_row(stage.name, f"{stage.criterion:.3f}", f"{stage.seconds:.1f}")
        out.print(table)
    verdict = "found" if outcome.failure is None else f"not found ({outcome.failure})"
    out.print(f"alignment: {verdict}", markup=False, soft_wrap=True)
    if outcome.output is not None:
        place = f"saved: {outcome.output} ({outcome.seconds:.1f} s)"
        out.print(place, markup=False, soft_wrap=True)
        if outcome.failure is not None:
            notice("this checkpoint was forced; its translations are no better than chance")
    if outcome.report is not None:
        out.print(f"report: {outcome.report}", markup=False, soft_wrap=True)


def _reading(report: ReadReport) -> Mapping[str, object]:
    return {
        "path": str(report.path),
        "format": report.format,
        "words": report.kept,
        "dimension": report.dimension,
        "zero_vectors": report.zero_vectors,
        "byte_order_mark": report.byte_order_mark,
        "skipped": dict(report.skipped),
        "first_skipped": dict(report.examples),
    }


def _reading_line(report: ReadReport) -> str:
    line = f"{report.path}: {report.kept} words, {report.dimension} dimensions ({report.format})"
    if report.zero_vectors:
        line += f"; {report.zero_vectors} zero vectors"
    if report.byte_order_mark:
        line += "; a byte-order mark was dropped"
    for reason, count in report.skipped.items():
        line += f"; skipped {count} ({reason}, first at {report.examples.get(reason)})"
    return line
