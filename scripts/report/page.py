"""The report as HTML."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from isogloss.models.retrieval.training_history import Curve
from isogloss.scripts.report.charts import bar_chart, histogram, line_chart
from isogloss.scripts.report.content import ReportContent
from isogloss.scripts.report.plane_picture import draw_plane
from isogloss.scripts.report.text import duration, figure, shown
from isogloss.scripts.wording import stage_title

_MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "criterion": "held-out agreement",
        "judgement": "share of the pairs induced from the start that the best T so far finds",
        "cost_loss": "loss of the cost matrix P",
        "potential_loss": "loss of the potential f",
        "transport_loss": "loss of the map T",
    }
)
"""Figures of the aligners, in words; others are shown under their own names."""


def render(content: ReportContent) -> str:
    """Lay the report out; the same content gives the same page, byte for byte."""
    history, stages = content.history, content.translator.alignment.stages
    known = [
        (stage_title(each.name), each.criterion) for each in stages if math.isfinite(each.criterion)
    ]
    before, after = draw_plane(content.plane, content.named)
    certainties = [each.certainty for each in content.weighed]
    return _template().render(
        content=content,
        translator=content.translator,
        details=content.translator.details,
        history=history,
        stages=stages,
        source=content.translator.source.language,
        target=content.translator.target_language,
        stage_bars=bar_chart("Agreement by stage", known, bound=history.bound) if known else None,
        start_bars=bar_chart("Starts compared", content.starts, bound=history.bound)
        if content.starts
        else None,
        charts=[
            (stage.name, _meaning(name), chart)
            for stage, curves in content.charts
            for name, chart in _charts(curves, history.bound)
        ],
        before=before,
        after=after,
        certainties=histogram(
            "Words by probability" if content.probable else "Words by margin", certainties
        )
        if any(certainties)
        else None,
    )


def _charts(curves: Mapping[str, Curve], bound: float | None) -> Iterator[tuple[str, Markup]]:
    for name, curve in curves.items():
        held_to = bound if name == "criterion" else None
        yield name, line_chart(_meaning(name), curve, bound=held_to)


def _meaning(name: str) -> str:
    return _MEANINGS.get(name, name.replace("_", " "))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("isogloss.scripts.report", package_path=""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        shown=shown, figure=figure, duration=duration, stage_title=stage_title
    )
    return environment.get_template("report.html")
