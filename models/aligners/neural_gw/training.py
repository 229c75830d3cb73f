"""Play NGW until the criterion no longer improves, and keep the best T."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from models.aligners.aligner import Observer, Progress
from models.aligners.criterion import Quality, assess
from models.aligners.journal import Journal
from models.aligners.neural_gw.game import Game
from models.aligners.normalised_pair import NormalisedPair
from models.aligners.recipe import NeuralGromovWassersteinRecipe
from models.aligners.transports import Transport
from models.errors import DivergenceError

_STAGE = "neural-gw"
_UNIT = "neural-gw"
_EXPLODED = 1e3


@final
@dataclass(slots=True)
class _Best:
    """The best T so far, by the criterion."""

    transport: Transport
    quality: Quality
    step: int


def train_neural_gromov_wasserstein(
    pair: NormalisedPair,
    weight: Float[Tensor, "n m"],
    recipe: NeuralGromovWassersteinRecipe,
    *,
    seed: int,
    journal: Journal,
    observe: Observer,
) -> tuple[Transport, Quality, float]:
    """Train T from the map W.

    T is the running mean of the trained one. Every few steps the criterion looks at it; the best
    look is kept, the start among them, so that the stage never ends worse than it began.

    Args:
        pair: The spaces.
        weight: Where to start, an orthogonal map of shape [n, m].
        recipe: Settings.
        seed: Of the networks and the two samplers.
        journal: Keeps the state of the game.
        observe: Is told of every outer step.

    Returns:
        The best T, its quality, and the seconds that the training took.

    Raises:
        DivergenceError: A loss is NaN or exploded. The journal holds the last good state.

    """
    game = Game(pair, weight, recipe, seed=seed)
    best = _Best(copy.deepcopy(game.averaged), _assess(pair, game.averaged), 0)
    spent = 0.0
    remembered = journal.recall(_UNIT)
    if remembered is not None:
        spent = float(remembered["seconds"])
        best = _restore(game, best, remembered)
    begin = time.perf_counter() - spent

    def record() -> None:
        journal.record(_UNIT, _state(game, best, time.perf_counter() - begin))

    scale: float | None = None
    while (
        game.step < recipe.steps and game.step - best.step < recipe.patience * recipe.assess_every
    ):
        losses = game.play()
        scale = abs(losses["transport_loss"]) + 1 if scale is None else scale
        for name, loss in losses.items():
            if not math.isfinite(loss) or abs(loss) > _EXPLODED * scale:
                raise DivergenceError(_STAGE, game.step, f"{name.replace('_', ' ')} is {loss:.3g}")
        if game.step % recipe.assess_every == 0 or game.step == recipe.steps:
            quality = _assess(pair, game.averaged)
            if _better(quality, best.quality):
                best = _Best(copy.deepcopy(game.averaged), quality, game.step)
            record()
        metrics = {**losses, "criterion": best.quality.nearest_cosine}
        try:
            observe(Progress(stage=_STAGE, step=game.step, total=recipe.steps, metrics=metrics))
        except BaseException:
            record()
            raise
    return best.transport, best.quality, time.perf_counter() - begin


def _better(quality: Quality, than: Quality) -> bool:
    return quality.held_out_agreement > than.held_out_agreement


def _assess(pair: NormalisedPair, transport: Transport) -> Quality:
    with torch.inference_mode():
        return assess(pair.x, pair.y, transport(pair.x))


def _state(game: Game, best: _Best, seconds: float) -> dict[str, Tensor]:
    return {
        **game.state(),
        **{f"best.{name}": tensor for name, tensor in best.transport.state_dict().items()},
        "best_quality": torch.tensor(
            [best.quality.nearest_cosine, best.quality.held_out_agreement], dtype=torch.float64
        ),
        "best_step": torch.tensor(best.step),
        "seconds": torch.tensor(seconds, dtype=torch.float64),
    }


def _restore(game: Game, best: _Best, tensors: Mapping[str, Tensor]) -> _Best:
    game.restore(tensors)
    best.transport.load_state_dict(
        {n.removeprefix("best."): t for n, t in tensors.items() if n.startswith("best.")}
    )
    cosine, agreement = tensors["best_quality"].tolist()
    return _Best(best.transport, Quality(cosine, agreement), int(tensors["best_step"]))
