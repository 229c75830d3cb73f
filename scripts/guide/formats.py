"""The tables of the formats of word vectors, made from the registry that reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from isogloss.models.spaces.readers.formats import FORMATS
from isogloss.models.spaces.readers.refused import REFUSED, REFUSED_TEXTS

_NOTES = {
    "npy": "floating-point numbers by rows; words one per line in `NAME.words.txt` or `NAME.txt` "
    "beside it, or where `--source-words` and `--target-words` say",
    "npz": "one list of strings and one matrix, whatever their keys; never objects, which are "
    "pickles",
    "fasttext-binary": "kinds skipgram and cbow; words outside the vocabulary get vectors from "
    "their n-grams",
    "parquet": "a column of words and one of lists of numbers, or a column for each dimension",
    "arrow": "likewise",
    "safetensors": "the tensor `vectors`, or the only matrix; words as a JSON list under `words` "
    "in the metadata, else as for `.npy`",
    "word2vec-binary": "little-endian float32, with or without a line feed after each word",
    "fasttext-text": "the header is a promise: fewer or more words are an error",
    "glove-text": "the first lines tell the dimension",
}


def format_tables() -> str:
    """List what is read and what is refused, as the page of the formats has it."""
    return "\n".join(
        (
            _table(
                ("format", "in reports", "recognised by", "note"),
                (
                    (each.title, f"`{each.name}`", each.recognised_by, _NOTES[each.name])
                    for each in FORMATS
                ),
            ),
            "These are refused by name, and what to do instead is said:\n",
            _table(
                ("what", "recognised by", "instead"),
                (
                    (each.title, each.recognised_by, each.instead)
                    for each in (*REFUSED, *REFUSED_TEXTS)
                ),
            ),
        )
    )


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    print(format_tables(), end="")
