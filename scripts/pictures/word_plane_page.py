"""Words, their neighbours and surroundings as one HTML page that needs nothing else."""

from __future__ import annotations

import json

from isogloss.models.retrieval.neighbourhood import Place
from isogloss.models.retrieval.word_plane import WordPlane
from isogloss.scripts.pictures.joint_map_page import fill_template

_SIDES = ("source", "target")


def draw_word_page(plane: WordPlane, languages: tuple[str, str]) -> str:
    """Fill the template of the joint maps: queries are marked and tied to their neighbours."""
    sides = [[place for place in plane.places if place.side == side] for side in _SIDES]
    row_of = {place: row for side in sides for row, place in enumerate(side)}
    near: dict[Place, list[int]] = {place: [] for place in plane.places}
    scores: list[list[float]] = [[] for _ in sides[0]]
    for link in plane.links:
        query, neighbour = plane.places[link.query], plane.places[link.neighbour]
        near[query].append(row_of[neighbour])
        near[neighbour].append(row_of[query])
        scores[row_of[query]].append(round(link.score, 4))
    data = {
        "sphere": False,
        "languages": list(languages),
        "words": [[place.word for place in side] for side in sides],
        "places": [[[round(place.x, 4), round(place.y, 4)] for place in side] for side in sides],
        "roles": [[place.role for place in side] for side in sides],
        "near": [[near[place] for place in side] for side in sides],
        "scores": scores,
        "start": [],
    }
    note = f"the plane shows {sum(plane.shown):.0%} of what sets these words apart"
    document = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return fill_template(document, title=f"{languages[0]} and {languages[1]}", note=note)
