"""Ctrl-C during a fit: the first ends it at its next step, the second at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from isogloss.models.aligners.aligner import Observer, Progress
from isogloss.models.errors import TrainingInterruptedError


@contextmanager
def stops_on_interrupt(observe: Observer) -> Iterator[Observer]:
    """Give an observer that ends the fit at the step after a Ctrl-C.

    Raises:
        TrainingInterruptedError: Raised by the observer; the aligner saves its state first.

    """
    requested = False

    def request(number: int, frame: FrameType | None) -> None:
        nonlocal requested
        requested = True
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        # Not through Python's streams: the signal may have come while one of them was writing.
        os.write(2, b"\nnotice: stopping at the next step; Ctrl-C again stops at once\n")

    def observe_or_stop(observation: Progress) -> None:
        observe(observation)
        if requested:
            raise TrainingInterruptedError(
                "interrupted, the state is saved; the same command with --resume goes on"
            )

    previous = signal.signal(signal.SIGINT, request)
    try:
        yield observe_or_stop
    finally:
        signal.signal(signal.SIGINT, previous)
