"""What is kept of a fit: all of a short one, a bounded part of a long one, in the right order."""

from __future__ import annotations

import math
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.errors import InputError
from isogloss.models.progress.observation import Progress
from isogloss.models.retrieval.training_history import (
    MOST_POINTS,
    MOST_STAGES,
    Curve,
    HistoryRecorder,
)


def seconds() -> HistoryRecorder:
    """A recorder for which a second passes between two observations."""
    ticks = count()
    return HistoryRecorder(clock=lambda: float(next(ticks)))


def observe(recorder: HistoryRecorder, stage: str, *steps: int, total: int = 10) -> None:
    for step in steps:
        recorder(Progress(stage=stage, step=step, total=total, metrics={"loss": step / 2}))


def test_a_short_fit_is_kept_whole() -> None:
    recorder = seconds()
    observe(recorder, "one", 1, 2, 3)
    observe(recorder, "two", 1, total=4)
    first, second = recorder.stages()
    assert (first.name, first.steps, first.total, first.seconds) == ("one", 3, 10, 3.0)
    assert first.curves == {"loss": Curve(steps=(1, 2, 3), values=(0.5, 1.0, 1.5))}
    assert (second.name, second.steps, second.total, second.seconds) == ("two", 1, 4, 1.0)


@given(st.integers(1, 3000))
def test_a_long_fit_is_thinned_evenly(length: int) -> None:
    recorder = seconds()
    observe(recorder, "long", *range(1, length + 1))
    (stage,) = recorder.stages()
    curve = stage.curves["loss"]
    assert len(curve.steps) == min(length, MOST_POINTS)
    assert (curve.steps[0], curve.steps[-1]) == (1, length)
    assert all(value == step / 2 for step, value in zip(curve.steps, curve.values, strict=True))
    gaps = [later - step for step, later in zip(curve.steps, curve.steps[1:], strict=False)]
    assert not gaps or max(gaps) - min(gaps) <= 1


def test_no_fit_has_too_many_stages() -> None:
    recorder = seconds()
    for number in range(MOST_STAGES + 5):
        observe(recorder, f"stage {number}", 1)
    assert len(recorder.stages()) == MOST_STAGES
    assert recorder.stages()[0].name == "stage 0"


def test_what_is_not_finite_is_left_out() -> None:
    recorder = seconds()
    for step, loss in enumerate((1.0, math.nan, math.inf, 2.0), start=1):
        recorder(Progress(stage="one", step=step, total=4, metrics={"loss": loss}))
    assert recorder.stages()[0].curves["loss"] == Curve(steps=(1, 4), values=(1.0, 2.0))


def test_a_resumed_fit_goes_on_from_an_earlier_step() -> None:
    before = seconds()
    observe(before, "start", 1, 2)
    observe(before, "game", 1, 2, 3, 4)
    ticks = count()
    after = HistoryRecorder(before.stages(), clock=lambda: float(next(ticks)))
    observe(after, "game", 3)
    observe(after, "end", 1)
    start, game, end = after.stages()
    assert start == before.stages()[0]
    assert game.curves["loss"].steps == (1, 2, 3)
    assert (game.steps, game.seconds) == (3, 5.0)
    assert end.name == "end"


@pytest.mark.parametrize(
    ("steps", "values", "reason"),
    [((1,), (), "expected 1 values, found 0"), ((1, 1), (0.0, 0.0), "steps that increase")],
)
def test_a_curve_that_makes_no_sense_is_refused(
    steps: tuple[int, ...], values: tuple[float, ...], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        Curve(steps=steps, values=values)
