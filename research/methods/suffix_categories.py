"""Categories of words by their endings: labels that need no annotated text.

Each language has a rule of its own, so that labels carried from one language to another can be
measured by the other's rule. A word that no rule knows has no label. Rules are rough: some words
of other categories have these endings too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from isogloss.models.errors import OptionError

_STEM = r"\w{3,}"
_ENDINGS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "noun": "tions?|sions?|ity|ities|ness",
        "adverb": "ly",
        "adjective": "able|ible|ous|ful|less",
        "participle": "ing",
    },
    "fr": {
        "noun": "tions?|sions?|ités?",
        "adverb": "(?:al|el|il|bl|iqu|iv|eus|ièr|ict|cit|ect)ement|[ea]mment",
        "adjective": "ables?|ibles?|eux|euses?",
        "participle": "ant",
    },
    "es": {
        "noun": "ción|ciones|sión|siones|dad|dades",
        "adverb": "mente",
        "adjective": "ables?|ibles?|osos?|osas?",
        "participle": "ando|iendo",
    },
}


def suffix_categories(language: str, words: Iterable[str]) -> dict[str, str]:
    """Label the words that the rule of a language knows.

    Returns:
        Word → ``noun``, ``adverb``, ``adjective`` or ``participle``.

    Raises:
        OptionError: There is no rule for the language.

    """
    if language not in _ENDINGS:
        raise OptionError(f"categories by suffix: expected {', '.join(_ENDINGS)}, found {language}")
    rules = {
        category: re.compile(rf"{_STEM}({endings})")
        for category, endings in _ENDINGS[language].items()
    }
    labels = {}
    for word in words:
        category = next((name for name, rule in rules.items() if rule.fullmatch(word)), None)
        if category is not None:
            labels[word] = category
    return labels
