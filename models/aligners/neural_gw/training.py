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

from models.aligners.aligner import Observer, Progress, Stage
from models.aligners.criterion import held_out_agreement
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
    agreement: float
    step: int


def train_neural_gromov_wasserstein(
    pair: NormalisedPair,
    weight: Float[Tensor, "n m"],
    recipe: NeuralGromovWassersteinRecipe,
    *,
    seed: int,
    journal: Journal,
    observe: Observer,
) -> Stage:
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
        The stage ``raw``, whose map is the best T.

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
            agreement = _assess(pair, game.averaged)
            if agreement > best.agreement:
                best = _Best(copy.deepcopy(game.averaged), agreement, game.step)
            record()
        metrics = {**losses, "criterion": best.agreement}
        try:
            observe(Progress(stage=_STAGE, step=game.step, total=recipe.steps, metrics=metrics))
        except BaseException:
            record()
            raise
    return Stage(
        name="raw",
        transport=best.transport,
        criterion=best.agreement,
        seconds=time.perf_counter() - begin,
    )


def _assess(pair: NormalisedPair, transport: Transport) -> float:
    with torch.inference_mode():
        return held_out_agreement(pair.x, pair.y, transport(pair.x))


def _state(game: Game, best: _Best, seconds: float) -> dict[str, Tensor]:
    return {
        **game.state(),
        **{f"best.{name}": tensor for name, tensor in best.transport.state_dict().items()},
        "best_agreement": torch.tensor(best.agreement, dtype=torch.float64),
        "best_step": torch.tensor(best.step),
        "seconds": torch.tensor(seconds, dtype=torch.float64),
    }


def _restore(game: Game, best: _Best, tensors: Mapping[str, Tensor]) -> _Best:
    game.restore(tensors)
    best.transport.load_state_dict(
        {n.removeprefix("best."): t for n, t in tensors.items() if n.startswith("best.")}
    )
    return _Best(best.transport, float(tensors["best_agreement"]), int(tensors["best_step"]))
