"""Load of every kind while checkpoints are replaced, added and taken away."""

from __future__ import annotations

import asyncio
import io
import json
import random
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import psutil

from isogloss.models.checkpoint import save_checkpoint
from isogloss.models.retrieval import Translator
from research.benchmarks.served import make_translator, serving

_WORDS, _DIMENSION = 2000, 50
_ADDRESS = "/v1/pairs/fr-es"


@dataclass(slots=True)
class Tally:
    """What was seen.

    Attributes:
        answered: Kind of request → how many were answered rightly.
        failures: What went wrong, in words.
        milliseconds: Of every request.
        memory: Resident bytes of the server with its children, once a second.
        swaps: How often a checkpoint was replaced.

    """

    answered: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    swaps: int = 0


async def _translate(client: httpx.AsyncClient, chance: random.Random) -> str:
    rows = [chance.randrange(_WORDS) for _ in range(chance.randint(1, 8))]
    body = {"words": [f"fr-{row}" for row in rows], "k": 3}
    answer = (await _post(client, "/translate", json=body)).json()["results"]
    found = [result["neighbours"][0]["word"] for result in answer]
    _expect(found == [f"es-{row}" for row in rows], f"translate: {found}")
    return "translate, JSON"


async def _search(client: httpx.AsyncClient, chance: random.Random) -> str:
    vectors = [[chance.gauss(0, 1) for _ in range(_DIMENSION)] for _ in range(3)]
    answer = (await _post(client, "/search", json={"vectors": vectors, "k": 4})).json()["results"]
    _expect([len(result["neighbours"]) for result in answer] == [4] * 3, "search: too few")
    return "search, JSON"


async def _align(client: httpx.AsyncClient, chance: random.Random) -> str:
    generator = np.random.default_rng(chance.randrange(2**31))
    vectors = generator.standard_normal((2000, _DIMENSION), np.float32)
    stream = io.BytesIO()
    np.save(stream, vectors)
    headers = {"content-type": "application/x-npy"}
    answer = await _post(client, "/align", content=stream.getvalue(), headers=headers)
    norms = np.linalg.norm(np.load(io.BytesIO(answer.content)), axis=1)
    _expect(len(norms) == 2000 and bool(np.allclose(norms, 1, atol=1e-4)), "align: no unit vectors")
    return "align, npy"


async def _stream(client: httpx.AsyncClient, chance: random.Random) -> str:
    rows = [chance.randrange(_WORDS) for _ in range(200)]
    content = b"".join(b'"fr-%d"\n' % row for row in rows) + b"[1]\n"
    headers = {"content-type": "application/x-ndjson"}
    answer = await _post(client, "/translate?k=1", content=content, headers=headers)
    lines = [json.loads(line) for line in answer.content.splitlines()]
    found = [line["neighbours"][0]["word"] for line in lines[:-1]]
    _expect(found == [f"es-{row}" for row in rows], "stream: wrong words")
    _expect(lines[-1]["error"]["code"] == "shape", "stream: the bad row is not reported")
    return "translate, NDJSON"


async def _look(client: httpx.AsyncClient, _: random.Random) -> str:
    for path in ("/health/ready", "/v1/pairs", "/v1/pairs/fr-es"):
        response = await client.get(path)
        _expect(response.status_code == httpx.codes.OK, f"{path}: {response.status_code}")
    return "health and pairs"


_KINDS: tuple[Callable[[httpx.AsyncClient, random.Random], Awaitable[str]], ...] = (
    _translate,
    _translate,
    _search,
    _align,
    _stream,
    _look,
)


async def _post(client: httpx.AsyncClient, path: str, **body: object) -> httpx.Response:
    response = await client.post(_ADDRESS + path, **body)  # type: ignore[arg-type]
    _expect(response.status_code == httpx.codes.OK, f"{path}: {response.status_code}")
    return response


def _expect(right: object, otherwise: str) -> None:
    if not right:
        raise ValueError(otherwise)


async def _ask(address: str, end: float, seed: int, tally: Tally, pause: float) -> None:
    chance = random.Random(seed)
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        while time.monotonic() < end:
            begun = time.perf_counter()
            try:
                tally.answered[await chance.choice(_KINDS)(client, chance)] += 1
            except (httpx.HTTPError, ValueError, KeyError, IndexError) as error:
                tally.failures.append(f"{type(error).__name__}: {error}"[:200])
            tally.milliseconds.append(1000 * (time.perf_counter() - begun))
            await asyncio.sleep(chance.uniform(0, 2 * pause))


async def _swap(
    folder: Path, versions: list[Translator], *, end: float, every: float, tally: Tally
) -> None:
    other = make_translator(pair=("fr", "it"), words=_WORDS, dimension=_DIMENSION, seed=3)
    while time.monotonic() + every < end:
        await asyncio.sleep(every)
        tally.swaps += 1
        version = versions[tally.swaps % len(versions)]
        await asyncio.to_thread(save_checkpoint, version, folder / "fr-es")
        if tally.swaps % 4 == 1:
            await asyncio.to_thread(save_checkpoint, other, folder / "fr-it")
        elif tally.swaps % 4 == 3:
            shutil.rmtree(folder / "fr-it", ignore_errors=True)


async def _weigh(process_id: int, end: float, tally: Tally) -> None:
    process = psutil.Process(process_id)
    while time.monotonic() < end:
        family = [process, *process.children(recursive=True)]
        tally.memory.append(sum(each.memory_info().rss for each in family))
        await asyncio.sleep(1)


async def _run(address: str, process_id: int, folder: Path, seconds: float, every: float) -> Tally:
    tally = Tally()
    end = time.monotonic() + seconds
    versions = [
        make_translator(words=_WORDS, dimension=_DIMENSION, seed=seed) for seed in (0, 1, 2)
    ]
    await asyncio.gather(
        *(_ask(address, end, seed, tally, 0.05) for seed in range(8)),
        _swap(folder, versions, end=end, every=every, tally=tally),
        _weigh(process_id, end, tally),
    )
    return tally


def measure(seconds: float, every: float = 5.0) -> dict[str, object]:
    """Load a server for some seconds, and replace its checkpoint every few."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = make_translator(words=_WORDS, dimension=_DIMENSION, seed=0)
        save_checkpoint(first, folder / "fr-es")
        with serving(folder, {"ISOGLOSS_WATCH_SECONDS": "1"}) as server:
            tally = asyncio.run(_run(server.address, server.process_id, folder, seconds, every))
    fifth = max(len(tally.memory) // 5, 1)
    mebibytes = [size / 2**20 for size in tally.memory]
    return {
        "fault": "pairs swapped under load",
        "seconds": seconds,
        "swaps": tally.swaps,
        "requests": sum(tally.answered.values()) + len(tally.failures),
        "answered": dict(sorted(tally.answered.items())),
        "failed": len(tally.failures),
        "first_failures": tally.failures[:5],
        "median_milliseconds": round(statistics.median(tally.milliseconds), 1),
        "p99_milliseconds": round(statistics.quantiles(tally.milliseconds, n=100)[98], 1),
        "mebibytes_second_fifth": round(
            statistics.mean(mebibytes[fifth : 2 * fifth] or mebibytes), 1
        ),
        "mebibytes_last_fifth": round(statistics.mean(mebibytes[-fifth:]), 1),
        "mebibytes_peak": round(max(mebibytes), 1),
        "seed": 0,
    }
