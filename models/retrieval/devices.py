"""Where the map and the index run."""

from __future__ import annotations

from typing import Literal

import torch

from isogloss.models.errors import OptionError

Device = Literal["auto", "cpu", "cuda"]


def choose_device(device: Device) -> torch.device:
    """Turn ``auto`` into ``cuda`` where there is a GPU, and into ``cpu`` elsewhere.

    Raises:
        OptionError: ``cuda`` is asked for and there is no GPU, or the name is unknown.

    """
    if device == "cpu":
        return torch.device("cpu")
    if device not in ("auto", "cuda"):
        raise OptionError(f"device: expected auto, cpu or cuda, found {device!r}")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if device == "cuda":
        raise OptionError("device: expected a CUDA device, found none")
    return torch.device("cpu")
