"""The page at the root of the service: a fixed table of files, read when the service starts.

The files need no build step and nothing from elsewhere. What a request names is looked up in the
table; it never becomes a path. Swagger UI, the page to try the API at `/docs`, comes from the
package `fastapi-offline`, which holds its files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
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
    "code.js",
    "columns.js",
    "docs.js",
    "elements.js",
    "files.js",
    "icon.svg",
    "jobs.js",
    "joint.js",
    "key.js",
    "labels.js",
    "list.js",
    "main.js",
    "meant.js",
    "page.css",
    "pairs.js",
    "plane.js",
    "problems.js",
    "results.js",
    "texts-de.js",
    "texts-en.js",
    "texts-es.js",
    "texts-fr.js",
    "texts.js",
)

POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    b"require-trusted-types-for 'script'; trusted-types 'none'"
)
"""What the page may load and run: its own files, no inline script or style, no text as markup."""

_SWAGGER = ("swagger-ui.css", "swagger-ui-bundle.js")
_SWAGGER_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page to try the API asks this server alone; Swagger UI writes markup and styles in line."""


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of the page.

    Attributes:
        content: Its bytes.
        media_type: What they are.
        etag: Changes with them.
        policy: What a browser may load and run for it.

    """

    content: bytes
    media_type: str
    etag: str
    policy: bytes = POLICY


def _read(file: Traversable, policy: bytes = POLICY) -> PageFile:
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:32]
    return PageFile(content, _TYPES[file.name.rpartition(".")[2]], f'"{digest}"', policy)


def _read_all() -> Iterator[tuple[str, PageFile]]:
    own, swagger = files(__name__), files("fastapi_offline") / "static"
    yield "/", _read(own / "index.html")
    for name in _FILES:
        yield f"/page/{name}", _read(own / name)
    yield "/docs", _read(own / "docs.html", _SWAGGER_POLICY)
    for name in _SWAGGER:
        yield f"/docs/{name}", _read(swagger / name, _SWAGGER_POLICY)


PAGE: Mapping[str, PageFile] = MappingProxyType(dict(_read_all()))
"""Path of a request → what is there."""
