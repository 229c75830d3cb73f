"""Concurrent searches gathered into one."""

from isogloss.service.batching.batcher import Batcher, Batchers, BatchLimits

__all__ = ["BatchLimits", "Batcher", "Batchers"]
