"""Memory that was freed, back to the system."""

from __future__ import annotations

import ctypes
import sys


def give_memory_back() -> None:
    """Ask the C library for what it keeps of freed memory; only glibc is known to do so.

    It keeps what lies below the last piece in use, in an arena for each thread: after a large
    upload that may be all of it.
    """
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
