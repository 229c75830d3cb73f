"""Requests that are searched together."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

import numpy as np
from jaxtyping import Float32

from isogloss.models.probability.translation_posterior import CANDIDATES
from isogloss.models.retrieval import Neighbours, Ranking, Translator


@dataclass(slots=True, eq=False)
class Asked:
    """A request that waits, or whose first vectors are searched already.

    Attributes:
        translator: Whom it asks.
        vectors: Raw source vectors, of shape [n, m], finite; n is at least 1.
        k: Neighbours of each.
        score: By which score.
        answer: Gets the neighbours of all vectors, or the error.
        words: The source word of each, None for one that is no word; None where none is one.
        taken: Vectors that are or were in a batch.
        found: Neighbours of the vectors that were searched, in their order.

    """

    translator: Translator
    vectors: Float32[np.ndarray, "n m"]
    k: int
    score: Ranking
    answer: Future[Neighbours]
    words: Sequence[str | None] | None = None
    taken: int = 0
    found: list[Neighbours] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Vectors that are in no batch yet."""
        return len(self.vectors) - self.taken

    def finish(self, outcome: Neighbours | Exception) -> None:
        """Take the answer for the last vectors taken, or the error; give all where none is left."""
        if self.answer.done():
            return
        if isinstance(outcome, Exception):
            self.answer.set_exception(outcome)
            return
        self.found.append(outcome)
        if self.left == 0:
            self.answer.set_result(
                Neighbours(
                    np.concatenate([part.rows for part in self.found]),
                    np.concatenate([part.scores for part in self.found]),
                )
            )


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Some vectors of one request.

    Attributes:
        asked: The request.
        vectors: Those vectors, of shape [n, m].
        words: The source word of each, None where it is none.

    """

    asked: Asked
    vectors: Float32[np.ndarray, "n m"]
    words: Sequence[str | None]


def search_together(pieces: Sequence[Piece]) -> list[Neighbours | Exception]:
    """Search the vectors of several requests of one translator at once.

    Where that fails, each is searched by itself, so that an error is only that of its request.

    Args:
        pieces: With any k and score.

    """
    try:
        return _search(pieces)
    except Exception as error:
        if len(pieces) == 1:
            return [error]
    return [outcome for piece in pieces for outcome in search_together([piece])]


def _search(pieces: Sequence[Piece]) -> list[Neighbours | Exception]:
    asked = [piece.asked for piece in pieces]
    largest = {
        score: max((one.k for one in asked if one.score == score), default=0)
        for score in get_args(Ranking)
    }
    if largest["probability"]:
        largest["csls"] = max(largest["csls"], CANDIDATES)
    vectors = np.concatenate([piece.vectors for piece in pieces])
    csls, cosine = asked[0].translator.search_by_both(
        vectors, csls=largest["csls"], cosine=largest["cosine"]
    )
    outcomes: list[Neighbours | Exception] = []
    begin = 0
    for piece in pieces:
        end = begin + len(piece.vectors)
        k, score = piece.asked.k, piece.asked.score
        all_found = cosine if score == "cosine" else csls
        found = Neighbours(all_found.rows[begin:end], all_found.scores[begin:end])
        outcomes.append(
            asked[0].translator.weighed(found, piece.words, k)
            if score == "probability"
            else Neighbours(found.rows[:, :k], found.scores[:, :k])
        )
        begin = end
    return outcomes
