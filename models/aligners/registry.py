"""The aligners by name: where each is, what it is for, and what it does with a lexicon.

The only place that knows their names. It is imported without PyTorch, so that a command line can
list them; `creation.py` loads the class of the one that is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from isogloss.models.errors import OptionError

AlignerName = Literal[
    "neural-gw", "self-learning", "discrete-gw", "procrustes", "robot", "neural-egw", "pushforward"
]
"""How a map is fitted."""

LexiconUse = Literal["needs", "takes", "refuses"]
"""There has to be a lexicon; there may be one, as a seed; or there must not be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredAligner:
    """What is known of an aligner before it is loaded.

    Attributes:
        name: By which it is asked for.
        place: Module below ``isogloss.models.aligners`` and class, parted by a colon. The class has
            a method ``create``, see :mod:`isogloss.models.aligners.creation`.
        lexicon: What it does with a lexicon.
        takes_groups: Whether the lexicon may hold groups of words whose pairing is unknown.
        needs: What it asks for beside the two spaces, in a few words.
        purpose: When to take it, in a line.

    """

    name: AlignerName
    place: str
    lexicon: LexiconUse
    takes_groups: bool = False
    needs: str = "nothing"
    purpose: str

    @property
    def supervised(self) -> bool:
        """Whether the map is fitted on a lexicon alone."""
        return self.lexicon == "needs"

    def check_lexicon(self, *, given: bool) -> None:
        """Refuse a lexicon that would not be used, and the lack of one that has to be there.

        Raises:
            OptionError: One of both.

        """
        if self.supervised and not given:
            raise OptionError(f"lexicon: the aligner {self.name} needs a lexicon, found none")
        if self.lexicon == "refuses" and given:
            takers = (each.name for each in ALIGNERS.values() if each.lexicon != "refuses")
            raise OptionError(
                f"lexicon: the aligner {self.name} learns without a lexicon and would not use it; "
                f"expected one of {', '.join(takers)}"
            )


_REGISTERED = (
    RegisteredAligner(
        name="neural-gw",
        place="neural_gw.aligner:NeuralGromovWassersteinAligner",
        lexicon="takes",
        purpose="the default: self-learning and a network, of which the better counts",
    ),
    RegisteredAligner(
        name="self-learning",
        place="self_learning_aligner:SelfLearningAligner",
        lexicon="takes",
        purpose="where time matters more",
    ),
    RegisteredAligner(
        name="discrete-gw",
        place="discrete_gw_aligner:DiscreteGromovWassersteinAligner",
        lexicon="refuses",
        needs="two spaces that are alike",
        purpose="small vocabularies, and what transport alone finds",
    ),
    RegisteredAligner(
        name="procrustes",
        place="procrustes:ProcrustesAligner",
        lexicon="needs",
        needs="a dictionary",
        purpose="where there is a good dictionary",
    ),
    RegisteredAligner(
        name="robot",
        place="robot:RobotAligner",
        lexicon="needs",
        takes_groups=True,
        needs="a dictionary; it may be wrong in part or shuffled within groups",
        purpose="where some pairs of the dictionary are wrong, or shuffled within groups",
    ),
    RegisteredAligner(
        name="neural-egw",
        place="neural_entropic.aligner:NeuralEntropicAligner",
        lexicon="refuses",
        purpose="to study entropic transport by one network",
    ),
    RegisteredAligner(
        name="pushforward",
        place="pushforward.aligner:PushforwardAligner",
        lexicon="refuses",
        purpose="sampled pairs, not a better map",
    ),
)

ALIGNERS: Final[Mapping[AlignerName, RegisteredAligner]] = MappingProxyType(
    {each.name: each for each in _REGISTERED}
)
"""Name → aligner, the ones to try first at the beginning."""


def find_aligner(name: str) -> RegisteredAligner:
    """Find an aligner by a name that anybody may have written.

    Raises:
        OptionError: There is none of this name.

    """
    for registered in _REGISTERED:
        if registered.name == name:
            return registered
    raise OptionError(f"aligner: expected one of {', '.join(ALIGNERS)}; found {name!r}")


def is_supervised(name: str) -> bool:
    """Whether a name is that of an aligner whose map is fitted on a lexicon.

    Checkpoints name what is no aligner too: a hub, or what a later version knows.
    """
    return any(each.name == name and each.supervised for each in _REGISTERED)
