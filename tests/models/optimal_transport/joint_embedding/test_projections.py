"""Means in each geometry, where the mean is known."""

from __future__ import annotations

import torch

from isogloss.models.optimal_transport.joint_embedding import (
    barycentric_projection,
    circle,
    finite_space,
    likeliest_place,
    plane_grid,
    sphere,
    torus,
)


def plan_on(rows: list[dict[int, float]], columns: int) -> torch.Tensor:
    plan = torch.zeros(len(rows), columns, dtype=torch.float64)
    for row, masses in enumerate(rows):
        for column, mass in masses.items():
            plan[row, column] = mass
    return plan


def test_in_the_plane_it_is_the_weighted_mean() -> None:
    space = plane_grid(3, side=2.0)
    places = barycentric_projection(plan_on([{0: 0.1, 8: 0.3}], 9), space)
    torch.testing.assert_close(places, torch.tensor([[1.5, 1.5]], dtype=torch.float64))


def test_on_a_circle_it_goes_the_short_way_round() -> None:
    space = circle(8, circumference=8.0)
    places = barycentric_projection(plan_on([{7: 1, 1: 1}, {2: 1, 4: 1}], 8), space)
    distance = torch.minimum(places % 8, 8 - places % 8)
    assert float(distance[0]) < 1e-9
    assert abs(float(places[1]) - 3) < 1e-9


def test_on_the_torus_both_circles_count() -> None:
    space = torus(4, circumference=4.0)
    places = barycentric_projection(plan_on([{0: 1, 3: 1}], 16), space)
    expected = torch.tensor([[0.0, 3.5]], dtype=torch.float64)
    torch.testing.assert_close(places, expected, atol=1e-9, rtol=0)


def test_on_the_sphere_it_lies_on_the_sphere() -> None:
    space = sphere(30, radius=2.0)
    plan = torch.rand(5, 30, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    places = barycentric_projection(plan, space)
    torch.testing.assert_close(places.norm(dim=1), torch.full((5,), 2.0, dtype=torch.float64))
    lone = barycentric_projection(plan_on([{4: 0.2}], 30), space)
    torch.testing.assert_close(lone[0], space.coordinates[4])


def test_in_a_finite_space_it_is_a_place_with_the_least_squared_distance() -> None:
    points = torch.tensor([[0.0], [1.0], [5.0], [6.0]], dtype=torch.float64)
    space = finite_space(torch.cdist(points, points), points)
    places = barycentric_projection(plan_on([{0: 1, 1: 1, 3: 0.1}, {2: 1, 3: 3}], 4), space)
    assert places.flatten().tolist() == [1, 6]


def test_the_likeliest_place_receives_most() -> None:
    assert likeliest_place(plan_on([{0: 0.1, 2: 0.3}, {1: 1}], 3)).tolist() == [2, 1]
