"""Published vectors: how their words are known, their dictionary turned round, the table."""

from __future__ import annotations

from pathlib import Path

from research.published_vectors import lexicon_of, murmur_hash, table


def test_words_are_known_by_the_hash_that_spacy_documents() -> None:
    # https://spacy.io/usage/spacy-101#vocab
    assert murmur_hash(b"coffee") == 3197928453018144401


def test_the_dictionary_of_the_way_back_has_its_words_swapped(tmp_path: Path) -> None:
    (tmp_path / "en-fr.test.txt").write_text("window fen\u00eatre\nbook livre\n\n", "utf-8")
    turned = lexicon_of(tmp_path, "fr-en", "test", tmp_path)
    assert turned.read_text("utf-8") == "fen\u00eatre window\nlivre book\n"
    assert lexicon_of(tmp_path, "en-fr", "test", tmp_path).name == "en-fr.test.txt"


def test_a_fit_without_a_dictionary_is_a_row_too() -> None:
    row = {"direction": "en-fr", "english_words": 50_000, "aligner": "neural-gw", "seed": 0}
    row |= {"found": True, "processor_seconds": 200.4, "peak_mebibytes": None}
    assert table([row]).splitlines()[-1] == (
        "| en\u2192fr | 50,000 | neural-gw, 0 | yes | \u2014 | \u2014 | \u2014 | 200 | \u2014 |"
    )
