"""A journal in memory."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor


class MemoryJournal:
    """Keeps copies of what is recorded."""

    def __init__(self) -> None:
        self.units: dict[str, dict[str, Tensor]] = {}

    def recall(self, unit: str) -> Mapping[str, Tensor] | None:
        return self.units.get(unit)

    def record(self, unit: str, tensors: Mapping[str, Tensor]) -> None:
        self.units[unit] = {name: tensor.detach().clone() for name, tensor in tensors.items()}
