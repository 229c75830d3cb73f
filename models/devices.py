"""Where the map and the index run."""

from __future__ import annotations

from typing import Literal

from isogloss.models.choices import Device
from isogloss.models.errors import OptionError


def choose_device(device: Device) -> Literal["cpu", "cuda"]:
    """Turn ``auto`` into ``cuda`` where there is a GPU, and into ``cpu`` elsewhere.

    Raises:
        OptionError: ``cuda`` is asked for and there is no GPU, or the name is unknown.

    """
    if device == "cpu":
        return "cpu"
    if device not in ("auto", "cuda"):
        raise OptionError(f"device: expected auto, cpu or cuda, found {device!r}")
    import torch  # noqa: PLC0415 (only here: who asks for the CPU does not need it)

    if torch.cuda.is_available():
        return "cuda"
    if device == "cuda":
        raise OptionError("device: expected a CUDA device, found none")
    return "cpu"
