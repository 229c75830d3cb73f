"""What the small processes do; a module of its own, so that they import little."""

from __future__ import annotations

import os
import signal
import socket
import time
from multiprocessing.connection import Connection

from isogloss.service.supervision.worker import CANNOT_START, READY, STARTING


def serves(_: str, __: socket.socket, signs: Connection, parent: int) -> None:
    """Say that it serves until it is ended or orphaned."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    while os.getppid() == parent:
        signs.send(READY)
        time.sleep(0.05)


def never_ready(_: str, __: socket.socket, signs: Connection, parent: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while os.getppid() == parent:
        signs.send(STARTING)
        time.sleep(0.05)


def hangs(_: str, __: socket.socket, signs: Connection, ___: int) -> None:
    signs.send(READY)
    time.sleep(60)


def cannot_start(_: str, __: socket.socket, signs: Connection, ___: int) -> None:
    signs.send("the key file has a bad line")
    os._exit(CANNOT_START)
