"""How rows of results are gathered and named."""

import json
from operator import itemgetter
from pathlib import Path

from research.measurement import add_result, grouped, pair_title, read_results

ROWS = [
    {"pair": "docs:fr-es", "seed": 1},
    {"pair": "docs:de-fr", "seed": 0},
    {"pair": "docs:fr-es", "seed": 0},
]


def test_groups_keep_the_order_of_their_first_row() -> None:
    groups = grouped(ROWS, "pair")
    assert list(groups.items()) == [("docs:fr-es", [ROWS[0], ROWS[2]]), ("docs:de-fr", [ROWS[1]])]


def test_several_figures_make_a_tuple() -> None:
    assert list(grouped(ROWS, "pair", "seed")) == [
        ("docs:fr-es", 1),
        ("docs:de-fr", 0),
        ("docs:fr-es", 0),
    ]


def test_a_pair_is_shown_with_its_texts() -> None:
    assert pair_title("docs:fr-es") == "docs fr→es"


def test_two_kinds_of_texts_are_both_named() -> None:
    assert pair_title("docs:es novels:en") == "docs es → novels en"


def test_a_row_takes_the_place_of_the_older_one_of_its_key(tmp_path: Path) -> None:
    path, key = tmp_path / "results.json", itemgetter("pair", "seed")
    for row in ROWS:
        add_result(path, row, key=key, settings={})
    again = {"pair": "docs:de-fr", "seed": 0, "found": True}
    rows = add_result(path, again, key=key, settings={"recipe": "default"})
    assert rows == read_results(path) == [again, ROWS[2], ROWS[0]]
    assert json.loads(path.read_text("utf-8"))["settings"] == {"recipe": "default"}
