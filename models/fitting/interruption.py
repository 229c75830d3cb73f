"""Ctrl-C during a fit: the first ends it at its next step, the second at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from isogloss.models.errors import TrainingInterruptedError
from isogloss.models.progress.observation import Observer, Progress


@contextmanager
def stops_on_interrupt(
    observe: Observer, *, go_on: str, announce: Callable[[], None] = lambda: None
) -> Iterator[Observer]:
    """Give an observer that ends the fit at the step after a Ctrl-C.

    Outside of the main thread, which alone may be interrupted, it is the observer itself.

    Args:
        observe: Is told of every step.
        go_on: What was kept and how the fit goes on with it, for the error.
        announce: Is called by the signal, whatever the program is just doing.

    Raises:
        TrainingInterruptedError: Raised by the observer; the aligner saves its state first.

    """
    if threading.current_thread() is not threading.main_thread():
        yield observe
        return
    requested = False

    def request(number: int, frame: FrameType | None) -> None:
        nonlocal requested
        requested = True
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        announce()

    def observe_or_stop(observation: Progress) -> None:
        observe(observation)
        if requested:
            raise TrainingInterruptedError(f"interrupted; {go_on}")

    previous = signal.signal(signal.SIGINT, request)
    try:
        yield observe_or_stop
    finally:
        signal.signal(signal.SIGINT, previous)
