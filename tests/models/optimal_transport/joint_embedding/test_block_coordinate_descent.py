"""EW_λ against brute force, against known optima, and under isometries."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import ot
import pytest
import torch

from isogloss.models.errors import OptionError, ShapeError
from isogloss.models.optimal_transport.joint_embedding import (
    DescentOptions,
    JointEmbedding,
    JointEmbeddingProblem,
    Start,
    circle,
    compose,
    finite_space,
    plane_grid,
    random_start,
    solve_joint_embedding,
    transferred_start,
    uniform_problem,
)
from isogloss.models.optimal_transport.joint_embedding.block_coordinate_descent import (
    effective_cost,
    relaxed_objective,
)

ANNEALED = DescentOptions(
    annealing=(64.0, 16.0, 4.0, 1.0),
    iterations=30,
    tolerance=1e-5,
    sweeps=200,
    marginal_tolerance=1e-5,
)


def points_in_square(seed: int, count: int) -> torch.Tensor:
    return torch.rand(count, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def best_of(problem: JointEmbeddingProblem, seeds: int, options: DescentOptions) -> JointEmbedding:
    solutions = [
        solve_joint_embedding(problem, random_start(problem, seed=seed), options)
        for seed in range(seeds)
    ]
    return min(solutions, key=lambda solution: solution.cost)


def dense_plan(solution: JointEmbedding) -> np.ndarray:
    """The 4-plan as a tensor, by the Markov property."""
    first, middle, last = (
        part.numpy() for part in (solution.plan.first, solution.plan.middle, solution.plan.last)
    )
    given_z = middle / np.maximum(middle.sum(axis=1, keepdims=True), 1e-300)
    given_w = last / np.maximum(last.sum(axis=1, keepdims=True), 1e-300)
    return np.asarray(
        first[:, :, None, None] * given_z[None, :, :, None] * given_w[None, None, :, :]
    )


def dense_objective(problem: JointEmbeddingProblem, plan: np.ndarray, other: np.ndarray) -> float:
    """F(π, γ) by loops over pairs of 4-tuples: the definition, eq. 19 to 21."""
    dx, dy = problem.source_distances.numpy(), problem.target_distances.numpy()
    d = problem.space.distances.numpy()
    total = 0.0
    tuples = list(itertools.product(*(range(size) for size in plan.shape)))
    for x, z, w, y in tuples:
        for x2, z2, w2, y2 in tuples:
            loss = (d[z, w] ** 2 + d[z2, w2] ** 2) / 2
            loss += problem.penalty * (dx[x, x2] - d[z, z2]) ** 2
            loss += problem.penalty * (dy[y, y2] - d[w, w2]) ** 2
            total += loss * plan[x, z, w, y] * other[x2, z2, w2, y2]
    return total


def small_problem(epsilon: float = 0.02) -> JointEmbeddingProblem:
    x, y = points_in_square(0, 3), points_in_square(1, 2)
    return uniform_problem(
        torch.cdist(x, x), torch.cdist(y, y), plane_grid(2), penalty=1.5, epsilon=epsilon
    )


def test_the_cost_is_the_one_of_the_definition() -> None:
    problem = small_problem()
    solution = solve_joint_embedding(problem, random_start(problem, seed=0))
    plan = dense_plan(solution)
    assert solution.cost == pytest.approx(dense_objective(problem, plan, plan), abs=1e-6)
    expected = solution.transport + 1.5 * (solution.source_distortion + solution.target_distortion)
    assert solution.cost == pytest.approx(expected)


def test_the_relaxed_objective_is_the_one_of_the_definition() -> None:
    problem = small_problem()
    one = solve_joint_embedding(
        problem, random_start(problem, seed=0), DescentOptions(iterations=1)
    )
    two = solve_joint_embedding(
        problem, random_start(problem, seed=1), DescentOptions(iterations=1)
    )
    cost = effective_cost(problem, two.plan.first, two.plan.last.T)
    ours = relaxed_objective(problem, cost, one.plan, two.plan)
    dense_one, dense_two = dense_plan(one), dense_plan(two)
    entropy = sum(
        float(np.sum(plan * np.log(np.maximum(plan, 1e-300) * plan.size)))
        for plan in (dense_one, dense_two)
    )
    expected = dense_objective(problem, dense_one, dense_two) + problem.epsilon * entropy
    assert ours == pytest.approx(expected, abs=1e-6)


def deterministic_optimum(problem: JointEmbeddingProblem) -> float:
    """Least cost over all pairs of maps X → Z, Y → Z and all couplings, by trying every one.

    With equal numbers and weights on both sides the best coupling of given maps is a permutation.
    """
    dx, dy = problem.source_distances.numpy(), problem.target_distances.numpy()
    d = problem.space.distances.numpy()
    n, k = len(dx), len(d)
    maps = [list(places) for places in itertools.product(range(k), repeat=n)]

    def stress(distances: np.ndarray, places: list[int]) -> float:
        return float(np.square(distances - d[np.ix_(places, places)]).mean())

    of_source = [stress(dx, places) for places in maps]
    of_target = [stress(dy, places) for places in maps]
    best = math.inf
    for f, s in zip(maps, of_source, strict=True):
        for g, t in zip(maps, of_target, strict=True):
            bound = problem.penalty * (s + t)
            if bound < best:
                squares = np.square(d[np.ix_(f, g)])
                moved = min(
                    squares[range(n), order].mean() for order in itertools.permutations(range(n))
                )
                best = min(best, bound + moved)
    return best


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("penalty", [0.5, 5.0])
def test_it_is_as_good_as_every_pair_of_maps(seed: int, penalty: float) -> None:
    x, y = points_in_square(seed, 3), points_in_square(seed + 10, 3)
    problem = uniform_problem(
        torch.cdist(x, x),
        torch.cdist(y, y),
        plane_grid(3),
        penalty=penalty,
        epsilon=3e-4 * penalty,
    )
    found = best_of(problem, 6, ANNEALED)
    brute = deterministic_optimum(problem)
    # Plans that split mass may be better than maps, and entropy costs a little.
    assert found.cost <= brute + 1e-4
    assert found.relaxation_gap < 1e-3


def test_the_relaxation_may_part_its_two_plans_and_a_smaller_step_does_not() -> None:
    x, y = points_in_square(1, 3), points_in_square(11, 3)
    problem = uniform_problem(
        torch.cdist(x, x), torch.cdist(y, y), plane_grid(3), penalty=0.5, epsilon=5e-4
    )
    optimum = deterministic_optimum(problem)
    apart = best_of(problem, 3, replace(ANNEALED, step=1.0))
    together = best_of(problem, 3, ANNEALED)
    assert apart.relaxation_gap > 0.9
    assert apart.cost > 2 * optimum
    assert together.relaxation_gap < 1e-3
    assert together.cost == pytest.approx(optimum, abs=1e-4)


@pytest.mark.parametrize("step", [1.0, 0.5])
def test_the_objective_never_rises(step: float) -> None:
    x, y = points_in_square(0, 30), points_in_square(1, 25)
    problem = uniform_problem(
        torch.cdist(x, x), torch.cdist(y, y), plane_grid(8), penalty=5.0, epsilon=0.05
    )
    options = DescentOptions(
        annealing=(16.0, 4.0, 1.0),
        tolerance=1e-9,
        step=step,
        marginal_tolerance=1e-10,
        sweeps=5000,
    )
    solution = solve_joint_embedding(problem, random_start(problem, seed=3), options)
    assert len(solution.objectives) > 20
    assert {objective.epsilon for objective in solution.objectives} == {0.8, 0.2, 0.05}
    assert solution.largest_increase < 1e-8
    values = [item.value for item in solution.objectives if item.epsilon == 0.05]
    assert all(after <= before + 1e-8 for before, after in itertools.pairwise(values))
    assert values[-1] < values[0]


def test_an_embeddable_pair_is_embedded_and_meets() -> None:
    # Both spaces are the same five places of the grid, in another order: cost 0 is possible.
    space = plane_grid(4)
    rows = torch.tensor([0, 1, 3, 9, 12])
    order = torch.tensor([3, 0, 1, 4, 2])
    d = space.distances[rows][:, rows]
    problem = uniform_problem(d, d[order][:, order], space, penalty=10.0, epsilon=5e-3)
    solution = best_of(problem, 8, ANNEALED)
    assert solution.cost < 5e-3
    assert solution.coupling.argmax(dim=0).tolist() == order.tolist()
    places = solution.source_places
    torch.testing.assert_close(torch.cdist(places, places), d, atol=0.05, rtol=0)
    torch.testing.assert_close(solution.target_places, places[order], atol=0.05, rtol=0)


def test_it_does_not_see_how_the_spaces_lie() -> None:
    x, y = points_in_square(4, 12), points_in_square(5, 10)
    turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]], dtype=torch.float64)
    moved = x @ turn.T + 7

    def solve(points: torch.Tensor) -> JointEmbedding:
        problem = uniform_problem(
            torch.cdist(points, points), torch.cdist(y, y), plane_grid(5), penalty=3.0, epsilon=0.02
        )
        return solve_joint_embedding(problem, random_start(problem, seed=0))

    one, other = solve(x), solve(moved)
    assert other.cost == pytest.approx(one.cost, abs=1e-7)
    torch.testing.assert_close(other.source_places, one.source_places, atol=1e-4, rtol=0)


def test_an_isometry_of_the_target_space_changes_nothing_but_the_places() -> None:
    x, y = points_in_square(4, 9), points_in_square(5, 8)
    space = plane_grid(4)
    mirror = torch.arange(16).reshape(4, 4).flip(0).flatten()
    problem = uniform_problem(
        torch.cdist(x, x), torch.cdist(y, y), space, penalty=3.0, epsilon=0.02
    )
    start = random_start(problem, seed=0)
    mirrored = Start(start.source_plan[:, mirror], start.target_plan[:, mirror])
    one, other = (solve_joint_embedding(problem, begin) for begin in (start, mirrored))
    assert other.cost == pytest.approx(one.cost, abs=1e-7)
    torch.testing.assert_close(other.plan.first, one.plan.first[:, mirror], atol=1e-5, rtol=0)


def test_with_a_growing_penalty_it_becomes_the_embedded_wasserstein_distance() -> None:
    # On the circle against the uniform measure EW is the Wasserstein distance (appendix B).
    count = 18
    space = circle(count)
    angle = space.coordinates[:, 0]
    density = torch.exp(2 * torch.cos(angle - torch.pi))
    weights = density / density.sum()
    uniform = torch.full_like(weights, 1 / count)
    exact = ot.emd2(uniform.numpy(), weights.numpy(), space.distances.square().numpy())
    assert exact > 0.3
    gaps = []
    for penalty in (0.1, 1.0, 10.0, 100.0):
        problem = JointEmbeddingProblem(
            source_distances=space.distances,
            target_distances=space.distances,
            source_weights=uniform,
            target_weights=weights,
            space=space,
            penalty=penalty,
            epsilon=2e-4 * penalty,
        )
        seen = min(
            solve_joint_embedding(problem, random_start(problem, seed=seed), ANNEALED).cost
            for seed in range(2)
        )
        gaps.append(abs(seen - exact) / exact)
    assert gaps[0] > 0.3, "a small penalty underestimates"
    assert gaps[-1] < 0.1
    assert gaps[-1] < gaps[1] < gaps[0]


def test_a_start_along_the_right_coupling_keeps_one_orientation() -> None:
    x = points_in_square(2, 20)
    d = torch.cdist(x, x)
    order = torch.randperm(20, generator=torch.Generator().manual_seed(0))
    problem = uniform_problem(d, d[order][:, order], plane_grid(8), penalty=10.0, epsilon=0.02)
    coupling = torch.eye(20, dtype=torch.float64)[:, order] / 20
    start = transferred_start(problem, coupling, seed=0)
    torch.testing.assert_close(start.target_plan, start.source_plan[order])
    solution = solve_joint_embedding(problem, start)
    torch.testing.assert_close(
        solution.target_places, solution.source_places[order], atol=0.02, rtol=0
    )
    with pytest.raises(ShapeError, match="coupling"):
        transferred_start(problem, coupling[:3], seed=0)


def test_both_dtypes_and_any_finite_space_are_accepted() -> None:
    x = points_in_square(2, 6).float()
    space = finite_space(torch.cdist(x, x))
    problem = uniform_problem(
        torch.cdist(x, x), torch.cdist(x, x), space, penalty=5.0, epsilon=0.01
    )
    solution = solve_joint_embedding(problem, random_start(problem, seed=0), ANNEALED)
    assert solution.plan.first.dtype == torch.float32
    assert compose(solution.plan).sum() == pytest.approx(1, abs=1e-3)


def test_the_output_says_how_it_ended() -> None:
    x, y = points_in_square(0, 12), points_in_square(1, 10)
    problem = uniform_problem(
        torch.cdist(x, x), torch.cdist(y, y), plane_grid(5), penalty=5.0, epsilon=0.02
    )
    start = random_start(problem, seed=0)
    told: list[tuple[int, float]] = []
    short = solve_joint_embedding(
        problem,
        start,
        DescentOptions(iterations=3, tolerance=1e-12),
        observe=lambda step, value: told.append((step, value)),
    )
    assert (short.iterations, short.converged) == (3, False)
    assert told == [(2, short.objectives[0].value), (3, short.objectives[1].value)]
    long = solve_joint_embedding(problem, start, DescentOptions(iterations=2000))
    assert long.converged
    assert 3 < long.iterations < 2000
    assert max(long.marginal_errors) < 1e-5


def test_it_rejects_what_makes_no_sense() -> None:
    d = torch.ones(3, 3) - torch.eye(3)
    space = plane_grid(2, dtype=torch.float32)
    with pytest.raises(OptionError, match="penalty"):
        uniform_problem(d, d, space, penalty=0.0, epsilon=0.1)
    with pytest.raises(OptionError, match="epsilon"):
        uniform_problem(d, d, space, penalty=1.0, epsilon=-1.0)
    with pytest.raises(OptionError, match="the source: expected none below 0"):
        uniform_problem(-d, d, space, penalty=1.0, epsilon=0.1)
    weights = torch.full((3,), 1 / 3)
    for bad, error in ((weights[:2], ShapeError), (weights * 2, OptionError)):
        with pytest.raises(error, match="target"):
            JointEmbeddingProblem(
                source_distances=d,
                target_distances=d,
                source_weights=weights,
                target_weights=bad,
                space=space,
                penalty=1.0,
                epsilon=0.1,
            )
    with pytest.raises(OptionError, match="end with 1"):
        DescentOptions(annealing=(4.0, 2.0))
    with pytest.raises(OptionError, match="at least 1"):
        DescentOptions(iterations=0)
