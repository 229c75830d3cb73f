"""Every command: its name, where it is, and the line that `isogloss --help` shows for it.

Nothing of a command is imported for the list; a test holds the lines to the commands' docstrings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Group = Literal["Start", "Results", "Pictures", "Several languages", "Operate"]


@dataclass(frozen=True, slots=True)
class ListedCommand:
    """A command that is not imported yet.

    Attributes:
        name: What the user types.
        group: Under which heading it stands.
        line: The first line of its docstring.
        home: Module and name of the function, or of the Typer application of its own commands.

    """

    name: str
    group: Group
    line: str
    home: tuple[str, str]


def _listed(name: str, group: Group, line: str) -> ListedCommand:
    module = name.replace("-", "_")
    function = "map_" if name == "map" else module
    return ListedCommand(name, group, line, (f"isogloss.scripts.commands.{module}", function))


COMMANDS = (
    _listed("train", "Start", "Fit a map between two files of word vectors and save it."),
    _listed("translate", "Start", "Translate words."),
    _listed("serve", "Start", "Serve translations over HTTP until Ctrl-C."),
    _listed("evaluate", "Start", "Measure precision against a dictionary."),
    _listed("lexicon", "Results", "Write a dictionary of the pairs that a map finds."),
    _listed("export", "Results", "Write the aligned vectors of both languages."),
    _listed("compare", "Results", "Tell which of two maps is better, and how surely."),
    _listed("info", "Results", "Show what a checkpoint holds and how it came to be."),
    _listed("report", "Results", "Write the report of a fit, as one HTML file."),
    _listed("uncertain", "Results", "List the words whose translations are least certain."),
    _listed("map", "Pictures", "Draw two vocabularies on one map."),
    _listed("plot", "Pictures", "Draw words and their translations on a plane."),
    _listed("train-hub", "Several languages", "Fit several languages to one hub."),
    _listed("distance", "Several languages", "Measure how far languages are apart."),
    _listed(
        "transfer-labels",
        "Several languages",
        "Carry labels of words to a language without labels.",
    ),
    _listed("index", "Operate", "Make a checkpoint answer faster."),
    _listed("key", "Operate", "Make an API key for the service."),
    _listed("download", "Operate", "Fetch published vectors or dictionaries."),
    _listed("generate", "Operate", "Give words vectors of another dimension."),
)
"""In the order of the help."""
