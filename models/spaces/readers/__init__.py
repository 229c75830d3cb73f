"""Readers of word-vector files; `read_space` tells the format from the content."""

from isogloss.models.choices import OnError
from isogloss.models.spaces.readers.read_space import ReadSpace, read_space
from isogloss.models.spaces.readers.report import ReadReport

__all__ = ["OnError", "ReadReport", "ReadSpace", "read_space"]
