"""What a measurement was made with: machine and versions."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

_PACKAGES = (
    *("numpy", "torch", "faiss-cpu", "faiss-gpu", "POT", "gensim"),
    *("pydantic", "pydantic-core"),
)


def describe_environment(packages: Sequence[str] = _PACKAGES) -> dict[str, object]:
    """Describe machine and versions, ready for JSON.

    Args:
        packages: Distributions whose versions are wanted; those not installed are left out.

    Returns:
        ``cpu`` (model name), ``cores`` (usable by this process), ``memory_gibibytes``, ``system``,
        ``python`` and ``packages`` (name → version). Nothing that tells whose machine it is.

    """
    return {
        "cpu": _processor_name(),
        "cores": _usable_cores(),
        "memory_gibibytes": _memory_gibibytes(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": _versions(packages),
    }


def _processor_name() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown"
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.processor() or "unknown"


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_gibibytes() -> float | None:
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    return round(pages * size / 2**30, 1)


def _versions(packages: Sequence[str]) -> dict[str, str]:
    versions = {}
    for package in packages:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
