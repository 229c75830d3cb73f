"""A joint map as one HTML file that needs nothing else."""

from __future__ import annotations

import html
import importlib.resources
import json

import numpy as np

from isogloss.models.optimal_transport.joint_embedding import JointEmbedding
from isogloss.scripts.joint_map import JointMap

_NEIGHBOURS = 3
_TEMPLATE = "joint_map.html"


def map_document(joint: JointMap) -> str:
    """Write words, places and, for each word, its neighbours across, as JSON."""
    source, target = joint.places
    across = _distances(joint.result.embedding, joint)
    data = {
        "sphere": joint.result.space.geometry == "sphere",
        "found": joint.found,
        "languages": [joint.source.language, joint.target.language],
        "words": [list(joint.source.words), list(joint.target.words)],
        "places": [np.round(side, 4).tolist() for side in (source, target)],
        "near": [_nearest(across), _nearest(across.T)],
        "start": [_likeliest(joint.result.coupling.cpu().numpy())] * joint.found,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def draw_page(joint: JointMap) -> str:
    """Fill the template with what :func:`map_document` writes."""
    title = f"{joint.source.language} and {joint.target.language}"
    note = (
        ""
        if joint.found
        else "The start found no alignment: only each language by itself means something."
    )
    return fill_template(map_document(joint), title=title, note=note)


def fill_template(document: str, *, title: str, note: str) -> str:
    """Put a JSON document, title and a note into the page.

    The document holds ``sphere``, ``languages`` and for each of the two sides ``words``, ``places``
    and ``near`` (rows of the other side); ``start`` may be empty. ``roles`` and ``scores`` are
    there where some words are queries.
    """
    # Inside a script element nothing but "</" could end it; < as an escape cannot.
    document = document.replace("<", "\\u003c")
    template = (
        importlib.resources.files("isogloss.scripts.pictures")
        .joinpath(_TEMPLATE)
        .read_text("utf-8")
    )
    return (
        template.replace("@@TITLE@@", html.escape(title))
        .replace("@@NOTE@@", html.escape(note))
        .replace("@@DATA@@", document)
    )


def _distances(embedding: JointEmbedding, joint: JointMap) -> np.ndarray:
    """Order of nearness between source and target words on the surface."""
    source, target = joint.places
    if joint.result.space.geometry == "sphere":
        return np.asarray(-(source @ target.T))
    return np.asarray(np.square(source[:, None] - target).sum(axis=2))


def _nearest(distances: np.ndarray) -> list[list[int]]:
    order: list[list[int]] = np.argsort(distances, axis=1, kind="stable")[:, :_NEIGHBOURS].tolist()
    return order


def _likeliest(coupling: np.ndarray) -> list[int]:
    rows: list[int] = coupling.argmax(axis=1).tolist()
    return rows
