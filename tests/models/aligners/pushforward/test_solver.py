"""SPOT against known optima: Gaussians, three marginals, and games that are resumed."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from isogloss.models.aligners.neural_gw.sampler import Sampler, StreamSampler
from isogloss.models.aligners.pushforward.cost import euclidean, squared_euclidean
from isogloss.models.aligners.pushforward.game import PushforwardGame, transport_cost
from isogloss.models.aligners.pushforward.networks import BranchedGenerator
from isogloss.models.aligners.pushforward.solver import solve_pushforward, standard_normal
from isogloss.models.aligners.recipe import PushforwardRecipe
from isogloss.models.errors import DivergenceError
from isogloss.models.progress.observation import ignore_progress
from isogloss.models.training.playing import play_all_steps
from tests.models.aligners.memory_journal import MemoryJournal

RECIPE = PushforwardRecipe(
    generator_widths=(16,),
    potential_widths=(16,),
    multiplier=10.0,
    steps=250,
    batch=256,
    potential_steps=4,
    learning_rate=1e-2,
    potential_rate=2e-2,
    averaging=0.95,
    assess_every=250,
)


def normal(mean: float, deviation: float = 1.0, *, seed: int, dimension: int = 1) -> Sampler:
    def draw(count: int, generator: torch.Generator) -> torch.Tensor:
        return mean + deviation * torch.randn(count, dimension, generator=generator)

    return StreamSampler(draw, seed=seed)


def test_the_distance_between_shifted_gaussians_is_the_shift() -> None:
    plan = solve_pushforward([normal(-1, seed=1), normal(1, seed=2)], euclidean, RECIPE, seed=0)
    x, y = plan.sample(20_000, seed=3)
    assert float(x.mean()) == pytest.approx(-1, abs=0.2)
    assert float(y.mean()) == pytest.approx(1, abs=0.2)
    assert float(x.std()) == pytest.approx(1, abs=0.25)
    assert plan.mean_cost(euclidean, 20_000, seed=3) == pytest.approx(2, abs=0.4)
    # Independent points would be 2.27 apart in the mean, and the pairs of a plan are monotone.
    assert float(torch.corrcoef(torch.cat([x, y], dim=1).T)[0, 1]) > 0.9


def test_three_marginals_meet_in_their_barycenter() -> None:
    marginals = [normal(m, seed=number) for number, m in enumerate((-1.0, 0.0, 1.0))]
    steep = replace(RECIPE, multiplier=20.0)  # the optimal potentials have slopes of 6
    plan = solve_pushforward(marginals, squared_euclidean, steep, seed=0)
    points = plan.sample(20_000, seed=3)
    means = [float(x.mean()) for x in points]
    assert means == pytest.approx([-1, 0, 1], abs=0.2)
    # The optimum is 1 + 1 + 4; independent points cost 2 more for each of the three pairs.
    assert plan.mean_cost(squared_euclidean, 20_000, seed=3) == pytest.approx(6, abs=1.2)


def game(seed: int = 0) -> PushforwardGame:
    return PushforwardGame(
        BranchedGenerator.of_perceptrons(2, (8,), (2, 3), seed=seed),
        StreamSampler(standard_normal(2), seed=9),
        [normal(0, seed=1, dimension=2), normal(1, seed=2, dimension=3)],
        transport_cost(lambda points: points[0].norm(dim=1) + points[1].norm(dim=1)),
        replace(RECIPE, steps=6, assess_every=2),
        seed=seed,
    )


def test_a_game_goes_on_from_its_state_as_if_it_had_not_stopped() -> None:
    whole, first = game(), game()
    for _ in range(6):
        whole.play()
    for _ in range(3):
        first.play()
    second = game(seed=5)
    second.restore(first.state())
    for _ in range(3):
        second.play()
    z = torch.randn(7, 2)
    for expected, found in zip(whole.solution()(z), second.solution()(z), strict=True):
        assert torch.equal(expected, found)


def test_an_interrupted_run_ends_in_the_same_plan() -> None:
    def stop(progress: object) -> None:
        raise KeyboardInterrupt

    schedule = replace(RECIPE, steps=6, assess_every=2)
    journal = MemoryJournal()
    quiet = play_all_steps(
        game(), schedule, stage="s", journal=MemoryJournal(), observe=ignore_progress
    )
    with pytest.raises(KeyboardInterrupt):
        play_all_steps(game(), schedule, stage="s", journal=journal, observe=stop)
    resumed = play_all_steps(game(), schedule, stage="s", journal=journal, observe=ignore_progress)
    z = torch.randn(5, 2)
    assert torch.equal(quiet.solution(z)[1], resumed.solution(z)[1])


def test_an_explosion_is_named() -> None:
    rash = replace(RECIPE, learning_rate=1e6, steps=50, averaging=0.0)
    with pytest.raises(DivergenceError, match="pushforward diverged at step"):
        solve_pushforward([normal(0, seed=1), normal(1, seed=2)], squared_euclidean, rash, seed=0)
