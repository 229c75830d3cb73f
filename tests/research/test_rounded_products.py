"""The benchmark of rounded products: it rounds as TF32 does, counts, and shows what it measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from isogloss.models.spaces.lexicon import Lexicon
from research.benchmarks import rounded_products
from research.benchmarks.robustness import Case
from research.measurement import read_results
from tests.models.aligners.samples import hidden_pair, small_recipe


def test_entries_are_rounded_to_the_nearest_of_ten_bits() -> None:
    """NumPy's float16 has ten bits too, in a narrower range; it rounds ties to even."""
    values = torch.from_numpy(np.random.default_rng(0).uniform(0.01, 100, 10_000)).float()
    values = torch.cat([values, -values, torch.zeros(1)])
    found = rounded_products.rounded(values)
    ties = (values.view(torch.int32) & 0x1FFF) == 0x1000
    expected = torch.from_numpy(values.numpy().astype(np.float16).astype(np.float32))
    assert torch.equal(found[~ties], expected[~ties])
    assert (found != values).float().mean() > 0.9


def test_products_of_every_form_are_counted_and_rounded() -> None:
    generator = torch.Generator().manual_seed(0)
    a, b, c = (torch.randn(shape, generator=generator) for shape in ((5, 7), (7, 3), (5, 3)))
    exact = [a @ b, torch.addmm(c, a, b), torch.bmm(a[None], b[None])[0]]
    round_a, round_b = rounded_products.rounded(a), rounded_products.rounded(b)
    for rounding, factors in ((False, (a, b)), (True, (round_a, round_b))):
        with rounded_products.CountedProducts(rounding=rounding) as products:
            found = [a @ b, torch.addmm(c, a, b), torch.bmm(a[None], b[None])[0]]
            float64 = a.double() @ b.double()
        product = factors[0] @ factors[1]
        for each, expected in zip(found, [product, product + c, product], strict=True):
            torch.testing.assert_close(each, expected, rtol=1e-6, atol=1e-6)
        assert products.operations == 4 * 2 * 5 * 7 * 3
        assert torch.equal(float64, a.double() @ b.double())
    assert (found[0] - exact[0]).abs().max() > 1e-5


def test_every_pair_is_fitted_with_either_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = hidden_pair(words=500, noise=0.3)
    lexicon = Lexicon({word: (word,) for word in source.words})
    case = Case(source, target, lexicon, lexicon)
    monkeypatch.setattr(rounded_products, "read_case", lambda *_: case)
    path = tmp_path / "products.json"
    rounded_products.measure_all(tmp_path, ["a:b-c", "a:b-c"], recipe=small_recipe(), path=path)
    plain, rounded = read_results(path)
    assert (plain["products"], rounded["products"]) == ("float32", "tf32")
    assert plain["operations"] > 1e6
    for row in (plain, rounded):
        assert row["stages"]["refined"]["test"]["precision_at_1"] > 0.8
    lines = rounded_products.table([plain, rounded]).splitlines()
    assert lines[2].startswith("| a b→c | float32 | 0.0 |")
    assert lines[3].startswith("| a b→c | TF32 | 0.0 |")
