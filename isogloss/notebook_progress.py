"""Progress below the cell of a notebook: one line that is replaced, without widgets."""

from __future__ import annotations

import sys
import time
from html import escape
from types import TracebackType
from typing import Any, Self, final

from isogloss.models.conversion.optional_packages import optional_package
from isogloss.models.progress.observation import Progress

_SECONDS_BETWEEN = 0.25


def in_notebook() -> bool:
    """Whether this is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return hasattr(shell, "kernel")


@final
class NotebookProgress:
    """What is going on, while the block runs."""

    def __init__(self) -> None:
        self._display = optional_package("IPython.display", purpose="progress", install="ipython")
        self._handle: Any = None
        self._begin = self._shown = 0.0

    def __enter__(self) -> Self:
        self._begin = time.perf_counter()
        self._handle = self._display.display(self._text("…"), display_id=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        how = "done" if error is None else "ended"
        self._handle.update(self._text(f"{how} after {time.perf_counter() - self._begin:.0f} s"))

    def observe(self, observation: Progress) -> None:
        """Show a step of a fit."""
        share = f"{observation.step} of {observation.total}"
        self._show(f"{observation.stage}: {share}", observation.step / max(observation.total, 1))

    def observe_reading(self, name: str, count: int) -> None:
        """Show that ``count`` words of a file are read; how many there are is not known."""
        self._show(f"reading {name}: {count:,} words", None)

    def _show(self, text: str, share: float | None) -> None:
        now = time.perf_counter()
        if now - self._shown < _SECONDS_BETWEEN:
            return
        self._shown = now
        self._handle.update(self._text(f"{text}, {now - self._begin:.0f} s", share))

    def _text(self, text: str, share: float | None = None) -> Any:
        value = "" if share is None else f' value="{share:.3f}"'
        bar = f'<progress max="1"{value}></progress> ' if share is not None else ""
        return self._display.HTML(f"{bar}{escape(text)}")
