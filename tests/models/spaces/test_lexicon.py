import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.errors import LexiconError
from isogloss.models.spaces import EmbeddingSpace, Lexicon, read_lexicon
from isogloss.models.spaces.lexicon_fit import lexicon_fit, no_pair_error
from isogloss.models.spaces.word_text import escaped


def _store(folder: Path, content: bytes) -> Path:
    path = folder / "lexicon.txt"
    path.write_bytes(content)
    return path


def test_several_targets_in_the_order_of_the_file(tmp_path: Path) -> None:
    lexicon = read_lexicon(_store(tmp_path, b"cat chat\ndog chien\ncat matou\ncat chat\n"))
    assert lexicon.entries == {"cat": ("chat", "matou"), "dog": ("chien",)}
    assert len(lexicon) == 2


def test_tabs_blank_lines_and_windows_line_ends(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbfcat\tchat\r\n\r\ndog  chien\r\n"
    assert read_lexicon(_store(tmp_path, content)).entries == {"cat": ("chat",), "dog": ("chien",)}


def test_no_break_space_and_case_stay(tmp_path: Path) -> None:
    lexicon = read_lexicon(_store(tmp_path, "New\u00a0York new\u00a0york\n".encode()))
    assert lexicon.entries == {"New\u00a0York": ("new\u00a0york",)}


WORD = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=" \t\n\r\ufeff"), min_size=1
)


@given(st.lists(st.tuples(WORD, WORD), min_size=1, max_size=10))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]) -> None:
    content = "".join(f"{source} {target}\n" for source, target in pairs).encode()
    lexicon = read_lexicon(_store(tmp_path_factory.getbasetemp(), content))
    read = {(source, target) for source, targets in lexicon.entries.items() for target in targets}
    assert read == set(pairs)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", None, "found none"),
        (b"\n\n", None, "found none"),
        (b"cat chat\ndog\n", 2, "found 1 words"),
        (b"cat chat\n\ndog gros chien\n", 3, "found 3 words"),
        (b"cat chat\ndog chi\xe9n\n", 2, "UTF-8"),
    ],
)
def test_faults_are_named(tmp_path: Path, content: bytes, line: int | None, message: str) -> None:
    with pytest.raises(LexiconError, match=message) as caught:
        read_lexicon(_store(tmp_path, content))
    assert caught.value.line == line


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="cannot be read"):
        read_lexicon(tmp_path / "missing")


def test_row_pairs_of_the_words_in_both_vocabularies(tmp_path: Path) -> None:
    lexicon = read_lexicon(_store(tmp_path, b"cat chat\ncat matou\ndog chien\nsun soleil\n"))
    source = EmbeddingSpace("en", ("dog", "cat"), np.ones((2, 2), np.float32))
    target = EmbeddingSpace("fr", ("soleil", "matou", "chat"), np.ones((3, 2), np.float32))
    assert lexicon.row_pairs(source, target).tolist() == [[1, 2], [1, 1]]


PAIRS = {"window": ("fenêtre", "guichet"), "New York": ("New York",), "file": ("fichier",)}
LINES = [(source, target) for source, targets in PAIRS.items() for target in targets]
SHORT = [pair for pair in LINES if " " not in pair[0]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "form",
    ["{}\t{}", "{},{}", "{};{}", "{} ||| {}", '"{}","{}"', '"{}"\t"{}"', '"{}" "{}"',
     "{}\t{}\t0.93", "{},{},1", "{} ||| {} ||| 0.5 0.25", "{}\t{}\t-1.5e-3\t7", "0.5\t{}\t{}",
     " {}\t {} ", "{}\t\t{}"],
)  # fmt: skip
def test_forms_of_a_line(tmp_path: Path, form: str, end: str) -> None:
    content = "".join(form.format(*pair) + end for pair in LINES)
    assert read_lexicon(_store(tmp_path, content.encode())).entries == PAIRS


@pytest.mark.parametrize("form", ["{} {}", "{}   {}", "{} {} 0.93", " {} {} 1 2 ", "{} \t {}"])
def test_forms_of_words_without_blanks(tmp_path: Path, form: str) -> None:
    content = "".join(form.format(*pair) + "\n" for pair in SHORT)
    found = read_lexicon(_store(tmp_path, content.encode())).entries
    assert found == {"window": ("fenêtre", "guichet"), "file": ("fichier",)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_that_have_a_mark(tmp_path: Path, encoding: str) -> None:
    content = "".join(f"{source}\t{target}\n" for source, target in LINES)
    assert read_lexicon(_store(tmp_path, content.encode(encoding))).entries == PAIRS


@pytest.mark.parametrize(
    "header",
    ["source\ttarget", "Source\tTarget\tScore", "en\tfr\tprobability", "word\ttranslation"],
)
def test_a_first_line_that_names_the_columns(tmp_path: Path, header: str) -> None:
    scored = header.count("\t") > 1
    lines = [header, *(f"{a}\t{b}" + ("\t0.5" if scored else "") for a, b in LINES)]
    assert read_lexicon(_store(tmp_path, "\n".join(lines).encode())).entries == PAIRS


def test_words_that_are_marks_or_numbers(tmp_path: Path) -> None:
    content = b'2010 2010\n, ,\n" "\n; ;\n"" \xc2\xab\n1,5 1.5\n'
    assert read_lexicon(_store(tmp_path, content)).entries == {
        "2010": ("2010",),
        ",": (",",),
        '"': ('"',),
        ";": (";",),
        '""': ("«",),
        "1,5": ("1.5",),
    }


def test_a_compressed_dictionary(tmp_path: Path) -> None:
    assert len(read_lexicon(_store(tmp_path, gzip.compress(b"cat chat\ndog chien\n")))) == 2


ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6).filter(
    lambda word: not word.startswith("\ufeff")
)


@given(st.lists(st.tuples(ANY, ANY, st.floats(-9, 9)), min_size=1, max_size=9))
def test_what_is_exported_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, entries: list[tuple[str, str, float]]
) -> None:
    content = "".join(f"{escaped(a)}\t{escaped(b)}\t{score:.4f}\n" for a, b, score in entries)
    assert content.count("\n") == len(entries)
    lexicon = read_lexicon(_store(tmp_path_factory.getbasetemp(), content.encode()))
    read = {(source, target) for source, targets in lexicon.entries.items() for target in targets}
    assert read == {(a, b) for a, b, _ in entries}


def _space(language: str, words: list[str]) -> EmbeddingSpace:
    vectors = np.random.default_rng(0).standard_normal((len(words), 3)).astype(np.float32)
    return EmbeddingSpace(language, tuple(words), vectors)


def _lexicon(*pairs: tuple[str, str]) -> Lexicon:
    return Lexicon({source: (target,) for source, target in pairs})


@pytest.mark.parametrize(
    ("pairs", "advice"),
    [
        ([("café", "coffee"), ("thé", "tea")], ""),
        ([("CAFÉ", "coffee"), ("THÉ", "tea")], "2 of 2 would fit in lower case"),
        ([("cafe\u0301", "coffee"), ("the\u0301", "tea")], "2 of 2 would fit composed (NFC)"),
        ([("coffee", "café"), ("tea", "thé")], "2 of 2 would fit with the columns exchanged"),
        ([("/c/fr/café", "/c/en/tea")], "1 of 1 would fit without the prefix /c/…/"),
        ([("CAFE\u0301", "tea")], "1 of 1 would fit composed (NFC), in lower case"),
        ([("vin", "wine")], ""),
    ],
)
def test_what_would_fit_is_said(pairs: list[tuple[str, str]], advice: str) -> None:
    source, target = _space("fr", ["café", "thé"]), _space("en", ["coffee", "tea"])
    fit = lexicon_fit(_lexicon(*pairs), source, target)
    assert fit.advice == advice
    assert fit.pairs == len(pairs)
    if not fit.usable:
        counts = f"of {len(pairs)}, {fit.sources_missing} lack the source word in the fr vocabulary"
        assert counts in str(no_pair_error(_lexicon(*pairs), source, target))
