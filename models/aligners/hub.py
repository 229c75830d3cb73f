"""A hub: one space that every language is mapped into, so that N languages need N maps.

The hub is the free-support barycenter of the languages up to rotations, by generalised Procrustes
analysis (Gower 1975) whose correspondences are induced: in turn, every language is matched with the
hub points, the hub points become the mean of what is matched with them, and each map becomes the
orthogonal one that brings its language nearest to them. With one-to-one matching the first two
steps are those of the barycenter of point clouds (Cuturi and Doucet 2014, Algorithm 2) with sharp
plans.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.aligner import Aligner
from isogloss.models.aligners.criterion import held_out_agreement
from isogloss.models.aligners.dictionary_induction import Pairs, induce_mutual
from isogloss.models.aligners.judging import judge_map
from isogloss.models.aligners.one_to_one_matching import match_one_to_one
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.choices import Matching
from isogloss.models.errors import NoAlignmentFoundError, OptionError
from isogloss.models.maps.alignment import Alignment, Stage
from isogloss.models.maps.networks import LinearTransport, as_network
from isogloss.models.neighbours.csls import unit
from isogloss.models.progress.observation import Observer, Progress, ignore_progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.normalizer import Normalizer

_MATCHINGS: Mapping[Matching, Callable[[Tensor, Tensor], Pairs]] = {
    "mutual": induce_mutual,
    "ipot": lambda mapped, hub: match_one_to_one(mapped, hub).pairs,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRecipe:
    """How the hub is made once every language is aligned to the first.

    Attributes:
        rounds: Rounds of matching, averaging and fitting; 0 keeps the first language as the hub.
        words: Most frequent words of each language that take part; as many hub points.
        matching: How words are paired with hub points.

    """

    rounds: int = 5
    words: int = 8000
    matching: Matching = "mutual"

    def __post_init__(self) -> None:
        if self.rounds < 0:
            raise OptionError(f"rounds: expected 0 or more, found {self.rounds}")
        if self.words < 1:
            raise OptionError(f"words: expected at least 1, found {self.words}")


@dataclass(frozen=True, slots=True, eq=False)
class Spoke:
    """A language of a hub.

    Attributes:
        space: Its words.
        normalizer: Fitted on its vectors.
        weight: W of shape [hub dimension, m], which maps its normalised vectors into the hub.

    """

    space: EmbeddingSpace
    normalizer: Normalizer
    weight: Float[Tensor, "d m"]

    @property
    def vectors(self) -> Float[Tensor, "n m"]:
        """Normalised vectors, the most frequent first."""
        return torch.from_numpy(self.normalizer(self.space.vectors)).to(self.weight.device)


@dataclass(frozen=True, slots=True, eq=False)
class Hub:
    """Languages mapped into one space.

    Attributes:
        spokes: Language → its words and its map.
        points: Unit vectors of the hub points, [words, d].
        seconds: Time of the fit.

    """

    spokes: Mapping[str, Spoke]
    points: Float[Tensor, "words d"]
    seconds: float

    def alignment(self, source: str, target: str) -> Alignment:
        """Compose the map of a direction: into the hub by W, out of it by the transpose of V.

        ⟨Wx, Vy⟩ = ⟨VᵀWx, y⟩: the answers are those of searching in the hub. Orthogonal maps compose
        to an orthogonal map.

        Raises:
            OptionError: A language is not in the hub, or both are the same.

        """
        for language in (source, target):
            if language not in self.spokes:
                raise OptionError(f"the hub holds {', '.join(self.spokes)}; found {language!r}")
        if source == target:
            raise OptionError(f"a direction needs two languages, found {source!r} twice")
        begin = time.perf_counter()
        left, right = self.spokes[source], self.spokes[target]
        weight = right.weight.T @ left.weight
        x = left.vectors
        mapped = x @ weight.T
        criterion = held_out_agreement(x, right.vectors, mapped)
        transport = LinearTransport(weight.cpu())
        seconds = time.perf_counter() - begin
        return Alignment(
            source_normalizer=left.normalizer,
            transport=transport,
            target_normalizer=right.normalizer,
            verdict=judge_map(x, right.vectors, mapped, agreement=criterion),
            stages=(Stage(name="hub", transport=transport, criterion=criterion, seconds=seconds),),
        )


def fit_hub(
    spaces: Mapping[str, EmbeddingSpace],
    aligner: Aligner,
    recipe: HubRecipe | None = None,
    *,
    device: str = "cpu",
    force: bool = False,
    observe: Observer = ignore_progress,
) -> Hub:
    """Align every language to the first, then move the hub to the middle.

    Args:
        spaces: Language → space, at least two. The first lends the hub its dimension.
        aligner: Fits a language to the first.
        recipe: How the hub is made; None: the defaults.
        device: Where to compute, ``cpu`` or ``cuda``.
        force: Go on with the best map where none was found.
        observe: Is told what is going on.

    Raises:
        OptionError: There are fewer than two languages.
        NoAlignmentFoundError: A language was not aligned to the first.

    """
    recipe = HubRecipe() if recipe is None else recipe
    if len(spaces) < 2:
        raise OptionError(f"a hub needs at least two languages, found {len(spaces)}")
    begin = time.perf_counter()
    first, *others = spaces
    weights = {first: torch.eye(spaces[first].dimension)}
    for number, language in enumerate(others, start=1):
        observe(Progress(stage=f"hub: {language} to {first}", step=number, total=len(others)))
        weights[language] = _aligned(aligner, spaces[language], spaces[first], force, observe)
    spokes = {
        language: Spoke(space, Normalizer.of(space), weights[language].to(device))
        for language, space in spaces.items()
    }
    points, fitted = _centred(spokes, recipe, observe)
    return Hub(fitted, points.cpu(), time.perf_counter() - begin)


def _aligned(
    aligner: Aligner,
    space: EmbeddingSpace,
    first: EmbeddingSpace,
    force: bool,
    observe: Observer,
) -> Float[Tensor, "d m"]:
    try:
        alignment = aligner.fit(space, first, observe=observe)
    except NoAlignmentFoundError as error:
        if not force or not isinstance(error.alignment, Alignment):
            raise
        alignment = error.alignment
    return as_network(alignment.transport).linear_part.detach().float()


def _centred(
    spokes: Mapping[str, Spoke], recipe: HubRecipe, observe: Observer
) -> tuple[Float[Tensor, "words d"], dict[str, Spoke]]:
    """Move the hub points to the mean of their partners, and fit the maps on them, in turn."""
    vectors = {language: spoke.vectors[: recipe.words] for language, spoke in spokes.items()}
    weights = {language: spoke.weight for language, spoke in spokes.items()}
    first = next(iter(spokes))
    points = unit(vectors[first] @ weights[first].T)
    match = _MATCHINGS[recipe.matching]
    for done in range(1, recipe.rounds + 1):
        pairs = {name: match(x @ weights[name].T, points) for name, x in vectors.items()}
        total, count = torch.zeros_like(points), torch.zeros_like(points[:, :1])
        for name, (rows, partners) in pairs.items():
            total.index_add_(0, partners, unit(vectors[name][rows] @ weights[name].T))
            count.index_add_(0, partners, torch.ones_like(count[partners]))
        # A point that no word was paired with stays where it is.
        points = torch.where(count > 0, unit(total), points)
        weights = {
            name: orthogonal_map(vectors[name][rows], points[partners])
            for name, (rows, partners) in pairs.items()
        }
        observe(Progress(stage="hub: barycenter", step=done, total=recipe.rounds))
    return points, {
        language: Spoke(spoke.space, spoke.normalizer, weights[language])
        for language, spoke in spokes.items()
    }
