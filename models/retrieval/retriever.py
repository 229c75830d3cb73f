"""Nearest target words by cosine and by CSLS, both exact unless an approximate index is added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import get_args

import numpy as np
from jaxtyping import Float32, Float64, Int64

from isogloss.models.choices import Score
from isogloss.models.errors import InputError, NonFiniteInputError, OptionError, ShapeError
from isogloss.models.neighbours.exact_search import Nearest, mean_product, nearest_by_both
from isogloss.models.retrieval.approximate_index import ApproximateIndex

_SPARE = 16
"""Candidates beyond those wanted, so that rounding cannot push a wanted one out."""

_QUERIES_AT_ONCE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The nearest target words of some queries.

    Attributes:
        rows: Rows of the target vocabulary, of shape [q, k], the best first.
        scores: Their scores, of shape [q, k]: cosines within [−1, 1], CSLS within [−4, 4].

    """

    rows: Int64[np.ndarray, "q k"]
    scores: Float32[np.ndarray, "q k"]


@dataclass(frozen=True, slots=True, eq=False)
class Retriever:
    """Cosine and CSLS (Conneau et al. 2018, section 2.3) over the target vectors.

    CSLS(Tx, y) = 2 cos(Tx, y) − r(Tx) − r(y), where r(Tx) is the mean cosine of Tx to its nearest
    target vectors, and r(y) that of y to its nearest mapped source vectors. As r(Tx) is the same
    for all y, the order is that of cos(Tx, y) − r(y)/2.

    Candidates come from float32 products, or from an approximate index. The scores of the
    candidates are computed again in float64 and rounded: an answer does not depend on which other
    queries it was computed with.

    Attributes:
        target: Unit vectors y of the target vocabulary, of shape [n, d].
        hubness: r(y) of each target word, of shape [n].
        hubs: Number of neighbours whose mean is r.
        device: Where the products of the exact search are computed, ``cpu`` or ``cuda``.
        approximate: Finds the candidates faster, and not always all of them; None: exact.

    """

    target: Float32[np.ndarray, "n d"]
    hubness: Float32[np.ndarray, " n"]
    hubs: int
    device: str = "cpu"
    approximate: ApproximateIndex | None = None
    _nearest_by_both: Callable[..., tuple[Nearest, Nearest]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        search = _exact_search(self.target, self.hubness / np.float32(2), self.device)
        object.__setattr__(self, "_nearest_by_both", search)

    @classmethod
    def build(
        cls,
        target: Float32[np.ndarray, "n d"],
        mapped: Float32[np.ndarray, "m e"],
        *,
        hubs: int = 10,
        device: str = "cpu",
    ) -> Retriever:
        """Measure the hubness of the target vectors.

        Args:
            target: Unit vectors of the target vocabulary, of shape [n, d].
            mapped: Unit vectors of the whole mapped source vocabulary, of shape [m, d].
            hubs: Number of neighbours whose mean is r; no more are taken than there are.
            device: Where products are computed, ``cpu`` or ``cuda``.

        Raises:
            ShapeError: The two differ in dimension.
            NonFiniteInputError: One of them holds NaN or infinity.
            InputError: One of them is empty.
            OptionError: ``hubs`` is less than 1.

        """
        if hubs < 1:
            raise OptionError(f"hubs: expected at least 1, found {hubs}")
        if mapped.shape[1] != target.shape[1]:
            raise ShapeError(
                "mapped source vectors",
                expected=f"[m, {target.shape[1]}]",
                found=str(list(mapped.shape)),
            )
        for name, vectors in (("target", target), ("mapped source", mapped)):
            if not len(vectors):
                raise InputError(f"there are no {name} vectors")
            if not np.isfinite(vectors).all():
                raise NonFiniteInputError(f"the {name} vectors hold NaN or infinity")
        import torch  # noqa: PLC0415 (who loads a translator needs none)

        from isogloss.models.neighbours.device_search import nearest  # noqa: PLC0415

        others = torch.from_numpy(np.ascontiguousarray(mapped)).to(device)
        cosines = nearest(target, others, min(hubs, len(mapped))).products
        hubness = mean_product(cosines).astype(np.float32)
        return cls(np.ascontiguousarray(target), hubness, hubs, device)

    def __len__(self) -> int:
        return len(self.target)

    def __deepcopy__(self, memo: dict[int, object]) -> Retriever:
        return self  # nothing of it ever changes, and its arrays are large

    @property
    def dimension(self) -> int:
        """Length d of the target vectors."""
        return int(self.target.shape[1])

    def search(
        self, queries: Float32[np.ndarray, "q d"], *, k: int, score: Score = "csls"
    ) -> Neighbours:
        """Find the ``k`` nearest target words of each query, the best first.

        Equal scores stand in the order of their rows.

        Args:
            queries: Unit vectors in the target space, of shape [q, d].
            k: Number of neighbours; no more are given than there are target words.
            score: ``csls`` or ``cosine``.

        Raises:
            ShapeError: ``queries`` is not a matrix of the target dimension.
            NonFiniteInputError: ``queries`` holds NaN or infinity.
            OptionError: ``k`` is less than 1, or ``score`` is unknown.

        """
        check_search_options(k, score)
        if score == "csls":
            return self.search_by_both(queries, csls=k, cosine=0)[0]
        return self.search_by_both(queries, csls=0, cosine=k)[1]

    def search_by_both(
        self, queries: Float32[np.ndarray, "q d"], *, csls: int, cosine: int
    ) -> tuple[Neighbours, Neighbours]:
        """Find the nearest target words by CSLS and by cosine in one pass over the target.

        Args:
            queries: Unit vectors in the target space, of shape [q, d].
            csls: Number of neighbours by CSLS, 0 where none are wanted.
            cosine: Number of neighbours by cosine, 0 where none are wanted.

        Returns:
            Those by CSLS, and those by cosine; no more than there are target words.

        Raises:
            ShapeError: ``queries`` is not a matrix of the target dimension.
            NonFiniteInputError: ``queries`` holds NaN or infinity.

        """
        if queries.ndim != 2 or queries.shape[1] != self.dimension:
            raise ShapeError(
                "queries", expected=f"[q, {self.dimension}]", found=str(list(queries.shape))
            )
        if not np.isfinite(queries).all():
            raise NonFiniteInputError("the queries hold NaN or infinity")
        csls, cosine = min(csls, len(self)), min(cosine, len(self))
        parts = [
            self._search(queries[begin : begin + _QUERIES_AT_ONCE], csls, cosine)
            for begin in range(0, len(queries), _QUERIES_AT_ONCE)
        ]
        return _joined([part[0] for part in parts], csls), _joined(
            [part[1] for part in parts], cosine
        )

    def _search(
        self, queries: Float32[np.ndarray, "q d"], csls: int, cosine: int
    ) -> tuple[Neighbours, Neighbours]:
        hubs = min(self.hubs, len(self)) if csls else 0
        near = self._with_spare(max(hubs, cosine))
        near_by_csls = self._with_spare(csls)
        if self.approximate is None:
            plain, penalised = self._nearest_by_both(queries, plain=near, penalised=near_by_csls)
            by_cosine, by_csls = plain.rows, penalised.rows
        else:
            by_cosine = self.approximate.search(queries, near, penalised=False)
            by_csls = self.approximate.search(queries, near_by_csls, penalised=True)
        exact = queries.astype(np.float64)
        nearest_words = _ranked(by_cosine, self._cosines(exact, by_cosine), max(hubs, cosine))
        own = nearest_words[1][:, :hubs].mean(axis=1, keepdims=True) if hubs else 0.0
        scores = 2 * self._cosines(exact, by_csls) - own - self.hubness[by_csls]
        return (
            _neighbours(*_ranked(by_csls, scores, csls)),
            _neighbours(nearest_words[0][:, :cosine], nearest_words[1][:, :cosine]),
        )

    def _with_spare(self, count: int) -> int:
        return min(count + _SPARE, len(self)) if count else 0

    def _cosines(
        self, queries: Float64[np.ndarray, "q d"], rows: Int64[np.ndarray, "q k"]
    ) -> Float64[np.ndarray, "q k"]:
        cosines: Float64[np.ndarray, "q k"] = np.matmul(
            self.target[rows].astype(np.float64), queries[:, :, None]
        )[:, :, 0]
        return cosines


def _exact_search(
    target: Float32[np.ndarray, "n d"], penalties: Float32[np.ndarray, " n"], device: str
) -> Callable[..., tuple[Nearest, Nearest]]:
    if device == "cpu":
        return partial(nearest_by_both, vectors=target, penalties=penalties)
    import torch  # noqa: PLC0415 (a processor needs none)

    from isogloss.models.neighbours import device_search  # noqa: PLC0415

    there, less = (torch.from_numpy(each).to(device) for each in (target, penalties))
    return partial(device_search.nearest_by_both, vectors=there, penalties=less)


def check_search_options(k: int, score: str) -> None:
    """Refuse options that no search can have.

    Raises:
        OptionError: ``k`` is less than 1, or ``score`` is unknown.

    """
    if k < 1:
        raise OptionError(f"k: expected at least 1, found {k}")
    if score not in get_args(Score):
        raise OptionError(f"score: expected {' or '.join(get_args(Score))}, found {score!r}")


def _ranked(
    rows: Int64[np.ndarray, "q k"], scores: Float64[np.ndarray, "q k"], count: int
) -> tuple[Int64[np.ndarray, "q c"], Float64[np.ndarray, "q c"]]:
    """Keep the best, by the score as it is shown and then by row."""
    order = np.lexsort((rows, -scores.astype(np.float32)))[:, :count]
    return np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)


def _neighbours(rows: Int64[np.ndarray, "q k"], scores: Float64[np.ndarray, "q k"]) -> Neighbours:
    return Neighbours(rows, scores.astype(np.float32))


def _joined(parts: list[Neighbours], count: int) -> Neighbours:
    if not parts:
        return Neighbours(np.empty((0, count), np.int64), np.empty((0, count), np.float32))
    return Neighbours(
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.scores for part in parts]),
    )
