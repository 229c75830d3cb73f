"""SPOT between languages: one plan over all of them, and the maps that its tuples give.

The cost of a tuple of words is their distance in a common frame, into which each language is mapped
by a start. The pairs begin as the Gaussian plan of this cost: Gaussians with the second moments of
each language, turned so that they agree best in the frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from isogloss.models.aligners.aligner import Aligner
from isogloss.models.aligners.criterion import held_out_agreement
from isogloss.models.aligners.hub import Hub, HubRecipe, fit_hub
from isogloss.models.aligners.judging import judge_map
from isogloss.models.aligners.neural_gw.sampler import (
    Distribution,
    Sampler,
    StreamSampler,
    WordSampler,
    word_weights,
)
from isogloss.models.aligners.neural_gw.side import Side
from isogloss.models.aligners.pair_fitting import fit_on_pairs
from isogloss.models.aligners.pushforward.cost import in_frames, squared_euclidean
from isogloss.models.aligners.pushforward.game import PushforwardGame, transport_cost
from isogloss.models.aligners.pushforward.networks import BranchedGenerator
from isogloss.models.aligners.pushforward.residual import LinearWithResidual
from isogloss.models.aligners.pushforward.solver import PushforwardPlan, standard_normal
from isogloss.models.aligners.recipe import PushforwardRecipe
from isogloss.models.maps.alignment import Alignment, Stage
from isogloss.models.maps.networks import Transport
from isogloss.models.progress.journal import NoJournal
from isogloss.models.progress.observation import Observer, ignore_progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.training.playing import play_all_steps
from isogloss.models.training.seeding import seeded

_MOMENT_POINTS = 16384
STAGE = "pushforward"


def game_of_languages(
    vectors: Sequence[Float[Tensor, "_ _"]],
    frames: Sequence[Float[Tensor, "d _"]],
    recipe: PushforwardRecipe,
    *,
    seed: int,
) -> tuple[PushforwardGame, Distribution]:
    """Make the game between vocabularies.

    Args:
        vectors: Normalised vectors of each language, the most frequent first. Words are drawn by
            frequency and scaled to length √dimension.
        frames: Orthogonal maps of each language into the common frame.
        recipe: Settings.
        seed: Of networks, latent points and samplers.

    Returns:
        The game, and the distribution of its latent points.

    """
    exponent = recipe.frequency_exponent
    samplers: list[Sampler] = [
        WordSampler(each, exponent=exponent, seed=100 * seed + number)
        for number, each in enumerate(vectors, start=1)
    ]
    weights = gaussian_plan(samplers, frames)
    if recipe.latent == "words":
        backwards = torch.linalg.pinv(weights[0])
        weights = [weight @ backwards for weight in weights]
        latent = _drawn_words(vectors[0], exponent)
    else:
        latent = standard_normal(weights[0].shape[1])
    with seeded(seed):
        branches = [LinearWithResidual(weight, recipe.generator_widths) for weight in weights]
    device = vectors[0].device
    dimension = len(frames[0])
    cost = in_frames(
        [frame * (dimension / frame.shape[1]) ** 0.5 for frame in frames],
        lambda points: squared_euclidean(points) / dimension,
    )
    game = PushforwardGame(
        BranchedGenerator(branches, weights[0].shape[1]).to(device),
        StreamSampler(latent, seed=100 * seed, device=device),
        samplers,
        transport_cost(cost),
        recipe,
        seed=seed,
    )
    return game, latent


def _drawn_words(words: Float[Tensor, "n d"], exponent: float) -> Distribution:
    weights = word_weights(len(words), exponent)

    def draw(count: int, generator: torch.Generator) -> Tensor:
        rows = torch.multinomial(
            weights.to(generator.device), count, replacement=True, generator=generator
        )
        drawn: Tensor = words[rows] * words.shape[1] ** 0.5
        return drawn

    return draw


def gaussian_plan(
    samplers: Sequence[Sampler], frames: Sequence[Float[Tensor, "d _"]]
) -> list[Float[Tensor, "_ latent"]]:
    """Give matrices Aᵢ whose points Aᵢz, for z ~ N(0, I), have the second moments of each side.

    Aᵢ = CᵢPᵢ with CᵢCᵢ = E xxᵀ. Pᵢ has orthonormal rows and maximises E ⟨Fᵢxᵢ, Fx⟩, with x of the
    last side: between two sides this is the plan of Gaussians for the squared distance.
    """
    sides = [Side.whitened(sampler, count=_MOMENT_POINTS) for sampler in samplers]
    bases = [side.basis for side in sides if side.basis is not None]
    latent = max(len(basis) for basis in bases)
    last = nn.functional.pad(bases[-1], (0, latent - len(bases[-1])))
    turned = frames[-1] @ last
    weights = []
    for basis, frame in zip(bases[:-1], frames[:-1], strict=True):
        left, _, right = torch.linalg.svd(turned.T @ frame @ basis, full_matrices=False)
        weights.append(basis @ right.T @ left.T)
    return [*weights, last]


def fitted_transport(
    plan: PushforwardPlan,
    recipe: PushforwardRecipe,
    *,
    source: int = 0,
    target: int = 1,
    seed: int,
    observe: Observer = ignore_progress,
) -> Transport:
    """Fit a map that can be served on sampled tuples of a plan between languages."""
    points = plan.sample(recipe.pairs, seed=seed)
    x, y = (points[number] / points[number].shape[1] ** 0.5 for number in (source, target))
    return fit_on_pairs(
        *(x.clone(), y.clone()),
        recipe.transport,
        widths=recipe.transport_widths,
        seed=seed,
        stage="map of the pairs",
        observe=observe,
    )


@final
@dataclass(frozen=True, slots=True, eq=False)
class LanguagesPlan:
    """One plan over several languages.

    Attributes:
        hub: The languages and their starts: maps into the frame.
        plan: Tuples of vectors, one of each language.
        recipe: Settings.
        seed: Of the sampled tuples.

    """

    hub: Hub
    plan: PushforwardPlan
    recipe: PushforwardRecipe
    seed: int

    def alignment(self, source: str, target: str) -> Alignment:
        """Fit the map of a direction on the two languages' points of the same tuples.

        Raises:
            OptionError: A language is not in the plan, or both are the same.

        """
        start = self.hub.alignment(source, target)
        languages = list(self.hub.spokes)
        transport = fitted_transport(
            self.plan,
            self.recipe,
            source=languages.index(source),
            target=languages.index(target),
            seed=self.seed,
        ).cpu()
        x, y = (self.hub.spokes[language].vectors.cpu() for language in (source, target))
        with torch.inference_mode():
            mapped = transport(x)
            criterion = held_out_agreement(x, y, mapped)
        raw = Stage(name="raw", transport=transport, criterion=criterion, seconds=self.plan.seconds)
        return replace(
            start,
            transport=transport,
            verdict=judge_map(x, y, mapped, agreement=criterion),
            stages=(*(replace(stage, name="start") for stage in start.stages), raw),
        )


def fit_languages(
    spaces: Mapping[str, EmbeddingSpace],
    aligner: Aligner,
    recipe: PushforwardRecipe,
    *,
    seed: int = 0,
    device: str = "cpu",
    observe: Observer = ignore_progress,
) -> LanguagesPlan:
    """Find one plan over three or more languages: the multi-marginal problem, equation 3.9.

    Args:
        spaces: Language → space, at least two. The first lends its space as the frame.
        aligner: Fits the start of each other language, a map to the first.
        recipe: Settings.
        seed: Of everything random.
        device: Where to compute, ``cpu`` or ``cuda``.
        observe: Is told what is going on.

    Raises:
        OptionError: There are fewer than two languages.
        NoAlignmentFoundError: A language was not aligned to the first.
        DivergenceError: A loss is NaN or exploded.

    """
    hub = fit_hub(spaces, aligner, HubRecipe(rounds=0), device=device, observe=observe)
    spokes = list(hub.spokes.values())
    game, latent = game_of_languages(
        [spoke.vectors for spoke in spokes],
        [spoke.weight for spoke in spokes],
        recipe,
        seed=seed,
    )
    played = play_all_steps(game, recipe, stage=STAGE, journal=NoJournal(), observe=observe)
    plan = PushforwardPlan(played.solution, latent, played.seconds)
    return LanguagesPlan(hub, plan, recipe, seed)
