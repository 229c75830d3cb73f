"""How rows of results are gathered and named."""

from scripts.measurement import grouped, pair_title

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
