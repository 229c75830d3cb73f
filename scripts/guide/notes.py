"""The READMEs of the folders as pages of the guide: one source for both."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = "https://github.com/isogloss/isogloss"

FOLDERS = (
    "models",
    "models/spaces",
    "models/conversion",
    "models/aligners/neural_gw",
    "models/aligners/neural_entropic",
    "models/aligners/pushforward",
    "models/transport",
    "models/probability",
    "models/retrieval",
    "models/checkpoint",
    "models/evaluation",
    "service",
    "scripts/sample",
)

_LINK = re.compile(
    r"(?P<before>!?\[[^\]]*\]\()(?P<target>[^)\s#]*)(?P<anchor>#[^)\s]*)?(?P<after>\))"
)


def note_pages() -> dict[str, str]:
    """Make a page of each folder's README; page → text."""
    pages = {f"{folder}/README.md": page_of(folder) for folder in FOLDERS}
    return {
        page: _with_links(readme, (ROOT / readme).read_text(encoding="utf-8"), pages)
        for readme, page in pages.items()
    }


def note_images() -> dict[str, Path]:
    """Find the pictures that these pages show; place in the guide → file."""
    images = {}
    for folder in FOLDERS:
        text = (ROOT / folder / "README.md").read_text(encoding="utf-8")
        for match in _LINK.finditer(text):
            if match["before"].startswith("!") and "://" not in match["target"]:
                path = posixpath.normpath(posixpath.join(folder, match["target"]))
                images[f"notes/{_image_place(path)}"] = ROOT / path
    return images


def _image_place(path: str) -> str:
    return f"images/{posixpath.basename(path)}"


def page_of(folder: str) -> str:
    """Name the page of a folder's README."""
    return f"notes/{folder.replace('/', '-')}.md"


def _with_links(readme: str, text: str, pages: Mapping[str, str]) -> str:
    """Let links lead to the page of a README, and for other files to the repository."""

    def link(match: re.Match[str]) -> str:
        target, anchor = match["target"], match["anchor"] or ""
        if not target or "://" in target:
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(readme), target))
        if match["before"].startswith("!"):
            place = _image_place(path)
        elif path in pages:
            place = posixpath.relpath(pages[path], "notes")
        else:
            place = f"{REPOSITORY}/blob/main/{path}"
        return f"{match['before']}{place}{anchor}{match['after']}"

    return _LINK.sub(link, text)
