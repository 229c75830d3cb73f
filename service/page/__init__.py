"""The page at the root of the service: a fixed table of files, read when the service starts.

The files need no build step and nothing from elsewhere. What a request names is looked up in the
table; it never becomes a path.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}

_FILES = (
    "address.js",
    "api.js",
    "back.js",
    "elements.js",
    "files.js",
    "icon.svg",
    "jobs.js",
    "joint.js",
    "key.js",
    "labels.js",
    "list.js",
    "main.js",
    "page.css",
    "plane.js",
    "results.js",
)

POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    b"require-trusted-types-for 'script'; trusted-types 'none'"
)
"""What the page may load and run: its own files, no inline script or style, no text as markup."""


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of the page.

    Attributes:
        content: Its bytes.
        media_type: What they are.
        etag: Changes with them.

    """

    content: bytes
    media_type: str
    etag: str


def _read(name: str) -> PageFile:
    content = files(__name__).joinpath(name).read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:32]
    return PageFile(content, _TYPES[name.rpartition(".")[2]], f'"{digest}"')


PAGE: Mapping[str, PageFile] = MappingProxyType(
    {"/": _read("index.html"), **{f"/page/{name}": _read(name) for name in _FILES}}
)
"""Path of a request → what is there."""
