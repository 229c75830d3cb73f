"""Formulas: TeX in the pages, MathML in the site, so that no script has to draw them."""

from __future__ import annotations

from typing import Any

from latex2mathml.converter import convert


def inline_formula(source: str, language: str, css_class: str, md: object) -> str:
    """Turn a formula in a line, as pymdownx.inlinehilite asks for it."""
    return str(convert(source, display="inline"))


def displayed_formula(
    source: str, language: str, css_class: str, options: object, md: object, **_: Any
) -> str:
    """Turn a formula of its own, as pymdownx.superfences asks for it."""
    return str(convert(source, display="block"))
