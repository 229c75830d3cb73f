"""A joint map as a picture: HTML to explore, SVG or PNG to print, JSON for the service."""

from __future__ import annotations

from pathlib import Path

from isogloss.models.errors import OptionError
from isogloss.scripts.joint_map import JointMap
from isogloss.scripts.pictures.joint_map_image import draw_image
from isogloss.scripts.pictures.joint_map_page import draw_page, map_document

_SUFFIXES = (".html", ".json", ".svg", ".png")


def check_picture(path: Path) -> None:
    """Refuse a picture that could not be written, before any work is done.

    Raises:
        OptionError: The suffix is none of the known ones, or the folder is missing.

    """
    if path.suffix.lower() not in _SUFFIXES:
        raise OptionError(f"{path}: expected one of {', '.join(_SUFFIXES)}")
    if not path.parent.is_dir():
        raise OptionError(f"{path}: expected an existing folder, found no {path.parent}")


def draw_joint_map(joint: JointMap, path: Path) -> None:
    """Write the picture in the format that the suffix names."""
    check_picture(path)
    if path.suffix.lower() == ".html":
        path.write_text(draw_page(joint), encoding="utf-8")
    elif path.suffix.lower() == ".json":
        path.write_text(map_document(joint), encoding="utf-8")
    else:
        draw_image(joint, path)
