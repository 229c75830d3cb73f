"""Where the players start, what a step keeps, and that a game can be continued."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from isogloss.models.aligners.neural_gw.game import Game
from isogloss.models.aligners.neural_gw.losses import cost_loss, transport_loss
from isogloss.models.aligners.neural_gw.players import Players, on_sphere
from isogloss.models.aligners.neural_gw.sampler import WordSampler
from isogloss.models.aligners.neural_gw.training import game_of_words
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.recipe import NeuralGromovWassersteinRecipe
from isogloss.models.maps.networks import LinearTransport
from isogloss.models.neighbours.csls import unit
from tests.models.aligners.samples import hidden_pair
from tests.rotated_spaces import isometry

DIMENSIONS = [(8, 8), (10, 6), (6, 10)]
RECIPE = NeuralGromovWassersteinRecipe(
    transport_widths=(16,), potential_widths=(12,), steps=20, batch=64, learning_rate=1e-3
)


CONDITIONED = replace(
    RECIPE,
    coordinates="whitened",
    whitening_points=2000,
    curvature="matrix",
    frequency=2.0,
    linear_rate=0.2,
    cost_rate=0.1,
    transport_batch=32,
)
"""All that conditions the game, as between distributions."""


def orthogonal(n: int, m: int) -> torch.Tensor:
    q = isometry(np.random.default_rng(n), max(n, m), min(n, m))
    return torch.from_numpy(q if n >= m else np.ascontiguousarray(q.T))


def game(
    m: int = 20,
    n: int = 20,
    *,
    recipe: NeuralGromovWassersteinRecipe = RECIPE,
    seed: int = 0,
) -> Game:
    spaces = hidden_pair(words=200, source_dimension=m, target_dimension=n)
    pair = NormalisedPair.of(*spaces, device="cpu")
    return game_of_words(pair, orthogonal(n, m), recipe, seed=seed)


def assert_same_state(one: Game, other: Game) -> None:
    left, right = one.state(), other.state()
    assert left.keys() == right.keys()
    for name, tensor in left.items():
        assert torch.equal(tensor, right[name]), name


@pytest.mark.parametrize(("m", "n"), DIMENSIONS)
@pytest.mark.parametrize("widths", [(), (16,)])
def test_the_image_is_stationary_at_the_start(m: int, n: int, widths: tuple[int, ...]) -> None:
    weight = orthogonal(n, m)
    recipe = replace(RECIPE, transport_widths=widths)
    players = Players.starting_at(weight, recipe, seed=0)
    directions = unit(torch.randn(50, m, generator=torch.Generator().manual_seed(1)))
    px = (directions * m**0.5) @ players.cost_matrix.detach().T
    z = (n**0.5 * directions @ weight.T).requires_grad_()

    torch.testing.assert_close(n**0.5 * players.transport(directions), z)
    loss = transport_loss(px, z, players.potential(z))
    (gradient,) = torch.autograd.grad(loss, z)
    assert float(gradient.abs().max()) < 1e-6
    # Stationary because two forces cancel, and not because there are none.
    (alone,) = torch.autograd.grad(cost_loss(px, z), z)
    assert float(alone.abs().max()) > 1e-3
    # A minimum in z: the loss rises on every side.
    noise = torch.randn(20, *z.shape, generator=torch.Generator().manual_seed(2)) / 10
    for shift in noise:
        moved = z.detach() + shift
        assert transport_loss(px, moved, players.potential(moved)) > loss


@pytest.mark.parametrize(("m", "n"), DIMENSIONS)
def test_a_conditioned_game_starts_at_a_saddle_too(m: int, n: int) -> None:
    weight = orthogonal(n, m)
    played = game(m, n, recipe=CONDITIONED)
    points = unit(torch.randn(40, m, generator=torch.Generator().manual_seed(1)))
    torch.testing.assert_close(played.solution()(points), points @ weight.T, rtol=0, atol=1e-4)

    # Seen by the players: ⟨P̃x̃, z̃⟩ with P̃ = CPC pulls at z̃ as much as f holds it back.
    source, target = played.sides
    assert source.basis is not None and target.basis is not None
    x = source.draw(40)
    seen = target.basis @ played.players.cost_matrix.detach() @ source.basis
    with torch.no_grad():
        z = n**0.5 * played.players.transport(x / m**0.5)
    z.requires_grad_()
    loss = transport_loss(x @ seen.T, z, played.players.potential(z))
    (gradient,) = torch.autograd.grad(loss, z)
    (alone,) = torch.autograd.grad(cost_loss(x @ seen.T, z), z)
    assert float(gradient.abs().max()) < 1e-3 * float(alone.abs().max())


@pytest.mark.parametrize("coordinates", ["given", "whitened"])
def test_the_closed_form_of_the_cost_matrix_minimises_its_loss(coordinates: str) -> None:
    recipe = replace(
        CONDITIONED,
        coordinates="whitened" if coordinates == "whitened" else "given",
        cost_rate=1.0,
        linear_rate=0.0,
        learning_rate=0.0,
        batch=20_000,
        potential_steps=1,
        transport_steps=1,
    )
    played = game(8, 6, recipe=recipe)
    played.play()
    best = played.players.cost_matrix.detach()
    assert float(best.norm()) == pytest.approx(6**0.5, rel=1e-5)
    # On new batches of the same sides no other matrix of the sphere couples x and z more.
    source, target = played.sides
    x = source.draw(20_000)
    with torch.no_grad():
        z = 6**0.5 * played.players.transport(x / 8**0.5)
    if source.basis is not None and target.basis is not None:
        x, z = x @ source.basis, z @ target.basis
    noise = torch.randn(30, 6, 8, generator=torch.Generator().manual_seed(3)) / 5
    loss = float(cost_loss(x @ best.T, z))
    assert all(float(cost_loss(x @ on_sphere(best + shift).T, z)) > loss for shift in noise)


@pytest.mark.parametrize(("m", "n"), DIMENSIONS)
def test_the_cost_matrix_is_already_the_best_on_its_sphere_for_a_rotated_cloud(
    m: int, n: int
) -> None:
    weight = orthogonal(n, m)
    players = Players.starting_at(weight, RECIPE, seed=0)
    # For white x the gradient of ⟨P, E z xᵀ⟩ is a multiple of W itself.
    x = torch.eye(m) * m**0.5
    z = n**0.5 * (x / m**0.5) @ weight.T
    matrix = players.cost_matrix.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(cost_loss(x @ matrix.T, z), matrix)
    torch.testing.assert_close(on_sphere(-gradient), players.cost_matrix.detach())


@pytest.mark.parametrize(("m", "n"), DIMENSIONS)
def test_the_cost_matrix_stays_on_its_sphere(m: int, n: int) -> None:
    played = game(m, n, recipe=replace(RECIPE, cost_steps=2))
    before = played.players.cost_matrix.detach().clone()
    for _ in range(5):
        played.play()
        norm = float(played.players.cost_matrix.detach().norm())
        assert norm == pytest.approx(min(m, n) ** 0.5, rel=1e-5)
    assert not torch.equal(played.players.cost_matrix, before)


@pytest.mark.parametrize("widths", [(), (16,)])
@pytest.mark.parametrize("base", [RECIPE, CONDITIONED], ids=["plain", "conditioned"])
def test_continues_bit_for_bit_from_its_state(
    base: NeuralGromovWassersteinRecipe, widths: tuple[int, ...]
) -> None:
    recipe = replace(base, transport_widths=widths)
    uninterrupted, interrupted = game(recipe=recipe), game(recipe=recipe)
    for _ in range(3):
        uninterrupted.play()
        interrupted.play()
    # Whatever a fresh one holds is replaced, but for the coordinates, which its seed decides.
    resumed = game(recipe=recipe, seed=9 if base is RECIPE else 0)
    resumed.restore({name: tensor.clone() for name, tensor in interrupted.state().items()})
    assert_same_state(resumed, interrupted)
    for _ in range(3):
        assert resumed.play() == uninterrupted.play()
    assert_same_state(resumed, uninterrupted)
    assert resumed.step == 6


def test_the_seed_decides() -> None:
    first, again, other = (game(seed=seed) for seed in (1, 1, 2))
    losses = [played.play() for played in (first, again, other)]
    assert losses[0] == losses[1] != losses[2]
    assert_same_state(first, again)


def test_making_players_leaves_the_global_generator_alone() -> None:
    state = torch.random.get_rng_state()
    game()
    assert torch.equal(torch.random.get_rng_state(), state)


def test_every_player_moves() -> None:
    played = game()
    before = {name: tensor.clone() for name, tensor in played.players.state_dict().items()}
    for _ in range(3):
        losses = played.play()
    assert set(losses) == {"cost_loss", "transport_loss", "potential_loss"}
    after = played.players.state_dict()
    # The last bias of f cancels in its loss.
    constant = f"potential.perceptron.{len(RECIPE.potential_widths) * 2}.bias"
    assert {name for name in before if torch.equal(before[name], after[name])} <= {constant}


def test_the_mean_trails_the_transport() -> None:
    played = game(recipe=replace(RECIPE, averaging=0.75))
    expected = played.players.transport.linear_part.detach().clone()
    for _ in range(4):
        played.play()
        expected = 0.75 * expected + 0.25 * played.players.transport.linear_part.detach()
    torch.testing.assert_close(played.averaged.linear_part, expected)


def test_the_learning_rate_falls_to_zero() -> None:
    played = game(recipe=replace(RECIPE, steps=4))
    moves = []
    for _ in range(4):
        before = played.players.cost_matrix.detach().clone()
        played.play()
        moves.append(float((played.players.cost_matrix.detach() - before).norm()))
    assert moves[-1] < moves[0] / 2


def test_linear_without_hidden_widths() -> None:
    players = Players.starting_at(orthogonal(4, 4), replace(RECIPE, transport_widths=()), seed=0)
    assert isinstance(players.transport, LinearTransport)


def test_batches_have_length_root_dimension_and_follow_the_frequency() -> None:
    vectors = unit(torch.randn(1000, 5, generator=torch.Generator().manual_seed(0)))
    batch = WordSampler(vectors, exponent=0.7, seed=0).draw(20_000)
    torch.testing.assert_close(batch.norm(dim=1), torch.full((20_000,), 5**0.5))
    nearest = (batch @ vectors.T).argmax(dim=1)
    observed = torch.bincount(nearest, minlength=1000).double()
    weights = (torch.arange(1000, dtype=torch.float64) + 100) ** -0.7
    expected = 20_000 * weights / weights.sum()
    # Pearson's χ² with 999 degrees of freedom: mean 999, standard deviation 45.
    assert float(((observed - expected) ** 2 / expected).sum()) < 999 + 5 * 45


def test_two_sides_draw_different_rows() -> None:
    rows = torch.eye(300)
    one, other = (WordSampler(rows, exponent=0.0, seed=seed).draw(200) for seed in (1, 2))
    assert float((one.argmax(dim=1) == other.argmax(dim=1)).double().mean()) < 0.1


class ScalarReads(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes every tensor that is read as one number, as ``.item()`` does."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.places: list[int] = []

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: tuple[type, ...],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if func is torch.ops.aten._local_scalar_dense.default:
            self.places.append(args[0].data_ptr())
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("recipe", [RECIPE, CONDITIONED])
def test_a_step_reads_nothing_but_its_losses_at_its_end(
    recipe: NeuralGromovWassersteinRecipe,
) -> None:
    """On a GPU every number read halts it; Adam keeps its counts of steps on the CPU."""
    played = game(recipe=recipe)
    played.play()
    counts = {
        moments["step"].data_ptr()
        for optimiser in played._optimisers.values()
        if optimiser._adam is not None
        for moments in optimiser._adam.state.values()
    }
    with ScalarReads() as reads:
        losses = played.play()
    assert set(losses) == {"cost_loss", "transport_loss", "potential_loss"}
    assert set(reads.places) <= counts
    with ScalarReads() as reads:
        float(torch.ones(3).sum())
    assert len(reads.places) == 1
