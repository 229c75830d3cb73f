"""SIGKILL to a worker while several clients ask."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import psutil

from isogloss.models.checkpoint import save_checkpoint
from isogloss.service.client import Client, RetryPolicy
from isogloss.service.client.errors import ClientError
from research.benchmarks.served import Server, make_translator, serving

_WORDS, _DIMENSION, _WORKERS, _CLIENTS = 500, 20, 2, 4


def measure(kills: int, seed: int = 0) -> dict[str, object]:
    """Kill a worker, wait until there are as many as before, and so on; ask all the time."""
    counted: Counter[str] = Counter()
    replacements: list[float] = []
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        translator = make_translator(words=_WORDS, dimension=_DIMENSION)
        save_checkpoint(translator, Path(folder) / "fr-es")
        with serving(Path(folder), {"ISOGLOSS_WORKERS": str(_WORKERS)}) as server:
            end = threading.Event()
            asking = [
                threading.Thread(target=_ask, args=(server.address, number, end, counted))
                for number in range(_CLIENTS)
            ]
            for thread in asking:
                thread.start()
            for _ in range(kills):
                time.sleep(1)
                workers = _workers(server)
                os.kill(chance.choice(sorted(workers)), signal.SIGKILL)
                begun = time.perf_counter()
                while len(_workers(server) - workers) < 1 or not _all_listen(server):
                    if time.perf_counter() - begun > 120:
                        raise RuntimeError("the worker was not replaced")
                    time.sleep(0.05)
                replacements.append(time.perf_counter() - begun)
            end.set()
            for thread in asking:
                thread.join()
    return {
        "fault": "worker killed under load",
        "times": kills,
        "workers": _WORKERS,
        "requests": counted["asked"],
        "retried": counted["paused"],
        "failed": counted["failed"],
        "longest_replacement_seconds": round(max(replacements), 1),
        "seed": seed,
    }


def _ask(address: str, seed: int, end: threading.Event, counted: Counter[str]) -> None:
    def pause(seconds: float) -> None:
        counted["paused"] += 1
        time.sleep(seconds)

    chance = random.Random(seed)
    with Client(address, retries=RetryPolicy(seed=seed), sleep=pause) as client:
        while not end.is_set():
            row = chance.randrange(_WORDS)
            counted["asked"] += 1
            try:
                found = client.translate("fr-es", [f"fr-{row}"], k=1)[0].neighbours[0].word
                counted["failed"] += found != f"es-{row}"
            except ClientError:
                counted["failed"] += 1
            time.sleep(0.005)


def _workers(server: Server) -> set[int]:
    """Find the processes that may answer: the children that hold the port."""
    port = int(server.address.rpartition(":")[2])
    found = set()
    for child in psutil.Process(server.process_id).children(recursive=True):
        try:
            sockets = child.net_connections("tcp")
        except psutil.Error:
            continue
        if any(each.laddr and each.laddr.port == port for each in sockets):
            found.add(child.pid)
    return found


def _all_listen(server: Server) -> bool:
    """Whether as many workers as wanted are there, and the service answers that it is ready."""
    if len(_workers(server)) < _WORKERS:
        return False
    try:
        return httpx.get(f"{server.address}/health/ready", timeout=5).is_success
    except httpx.HTTPError:
        return False
