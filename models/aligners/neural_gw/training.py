"""Play NGW until T no longer improves, and keep the best T."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from models.aligners.aligner import Observer, Progress, Stage
from models.aligners.criterion import held_out_agreement
from models.aligners.journal import Journal
from models.aligners.neural_gw.game import Game
from models.aligners.neural_gw.sampler import Sampler, WordSampler
from models.aligners.neural_gw.side import Side
from models.aligners.normalised_pair import NormalisedPair
from models.aligners.recipe import NeuralGromovWassersteinRecipe
from models.aligners.transports import Transport
from models.errors import DivergenceError

Judge = Callable[[Transport], float]
"""How good a map is, without a dictionary; more is better."""

_STAGE = "neural-gw"
_UNIT = "neural-gw"
_EXPLODED = 1e3


@final
@dataclass(slots=True)
class _Best:
    """The best T so far, in the eyes of the judge."""

    transport: Transport
    judgement: float
    step: int


@final
@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """What a game ended in.

    Attributes:
        transport: The best T in the eyes of the judge.
        step: Outer steps that it had behind it.
        seconds: Time that the game took.

    """

    transport: Transport
    step: int
    seconds: float


def train_neural_gromov_wasserstein(
    pair: NormalisedPair,
    weight: Float[Tensor, "n m"],
    recipe: NeuralGromovWassersteinRecipe,
    *,
    seed: int,
    journal: Journal,
    observe: Observer,
    judge: Judge | None = None,
) -> Stage:
    """Train T between two spaces from the map W.

    T is the running mean of the trained one. Every few steps the judge looks at it; the best look
    is kept, the start among them: the stage never ends worse than it began, by this judgement.

    Args:
        pair: The spaces.
        weight: Where to start, an orthogonal map of shape [n, m].
        recipe: Settings.
        seed: Of the networks and the two samplers.
        journal: Keeps the state of the game.
        observe: Is told of every outer step.
        judge: Ranks the looks; the held-out agreement where None.

    Returns:
        The stage ``raw``, whose map is the best T.

    Raises:
        DivergenceError: A loss is NaN or exploded. The journal holds the last good state.

    """
    played = play_to_the_end(
        game_of_words(pair, weight, recipe, seed=seed),
        recipe,
        judge=partial(_held_out_agreement, pair) if judge is None else judge,
        journal=journal,
        observe=observe,
    )
    return Stage(
        name="raw",
        transport=played.transport,
        criterion=_held_out_agreement(pair, played.transport),
        seconds=played.seconds,
    )


def game_of_words(
    pair: NormalisedPair,
    weight: Float[Tensor, "n m"],
    recipe: NeuralGromovWassersteinRecipe,
    *,
    seed: int,
) -> Game:
    """Make the game between two spaces that starts at the map W."""
    exponent = recipe.frequency_exponent
    source = side_of(WordSampler(pair.x, exponent=exponent, seed=2 * seed + 1), recipe)
    target = side_of(WordSampler(pair.y, exponent=exponent, seed=2 * seed + 2), recipe)
    return Game(source, target, weight, recipe, seed=seed)


def side_of(sampler: Sampler, recipe: NeuralGromovWassersteinRecipe) -> Side:
    """Make a side in the coordinates of the recipe."""
    if recipe.coordinates == "whitened":
        return Side.whitened(sampler, count=recipe.whitening_points)
    return Side(sampler)


def play_to_the_end(
    game: Game,
    recipe: NeuralGromovWassersteinRecipe,
    *,
    judge: Judge,
    journal: Journal,
    observe: Observer,
) -> Played:
    """Play until the last step, or until the judge has seen nothing better for a while.

    Raises:
        DivergenceError: A loss is NaN or exploded. The journal holds the last good state.

    """
    transport = game.transport()
    best = _Best(transport, judge(transport), 0)
    spent = 0.0
    remembered = journal.recall(_UNIT)
    if remembered is not None:
        spent = float(remembered["seconds"])
        best = _restore(game, best, remembered)
    begin = time.perf_counter() - spent

    def record() -> None:
        journal.record(_UNIT, _state(game, best, time.perf_counter() - begin))

    # ⟨Px, z⟩ at the start. The losses of the first step are no measure: it may explode itself.
    scale = transport.linear_part.numel() ** 0.5
    while (
        game.step < recipe.steps and game.step - best.step < recipe.patience * recipe.assess_every
    ):
        losses = game.play()
        for name, loss in losses.items():
            if not math.isfinite(loss) or abs(loss) > _EXPLODED * scale:
                raise DivergenceError(_STAGE, game.step, f"{name.replace('_', ' ')} is {loss:.3g}")
        if game.step % recipe.assess_every == 0 or game.step == recipe.steps:
            transport = game.transport()
            judgement = judge(transport)
            if judgement > best.judgement:
                best = _Best(transport, judgement, game.step)
            record()
        metrics = {**losses, "judgement": best.judgement}
        try:
            observe(Progress(stage=_STAGE, step=game.step, total=recipe.steps, metrics=metrics))
        except BaseException:
            record()
            raise
    return Played(best.transport, best.step, time.perf_counter() - begin)


def _held_out_agreement(pair: NormalisedPair, transport: Transport) -> float:
    with torch.inference_mode():
        return held_out_agreement(pair.x, pair.y, transport(pair.x))


def _state(game: Game, best: _Best, seconds: float) -> dict[str, Tensor]:
    return {
        **game.state(),
        **{f"best.{name}": tensor for name, tensor in best.transport.state_dict().items()},
        "best_judgement": torch.tensor(best.judgement, dtype=torch.float64),
        "best_step": torch.tensor(best.step),
        "seconds": torch.tensor(seconds, dtype=torch.float64),
    }


def _restore(game: Game, best: _Best, tensors: Mapping[str, Tensor]) -> _Best:
    game.restore(tensors)
    best.transport.load_state_dict(
        {n.removeprefix("best."): t for n, t in tensors.items() if n.startswith("best.")}
    )
    return _Best(best.transport, float(tensors["best_judgement"]), int(tensors["best_step"]))
