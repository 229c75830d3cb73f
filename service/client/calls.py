"""What is sent and how the answer is read; nothing here knows how it is sent."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

import httpx
import numpy as np
from jaxtyping import Float32

from isogloss.models.answers import Neighbour, Ranking, Score, Translation
from isogloss.service.schemas import PairAnswer, PairsAnswer

Answer = TypeVar("Answer")
AlignedVector = Float32[np.ndarray, " d"] | None
UploadAnswer = Literal["vectors", "lexicon"]


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """A request, and how its answer is read.

    Attributes:
        method: For instance ``POST``.
        path: Behind the address of the service.
        read: Reads the answer.
        options: Further arguments of httpx.

    """

    method: str
    path: str
    read: Callable[[httpx.Response], Answer]
    options: Mapping[str, Any] = field(default_factory=dict)


def pairs() -> Call[PairsAnswer]:
    """Ask for all pairs."""
    return Call("GET", "/v1/pairs", lambda answer: PairsAnswer.model_validate_json(answer.content))


def pair(name: str) -> Call[PairAnswer]:
    """Ask for one pair."""
    return Call("GET", _path(name), lambda answer: PairAnswer.model_validate_json(answer.content))


def translate(
    name: str, words: Sequence[str], k: int, score: Ranking, via: str | None
) -> Call[tuple[Translation, ...]]:
    """Ask for translations."""

    def read(answer: httpx.Response) -> tuple[Translation, ...]:
        return tuple(
            Translation(
                result["word"],
                _neighbours(result["neighbours"]),
                result["in_vocabulary"],
                result.get("reason"),
            )
            for result in answer.json()["results"]
        )

    body = {"words": list(words), "k": k, "score": score}
    return Call("POST", _path(name, "translate"), read, {"json": body, "params": _query(via)})


def search(
    name: str, vectors: Float32[np.ndarray, "n m"], k: int, score: Ranking, via: str | None
) -> Call[tuple[tuple[Neighbour, ...], ...]]:
    """Ask for the neighbours of vectors."""

    def read(answer: httpx.Response) -> tuple[tuple[Neighbour, ...], ...]:
        return tuple(_neighbours(result["neighbours"]) for result in answer.json()["results"])

    body = {"vectors": np.asarray(vectors, np.float64).tolist(), "k": k, "score": score}
    return Call("POST", _path(name, "search"), read, {"json": body, "params": _query(via)})


def align_words(
    name: str, words: Sequence[str], via: str | None
) -> Call[tuple[AlignedVector, ...]]:
    """Ask for the aligned vectors of words."""

    def read(answer: httpx.Response) -> tuple[AlignedVector, ...]:
        return tuple(
            None if vector is None else np.array(vector, np.float32)
            for vector in answer.json()["vectors"]
        )

    body = {"words": list(words)}
    return Call("POST", _path(name, "align"), read, {"json": body, "params": _query(via)})


def align(
    name: str, vectors: Float32[np.ndarray, "n m"], via: str | None
) -> Call[Float32[np.ndarray, "n d"]]:
    """Ask for a block of vectors to be aligned; a row that cannot be is NaN."""
    stream = io.BytesIO()
    np.save(stream, np.ascontiguousarray(vectors, np.float32), allow_pickle=False)

    def read(answer: httpx.Response) -> Float32[np.ndarray, "n d"]:
        aligned = np.load(io.BytesIO(answer.content), allow_pickle=False)
        return np.asarray(aligned, np.float32)

    headers = {"content-type": "application/x-npy", "accept": "application/x-npy"}
    options = {"content": stream.getvalue(), "headers": headers, "params": _query(via)}
    return Call("POST", _path(name, "align"), read, options)


def is_ready() -> Call[None]:
    """Ask whether the service is ready."""
    return Call("GET", "/health/ready", lambda _: None)


def upload_options(
    answer: UploadAnswer, k: int, score: Score, *, mutual: bool, limit: int | None
) -> dict[str, str]:
    """Fields that go with an uploaded file."""
    fields: dict[str, str] = {"answer": answer}
    if answer == "lexicon":
        fields |= {"k": str(k), "score": score, "mutual": str(mutual).lower()}
    if limit is not None:
        fields["limit"] = str(limit)
    return fields


def upload_path(name: str) -> str:
    """Where files are uploaded to."""
    return _path(name, "upload")


def blocks_of(
    vectors: Float32[np.ndarray, "n m"], rows: int
) -> list[Float32[np.ndarray, "rows m"]]:
    """Split a matrix; the pieces are views."""
    return [vectors[begin : begin + rows] for begin in range(0, len(vectors), rows)]


def _neighbours(found: Sequence[Mapping[str, Any]]) -> tuple[Neighbour, ...]:
    return tuple(Neighbour(one["word"], float(np.float32(one["score"]))) for one in found)


def _path(name: str, action: str = "") -> str:
    quoted = httpx.URL("http://x").copy_with(path=f"/{name}").raw_path.decode("ascii")
    return f"/v1/pairs{quoted}" + (f"/{action}" if action else "")


def _query(via: str | None) -> dict[str, str]:
    return {} if via is None else {"via": via}
