r"""Two translators that meet in a language → one from the first end to the last.

With T₁ from source to pivot, T₂ from pivot to target and u(x) = x/‖x‖,

    T(x) = T₂(u(Q c(u(T₁ x)))),    c(p) = u(p + u(Σᵢ wᵢ yᵢ)),    w = softmax(CSLS(p, yᵢ) / τ),

where y₁ … y₅ are the pivot words nearest to p and τ = 0.05.

c draws the image of a word halfway to the pivot words around it. Going on with p alone carries the
error of T₁ through T₂; going on with the words alone loses what no pivot word says. Both together
are better than either, and on the pairs measured as good as a map fitted without a pivot: see the
README of this folder.

T₁ ends in the pivot's normalised space as the first translator knows it; T₂ begins in the pivot's
normalised space as the second one does. Where both were fitted on the same pivot vectors the two
spaces are one and Q is the identity. Where they were not, Q is the orthogonal map that fits the
pivot words common to both best: it is one language, so its words are their own dictionary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor
from torch.nn.functional import normalize

from models.aligners.aligner import Alignment
from models.aligners.orthogonal_map import orthogonal_map
from models.aligners.transports import Transport, TransportSpecification
from models.errors import OptionError
from models.retrieval.retriever import Retriever
from models.retrieval.training_record import TrainingRecord
from models.retrieval.translator import Translator
from models.spaces.normalizer import unit_rows

_MOST_WORDS = 20_000
_NEIGHBOURS = 5
_TEMPERATURE = 0.05
_SAME = 1 - 1e-4
"""Mean cosine above which two sets of unit vectors are the same, but for rounding."""


@final
class ComposedTransport(Transport):
    """T(x) = T₂(u(Q c(u(T₁ x)))); the weights are those of the two maps, not copies.

    Attributes:
        first: T₁.
        pivot_words: Finds the words y of the pivot.
        bridge: Q, of shape [k, d]; None where it is the identity.
        second: T₂.

    """

    def __init__(
        self,
        first: Transport,
        pivot_words: Retriever,
        bridge: Float[Tensor, "k d"] | None,
        second: Transport,
    ) -> None:
        super().__init__()
        self.first = first
        self.pivot_words = pivot_words
        self.bridge = bridge
        self.second = second
        self.specification = TransportSpecification(
            "composed",
            first.specification.source_dimension,
            second.specification.target_dimension,
        )

    def forward(self, x: Float[Tensor, "batch m"]) -> Float[Tensor, "batch n"]:
        """Map normalised source vectors."""
        image = normalize(self.first(x), dim=1).float()
        drawn = draw_to_words(image.cpu().numpy(), self.pivot_words)
        pivot = torch.from_numpy(drawn).to(x.device)
        if self.bridge is not None:
            pivot = normalize(pivot @ self.bridge.T, dim=1)
        weight = next(self.second.parameters())
        mapped: Tensor = self.second(pivot.to(weight.dtype))
        return mapped

    @property
    def linear_part(self) -> Float[Tensor, "n m"]:
        """The product of the matrices, as it is where no pivot words are near."""
        first, second = self.first.linear_part, self.second.linear_part
        middle = first if self.bridge is None else self.bridge.to(first.dtype) @ first
        return second @ middle.to(second.dtype)


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """A translator made of two.

    Attributes:
        translator: From the source of the first to the target of the second.
        pivot: Language in which the two meet.
        common_words: Words of the pivot that both know, by which the bridge was fitted or found
            not to be needed; at most 20,000 are looked at.
        bridged: Whether the two were fitted on different vectors of the pivot.

    """

    translator: Translator
    pivot: str
    common_words: int
    bridged: bool


def compose(first: Translator, second: Translator) -> Composition:
    """Join two translators that meet in a language.

    Words are looked up in the source of the first; neighbours are found in the target of the
    second, with the r(y) of the second.

    Raises:
        OptionError: They do not meet in a language, or have too few words of it in common to tell
            how the one's vectors lie to the other's.

    """
    pivot = first.target_language
    if pivot != second.source.language:
        raise OptionError(f"{first.pair} and {second.pair} do not meet in a language")
    end, begin = _common_vectors(first, second)
    needed = min(first.target_dimension, second.source_dimension)
    if len(end) < needed:
        raise OptionError(
            f"{first.pair} and {second.pair}: expected at least {needed} common words of {pivot}, "
            f"found {len(end)}"
        )
    bridge = None if _are_the_same(end, begin) else _fit_bridge(end, begin)
    one, two = first.alignment, second.alignment
    device = next(one.transport.parameters()).device
    transport = ComposedTransport(
        one.transport,
        first.retriever,
        None if bridge is None else bridge.to(device),
        two.transport,
    )
    translator = Translator(
        alignment=Alignment(
            source_normalizer=one.source_normalizer,
            transport=transport.requires_grad_(False),
            target_normalizer=two.target_normalizer,
            found=one.found and two.found,
        ),
        source=first.source,
        target_language=second.target_language,
        target_words=second.target_words,
        retriever=second.retriever,
        details=TrainingRecord(
            aligner="composition", recipe={"pairs": [first.pair, second.pair], "via": pivot}
        ),
    )
    return Composition(translator, pivot, len(end), bridge is not None)


def draw_to_words(
    images: Float32[np.ndarray, "batch d"], words: Retriever
) -> Float32[np.ndarray, "batch d"]:
    """Draw unit vectors halfway to the words nearest to them: c of this module."""
    found = words.search(images, k=_NEIGHBOURS)
    scores = found.scores.astype(np.float64)
    weights = np.exp((scores - scores.max(axis=1, keepdims=True)) / _TEMPERATURE)
    weights /= weights.sum(axis=1, keepdims=True)
    near = np.einsum("bk,bkd->bd", weights, words.target[found.rows])
    return unit_rows(images + unit_rows(near.astype(np.float32)))


def _common_vectors(
    first: Translator, second: Translator
) -> tuple[Float32[np.ndarray, "words d"], Float32[np.ndarray, "words k"]]:
    """Vectors of the pivot words that both know, as T₁ ends in them and as T₂ begins with them."""
    rows_of_second = second.source.rows
    rows = [
        (row, rows_of_second[word])
        for row, word in enumerate(first.target_words)
        if word in rows_of_second
    ][:_MOST_WORDS]
    there, here = np.array(rows, np.int64).reshape(-1, 2).T
    end = first.retriever.target[there]
    begin = second.alignment.source_normalizer(second.source.vectors[here])
    return end, begin


def _are_the_same(
    end: Float32[np.ndarray, "words d"], begin: Float32[np.ndarray, "words k"]
) -> bool:
    if end.shape != begin.shape:
        return False
    return float(np.einsum("ij,ij->i", end, begin).mean(dtype=np.float64)) > _SAME


def _fit_bridge(
    end: Float32[np.ndarray, "words d"], begin: Float32[np.ndarray, "words k"]
) -> Float[Tensor, "k d"]:
    return orthogonal_map(torch.from_numpy(end).double(), torch.from_numpy(begin).double()).float()
