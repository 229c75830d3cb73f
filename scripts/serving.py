"""Runs the service in a process of its own."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import typer
from fastapi import FastAPI
from pydantic import ValidationError

from isogloss.models.checkpoint import find_checkpoints, read_manifest
from isogloss.models.errors import CheckpointError, CheckpointNotFoundError, InputError, OptionError
from isogloss.models.retrieval import choose_device
from isogloss.scripts.output import print_json
from isogloss.scripts.workers import Supervisor, share_processors
from isogloss.service import Settings, create_app
from isogloss.service.logs import configure_logs
from isogloss.service.server import GracefulServer, server_config
from isogloss.service.workers import workers_folder

_ON_THE_COMMAND_LINE = {"checkpoints", "host", "port", "device", "workers"}


class AnnouncingServer(GracefulServer):
    """Says where it listens, once every checkpoint is loaded."""

    def __init__(self, app: FastAPI, announcement: str | dict[str, object]) -> None:
        super().__init__(server_config(app), app.state.service)
        self._announcement = announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Load and listen, then say so."""
        await super().startup(sockets)
        if self.started:
            _announce(self._announcement)


def read_settings(**given: object) -> Settings:
    """Read settings from the environment, but for those that were given.

    Raises:
        OptionError: One has a value that it cannot have.

    """
    try:
        return Settings.model_validate(
            {name: value for name, value in given.items() if value is not None}
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise OptionError(f"{name}: {first['msg']}, found {first['input']!r}") from error


def check_checkpoints(directory: Path) -> None:
    """Refuse a place where nothing can be served from; to be asked before the server starts.

    One good checkpoint is enough: the service reports the others.

    Raises:
        CheckpointError: There is no checkpoint, or none whose manifest can be read.

    """
    paths = find_checkpoints(directory)
    if not paths:
        raise CheckpointNotFoundError(f"{directory}: expected checkpoints, found an empty folder")
    problems = []
    for path in paths:
        try:
            read_manifest(path)
        except CheckpointError as error:
            problems.append(error)
    if len(problems) == len(paths):
        raise problems[0]


@contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """Take the address, before anything is loaded; port 0 takes a free one.

    Raises:
        InputError: The address is taken or is not one of this machine.

    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise InputError(f"cannot listen on {host}, port {port}: {error.strerror}") from error
    with listener:
        yield listener


def check_workers(settings: Settings) -> None:
    """Refuse several workers on a GPU: each would hold its own copy of the index on it.

    Raises:
        OptionError: There is a GPU, it is to be used, and more than one worker is asked for.

    """
    if settings.workers > 1 and choose_device(settings.device) == "cuda":
        raise OptionError(
            f"workers: expected 1 on a GPU, found {settings.workers}; each would hold a copy of "
            "every index there (--device cpu takes any number)"
        )


def run_server(settings: Settings, listener: socket.socket, *, as_json: bool) -> None:
    """Serve until a signal ends it. What is to be said beside the address goes to the log."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{listener.getsockname()[1]}"
    checkpoints = str(settings.checkpoints)
    announcement: str | dict[str, object] = f"serving {checkpoints} on {address}"
    if as_json:
        announcement = {"address": address, "checkpoints": checkpoints}
    if settings.workers > 1:
        _run_workers(settings, listener, partial(_announce, announcement))
        return
    configure_logs(settings.log_level, words=settings.log_words)
    # Ctrl-C is the way to end a server, not an error.
    with suppress(KeyboardInterrupt):
        AnnouncingServer(create_app(settings), announcement).run(sockets=[listener])


def make_worker_server() -> GracefulServer:
    """Make the server of one worker, in its process; its settings are in the environment."""
    settings = Settings()
    configure_logs(settings.log_level, words=settings.log_words)
    app = create_app(settings)
    return GracefulServer(server_config(app), app.state.service)


def _run_workers(
    settings: Settings, listener: socket.socket, announce: Callable[[], object]
) -> None:
    given = {
        f"ISOGLOSS_{name.upper()}": str(value)
        for name, value in settings.model_dump(include=_ON_THE_COMMAND_LINE).items()
    }
    with workers_folder() as shared:
        os.environ.update(given | shared)
        share_processors(settings.workers)
        Supervisor(settings.workers, listener, announce).run()


def _announce(announcement: str | dict[str, object]) -> None:
    if isinstance(announcement, str):
        typer.echo(announcement)
    else:
        print_json(announcement)
