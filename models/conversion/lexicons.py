"""What a program holds in memory → a lexicon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from isogloss.models.errors import InputError
from isogloss.models.spaces.grouped_lexicon import GroupedLexicon, WordGroup
from isogloss.models.spaces.lexicon import Lexicon

EXPECTED = (
    "the path of a file, a dictionary of words and their translations, or pairs (source, target)"
)
"""What may be given as a lexicon."""


def lexicon_of(given: object, *, groups: bool = False) -> Lexicon | GroupedLexicon:
    """Take a lexicon that a program holds in memory.

    >>> lexicon_of({"window": ["fenêtre", "guichet"], "file": "fichier"}).entries["file"]
    ('fichier',)
    >>> len(lexicon_of([("window", "fenêtre"), ("window", "guichet")]))
    1

    Args:
        given: A dictionary of words and their translations, one or several; pairs of words; or a
            lexicon.
        groups: Whether a third word may name a group whose pairing is unknown.

    Raises:
        InputError: It is none of these, or holds no pair.

    """
    if isinstance(given, Lexicon | GroupedLexicon):
        return given
    entries: dict[str, dict[str, None]] = {}
    grouped: dict[str | int, tuple[dict[str, None], dict[str, None]]] = {}
    for number, words in enumerate(_listed(given), start=1):
        if len(words) not in ((2, 3) if groups else (2,)):
            expected = (
                "(source, target) or (source, target, group)" if groups else "(source, target)"
            )
            raise InputError(f"lexicon, pair {number}: expected {expected}, found {words!r}")
        for word in words:
            if not isinstance(word, str) or not word:
                raise InputError(f"lexicon, pair {number}: expected words, found {word!r}")
        entries.setdefault(words[0], {})[words[1]] = None
        sources, targets = grouped.setdefault(words[2] if len(words) == 3 else number, ({}, {}))
        sources[words[0]] = None
        targets[words[1]] = None
    if not entries:
        raise InputError("lexicon: expected at least one pair of words, found none")
    if groups:
        return GroupedLexicon(
            tuple(
                WordGroup(tuple(sources), tuple(targets)) for sources, targets in grouped.values()
            )
        )
    return Lexicon({source: tuple(targets) for source, targets in entries.items()})


def _listed(given: object) -> Iterator[tuple[str, ...]]:
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise InputError(f"lexicon: expected {EXPECTED}; found {type(given).__name__}")
    if isinstance(given, Mapping):
        for word, translations in given.items():
            one = isinstance(translations, str) or not isinstance(translations, Iterable)
            for translation in (translations,) if one else translations:
                yield word, translation
        return
    for pair in given:
        if isinstance(pair, str | bytes) or not isinstance(pair, Iterable):
            raise InputError(f"lexicon: expected {EXPECTED}; found {pair!r} among the pairs")
        yield tuple(pair)
