"""Logs: one JSON object a line, without the words of the callers unless asked for."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, Literal

import structlog
from pydantic_core import to_json
from structlog.stdlib import BoundLogger, ProcessorFormatter

LogLevel = Literal["debug", "info", "warning", "error"]
_Event = MutableMapping[str, Any]

_MOST_FRAMES = 30
_timestamp = structlog.processors.TimeStamper(fmt="iso", utc=True, key="time")


def logger(name: str) -> BoundLogger:
    """Make a logger that hands on to ``logging``: who embeds the service keeps control."""
    log: BoundLogger = structlog.wrap_logger(
        logging.getLogger(name),
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs],
        wrapper_class=BoundLogger,
        cache_logger_on_first_use=True,
    )
    return log


def configure_logs(level: LogLevel = "info", *, words: bool = False) -> None:
    """Write all logs of this process to standard error, as JSON lines.

    Args:
        level: The least important level that is written.
        words: Whether what errors say is written too; it may quote the callers' words.

    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder()],
            processors=[
                _add_logger,
                ProcessorFormatter.remove_processors_meta,
                structlog.stdlib.add_log_level,
                _timestamp,
                _with_messages if words else _without_messages,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Of its own starts and ends uvicorn says little that the service does not.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.error").setLevel(max(root.level, logging.WARNING))


class RequestLog:
    """One line for each request, written straight to its stream: it is written very often.

    Attributes:
        words: Whether what errors say is written too.

    """

    def __init__(self, stream: BinaryIO, *, words: bool = False) -> None:
        self.words = words
        # Without processors: they would take three times as long as the line itself.
        self._log = structlog.BytesLogger(stream)

    def write(self, fields: dict[str, object]) -> None:
        """Write one line."""
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        event = {"event": "request", "level": "info", "time": now, **fields}
        try:
            line = to_json(event)
        except ValueError:  # half of a surrogate pair in a message
            line = json.dumps(event).encode("ascii")
        self._log.info(line)


def request_log(*, wanted: bool, words: bool) -> RequestLog | None:
    """Make the log of the requests, on standard error; None where it is not wanted.

    Nor is it where logging was not set up: who embeds the service has a log of their own.
    """
    if not wanted or not logging.getLogger("isogloss.request").isEnabledFor(logging.INFO):
        return None
    return RequestLog(sys.stderr.buffer, words=words)


def _add_logger(_: object, __: str, event: _Event) -> _Event:
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["logger"] = record.name
    return event


def _without_messages(_: object, __: str, event: _Event) -> _Event:
    """Say where an exception came from and of which kind it is, but not what it says."""
    return _describe(event, words=False)


def _with_messages(_: object, __: str, event: _Event) -> _Event:
    return _describe(event, words=True)


def _describe(event: _Event, *, words: bool) -> _Event:
    exception = event.pop("exc_info", None)
    if isinstance(exception, tuple):
        exception = exception[1]
    if not isinstance(exception, BaseException):
        return event
    kind = type(exception)
    event["exception"] = f"{kind.__module__}.{kind.__qualname__}"
    event["frames"] = [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(exception.__traceback__)[-_MOST_FRAMES:]
    ]
    if words:
        event["message"] = str(exception)
    return event
