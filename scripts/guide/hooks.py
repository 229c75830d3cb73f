"""Adds the pages that are made from the code to the guide; MkDocs calls it by name."""

from __future__ import annotations

import logging
import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from isogloss.scripts.guide.reference import reference_pages

_FETCHED = re.compile(r"<(?:script|img|iframe|link|source)\b[^>]*\b(?:src|href)=\"https?://[^>]*>")
_LOG = logging.getLogger("mkdocs.plugins.isogloss")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add them."""
    for name, text in reference_pages().items():
        files.append(File.generated(config, name, content=text))
    return files


def on_post_page(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """Warn of what a reader's browser would fetch from elsewhere."""
    for found in fetched_from_elsewhere(output):
        _LOG.warning("%s: fetched from elsewhere: %s", page.file.src_uri, found)
    return output


def fetched_from_elsewhere(output: str) -> list[str]:
    """Find the elements of a page that a browser fetches from another place."""
    return _FETCHED.findall(output)
