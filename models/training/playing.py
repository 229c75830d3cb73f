"""Games between networks: the loop that plays one, and what every game is made of.

A minimax problem is a game that is played in outer steps. Its solution is looked at every few steps
by a judge; the best look is kept, and the state is kept so that an interrupted fit can go on.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, final, runtime_checkable

import torch
from torch import Tensor, nn

from isogloss.models.errors import DivergenceError
from isogloss.models.progress.journal import Journal
from isogloss.models.progress.observation import Observer, Progress

SolutionT = TypeVar("SolutionT", bound=nn.Module)
SolutionT_co = TypeVar("SolutionT_co", bound=nn.Module, covariant=True)
Judge = Callable[[SolutionT], float]
"""How good a solution is, without a dictionary; more is better."""

_EXPLODED = 1e3


@runtime_checkable
class Schedule(Protocol):
    """How long a game is played; recipes of games have these fields."""

    @property
    def steps(self) -> int:
        """Outer steps."""

    @property
    def assess_every(self) -> int:
        """Outer steps between two looks of the judge."""

    @property
    def patience(self) -> int:
        """Looks without a better judgement before the game stops."""


@runtime_checkable
class Playable(Protocol[SolutionT_co]):
    """A game."""

    @property
    def step(self) -> int:
        """Outer steps played."""

    @property
    def scale(self) -> float:
        """Size that losses have; a thousand times as much is an explosion."""

    def play(self) -> dict[str, float]:
        """Play one outer step; gives the losses of the players."""

    def solution(self) -> SolutionT_co:
        """Give the solution so far, as a copy of its own."""

    def state(self) -> dict[str, Tensor]:
        """All that :meth:`restore` needs to continue exactly, as flat tensors."""

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Continue from a state that a game with the same recipe returned."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Played(Generic[SolutionT]):
    """What a game ended in.

    Attributes:
        solution: The best one in the eyes of the judge.
        judgement: What the judge said of it.
        step: Outer steps that it had behind it.
        seconds: Time that the game took.

    """

    solution: SolutionT
    judgement: float
    step: int
    seconds: float


def play_to_the_end(
    game: Playable[SolutionT],
    schedule: Schedule,
    *,
    stage: str,
    judge: Judge[SolutionT],
    journal: Journal,
    observe: Observer,
) -> Played[SolutionT]:
    """Play until the last step, or until the judge has seen nothing better for a while.

    Args:
        game: The game, which is played on.
        schedule: How long.
        stage: Name of the game, in reports and as the unit of the journal.
        judge: Ranks the looks; the start is one of them.
        journal: Keeps the state of the game.
        observe: Is told of every outer step.

    Raises:
        DivergenceError: A loss is NaN or exploded. The journal holds the last good state.

    """
    solution = game.solution()
    best = Played(solution, judge(solution), 0, 0.0)
    remembered = journal.recall(stage)
    if remembered is not None:
        best = _restore(game, best, remembered)
    begin = time.perf_counter() - best.seconds

    def record() -> None:
        journal.record(stage, _state(game, best, time.perf_counter() - begin))

    patience = schedule.patience * schedule.assess_every
    # Taken at the start: the losses of the first step are no measure, for it may explode itself.
    scale = game.scale
    while game.step < schedule.steps and game.step - best.step < patience:
        losses = game.play()
        for name, loss in losses.items():
            if not math.isfinite(loss) or abs(loss) > _EXPLODED * scale:
                raise DivergenceError(stage, game.step, f"{name.replace('_', ' ')} is {loss:.3g}")
        if game.step % schedule.assess_every == 0 or game.step == schedule.steps:
            solution = game.solution()
            judgement = judge(solution)
            if judgement > best.judgement:
                best = Played(solution, judgement, game.step, 0.0)
            record()
        metrics = {**losses, "judgement": best.judgement}
        try:
            observe(Progress(stage=stage, step=game.step, total=schedule.steps, metrics=metrics))
        except BaseException:
            record()
            raise
    return Played(best.solution, best.judgement, best.step, time.perf_counter() - begin)


def play_all_steps(
    game: Playable[SolutionT],
    schedule: Schedule,
    *,
    stage: str,
    journal: Journal,
    observe: Observer,
) -> Played[SolutionT]:
    """Play a game that there is nothing to judge by: the last solution counts.

    Raises:
        DivergenceError: A loss is NaN or exploded. The journal holds the last good state.

    """
    return play_to_the_end(
        game,
        schedule,
        stage=stage,
        judge=lambda _: float(game.step),
        journal=journal,
        observe=observe,
    )


def read_losses(losses: Mapping[str, Tensor]) -> dict[str, float]:
    """Read the last loss of each player, all at once: on a GPU each reading waits for the step."""
    values = torch.stack(list(losses.values())).tolist()
    return {f"{name}_loss": value for name, value in zip(losses, values, strict=True)}


def follow(mean: nn.Module, current: nn.Module, memory: float) -> None:
    """Move the running mean of a network's weights towards the present ones."""
    with torch.no_grad():
        for average, parameter in zip(mean.parameters(), current.parameters(), strict=True):
            average.lerp_(parameter, 1 - memory)


def under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give the tensors whose names begin with a prefix, without it."""
    return {
        name.removeprefix(f"{prefix}."): tensor
        for name, tensor in tensors.items()
        if name.startswith(f"{prefix}.")
    }


def named(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Put a prefix before the names of tensors; :func:`under` takes it away."""
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def _state(game: Playable[SolutionT], best: Played[SolutionT], seconds: float) -> dict[str, Tensor]:
    return {
        **game.state(),
        **named("best", best.solution.state_dict()),
        "best_judgement": torch.tensor(best.judgement, dtype=torch.float64),
        "best_step": torch.tensor(best.step),
        "seconds": torch.tensor(seconds, dtype=torch.float64),
    }


def _restore(
    game: Playable[SolutionT], best: Played[SolutionT], tensors: Mapping[str, Tensor]
) -> Played[SolutionT]:
    game.restore(tensors)
    best.solution.load_state_dict(under("best", tensors))
    return Played(
        best.solution,
        float(tensors["best_judgement"]),
        int(tensors["best_step"]),
        float(tensors["seconds"]),
    )
