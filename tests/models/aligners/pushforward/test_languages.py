"""The start of a plan between languages, and three languages in one plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from isogloss.models.aligners import SelfLearningAligner, create_aligner
from isogloss.models.aligners.neural_gw.sampler import StreamSampler, gaussian
from isogloss.models.aligners.pair_fitting import FittedKind, fit_on_pairs
from isogloss.models.aligners.pushforward.languages import fit_languages, gaussian_plan
from isogloss.models.errors import OptionError
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from tests.models.aligners.samples import accuracy, hidden_pair, small_recipe
from tests.rotated_spaces import isometry

RECIPE = small_recipe()


def test_the_plan_of_gaussians_is_the_known_one() -> None:
    """Between Gaussians the best plan has the cross moments of Gelbrich's formula."""
    torch.manual_seed(0)
    first, second = (a @ a.T / 4 + torch.eye(4) for a in torch.randn(2, 4, 4))
    turn = torch.linalg.qr(torch.randn(4, 4)).Q
    samplers = [StreamSampler(gaussian(c), seed=s) for s, c in enumerate((first, second))]
    a, b = gaussian_plan(samplers, [turn, torch.eye(4)])
    for weight, covariance in ((a, first), (b, second)):
        torch.testing.assert_close(weight @ weight.T, covariance, rtol=0, atol=0.15)
    found = float(torch.trace(turn @ a @ b.T))
    product = (turn @ first @ turn.T).double() @ second.double()
    best = float(torch.linalg.eigvals(product).real.sqrt().sum())
    assert found == pytest.approx(best, rel=0.02)


@pytest.mark.parametrize("kind", ["orthogonal", "linear", "residual"])
def test_a_map_of_pairs_fits_what_it_can(kind: FittedKind) -> None:
    torch.manual_seed(1)
    x = torch.nn.functional.normalize(torch.randn(2000, 6), dim=1)
    rotation = torch.linalg.qr(torch.randn(6, 6)).Q
    scale = 1.0 if kind == "orthogonal" else 2.0
    y = scale * x @ rotation.T
    if kind == "residual":
        y = y + 2 * x.abs()  # an even part, of which a linear map fits nothing
    transport = fit_on_pairs(x, y, kind, widths=(64,), seed=0, stage="test")
    linear = fit_on_pairs(x, y, "linear", widths=(), seed=0, stage="test")
    with torch.inference_mode():
        error, of_linear = (
            float((fitted(x) - y).square().mean() / y.square().mean())
            for fitted in (transport, linear)
        )
    assert error < (0.5 * of_linear if kind == "residual" else 1e-8)


def test_three_languages_in_one_plan_translate_in_every_direction() -> None:
    english, turned = hidden_pair(words=400, noise=0.1)
    turn = isometry(np.random.default_rng(8), 70, 60)
    third = EmbeddingSpace("yy", english.words, (english.vectors @ turn.T).astype(np.float32))
    spaces = {"en": english, "xx": turned, "yy": third}
    plan = fit_languages(spaces, SelfLearningAligner(recipe=RECIPE), RECIPE.pushforward, seed=1)
    points = plan.plan.sample(100, seed=0)
    assert [x.shape for x in points] == [(100, 60), (100, 60), (100, 70)]
    for source, target in (("en", "xx"), ("yy", "en"), ("xx", "yy")):
        alignment = plan.alignment(source, target)
        assert alignment.found
        assert [stage.name for stage in alignment.stages] == ["start", "raw"]
        assert accuracy(alignment, spaces[source], spaces[target]) > 0.9
    with pytest.raises(OptionError, match="zz"):
        plan.alignment("en", "zz")


def test_words_may_be_the_latent_points() -> None:
    recipe = replace(
        RECIPE, pushforward=replace(RECIPE.pushforward, latent="words", transport="residual")
    )
    source, target = hidden_pair(words=400, noise=0.1, source_dimension=50)
    alignment = create_aligner("pushforward", recipe=recipe, seed=1).fit(source, target)
    raw = alignment.stages[1]
    assert raw.name == "raw"
    assert raw.transport.specification.kind == "residual"
    assert raw.criterion > 0.9
    assert accuracy(replace(alignment, transport=raw.transport), source, target) > 0.9
