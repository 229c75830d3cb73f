"""JSON documents: counted before anything is made of them, and never parsed in one long go."""

from isogloss.service.documents.reading import read_document
from isogloss.service.documents.rows import AskedRows, read_rows

__all__ = ["AskedRows", "read_document", "read_rows"]
