"""`python -m research.pages`: puts what was measured into the pages under `docs/results`.

A table stands between two comments, of which the first says what lays it out from which file:

    <!-- table: papers.spot_tables.tables(spot.json)[2] -->

    <!-- end -->

`[2]` is the third of several tables that the function gives, parted by empty lines. What stands
between the comments is replaced; the rest of a page is written by hand. Pictures that experiments
have left beside their results go to `docs/results/pictures`.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from research.catalogue import table
from research.measurement import RESULTS_FOLDER, read_results

PAGES = Path(__file__).parents[1] / "docs" / "results"
PICTURES = PAGES / "pictures"
README = Path(__file__).with_name("README.md")

_TABLE = re.compile(
    r"<!-- table: (?P<module>[\w.]+)\.(?P<function>\w+)\((?P<file>[\w.-]+)\)"
    r"(\[(?P<index>\d+)\])? -->\n.*?<!-- end -->",
    re.DOTALL,
)


def updated(text: str) -> str:
    """Replace the tables of a page by what the files hold today.

    Raises:
        ValueError: A page names a file without rows, or a table that there is not.

    """
    return _TABLE.sub(_filled, text)


def updated_list(text: str) -> str:
    """Replace the list of experiments in the README of this folder."""
    before, _, rest = text.partition("<!-- list -->\n")
    return f"{before}<!-- list -->\n\n{table()}\n\n<!-- end -->{rest.partition('<!-- end -->')[2]}"


def files_shown(text: str) -> set[str]:
    """Name the files whose rows a page shows."""
    return {match["file"] for match in _TABLE.finditer(text)}


def _filled(match: re.Match[str]) -> str:
    rows = read_results(RESULTS_FOLDER / match["file"])
    if not rows:
        raise ValueError(f"{match['file']}: expected rows in {RESULTS_FOLDER}, found none")
    module = importlib.import_module(f"research.{match['module']}")
    laid: str = getattr(module, match["function"])(rows)
    if match["index"] is not None:
        tables = laid.split("\n\n")
        if int(match["index"]) >= len(tables):
            raise ValueError(f"{match[0].splitlines()[0]}: there are {len(tables)} tables")
        laid = tables[int(match["index"])]
    mark = match[0].splitlines()[0]
    return f"{mark}\n\n{laid.strip()}\n\n<!-- end -->"


def collect_pictures() -> None:
    """Take the pictures from beside the results, where experiments write them."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for picture in sorted(RESULTS_FOLDER.iterdir()):
        if picture.suffix in {".png", ".jpg"}:
            picture.replace(PICTURES / picture.name)


def main() -> None:
    """Bring all pages up to date and say which have changed."""
    collect_pictures()
    for page in (README, *sorted(PAGES.glob("*.md"))):
        before = page.read_text(encoding="utf-8")
        after = updated_list(before) if page == README else updated(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            print(f"{page.relative_to(Path.cwd()) if page.is_relative_to(Path.cwd()) else page}")


if __name__ == "__main__":
    main()
