"""What products in TF32 would cost a default fit, and how many products there are to hasten.

    python -m research.benchmarks.rounded_products --data FOLDER docs:fr-es manuals:en-de \
        novels:en-es
    python -m research.benchmarks.rounded_products --table

A GPU multiplies float32 matrices several times faster where it may round their entries to the ten
bits of TF32; sums stay in float32. The rounding needs no GPU: here every product of PyTorch in a
fit is taken of rounded entries, and counted. FOLDER is that of `research.benchmarks.reliability`.
Runs are added to `rounded_products.json` beside this script as they end.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, final

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from isogloss.models.aligners import Recipe
from research.benchmarks.command import asked_pairs, pairs_parser
from research.benchmarks.robustness import Case, read_case
from research.measurement import RESULTS_FOLDER, add_result, pair_title, read_results
from research.papers.ngw_fits import fit, precision_of_stages

RESULTS = RESULTS_FOLDER / "rounded_products.json"
_STAGES = ("start", "raw", "refined")
_ATEN = torch.ops.aten
_FIRST_FACTOR = {
    _ATEN.mm.default: 0,
    _ATEN.bmm.default: 0,
    _ATEN.addmm.default: 1,
    _ATEN.baddbmm.default: 1,
}
"""Products, and where among their arguments the two factors begin."""
_HALF_A_STEP, _KEPT_BITS = 1 << 12, ~0x1FFF


def rounded(matrix: Tensor) -> Tensor:
    """Round float32 entries to the nearest of ten bits of mantissa."""
    bits = matrix.contiguous().view(torch.int32)
    return ((bits + _HALF_A_STEP) & _KEPT_BITS).view(torch.float32)


@final
class CountedProducts(TorchDispatchMode):
    """Counts the operations of matrix products, and takes them of rounded entries if asked to.

    Attributes:
        operations: Multiplications and additions so far.

    """

    def __init__(self, *, rounding: bool) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations = 0
        self._rounding = rounding

    def __torch_dispatch__(
        self,
        func: Any,
        types: tuple[type, ...],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Count and round the factors of a product; leave all else alone."""
        first = _FIRST_FACTOR.get(func)
        if first is not None:
            left, right = args[first : first + 2]
            self.operations += 2 * left.numel() * right.shape[-1]
            if self._rounding and left.dtype == right.dtype == torch.float32:
                args = (*args[:first], rounded(left), rounded(right), *args[first + 2 :])
        return func(*args, **(kwargs or {}))


def measure(pair: str, case: Case, recipe: Recipe, *, rounding: bool) -> dict[str, Any]:
    """Fit a pair, and measure its stages on the test lexicon with products in float32."""
    begin = time.process_time()
    with CountedProducts(rounding=rounding) as products:
        alignment = fit(case.source, case.target, recipe, seed=0).alignment
    stages = precision_of_stages(alignment, case.source, case.target, {"test": case.test})
    return {
        "pair": pair,
        "seed": 0,
        "products": "tf32" if rounding else "float32",
        "processor_seconds": round(time.process_time() - begin, 1),
        "operations": products.operations,
        "found": alignment.found,
        "stages": stages,
    }


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out criterion and P@1 of each stage as Markdown."""
    lines = [
        f"| pair | products | 10¹² operations | {' | '.join(_STAGES)} |",
        f"|---|---|---|{'---|' * len(_STAGES)}",
    ]
    for row in rows:
        cells = [
            f"{stage['criterion']:.3f}, {stage['test']['precision_at_1']:.3f}"
            for stage in (row["stages"][name] for name in _STAGES if name in row["stages"])
        ]
        name = row["products"].replace("tf", "TF")
        count = f"{row['operations'] / 1e12:.1f}"
        lines.append(f"| {' | '.join([pair_title(row['pair']), name, count, *cells])} |")
    return "\n".join(lines)


def measure_all(
    data: Path, pairs: Iterable[str], *, recipe: Recipe | None = None, path: Path = RESULTS
) -> None:
    """Measure each pair with either kind of products; every run is kept as it ends."""
    for pair in pairs:
        case = read_case(data, pair)
        for rounding in (False, True):
            row = measure(pair, case, recipe or Recipe(), rounding=rounding)
            add_result(path, row, key=_key, settings={"recipe": "default"})


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["pair"], row["products"]


def main() -> None:
    """Measure the pairs that are asked for, then print all that is known."""
    arguments = asked_pairs(pairs_parser(__doc__))
    if not arguments.table:
        measure_all(arguments.data, arguments.pairs)
    print(table(read_results(RESULTS)))


if __name__ == "__main__":
    main()
