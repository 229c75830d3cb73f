from pathlib import PurePath

import pytest

from isogloss.models.spaces.languages import guess_language


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("wiki.en.vec", "en"),
        ("cc.fr.300.vec.gz", "fr"),
        ("sample/de.vec", "de"),
        ("fr", "fr"),
        ("wiki.ceb.vec", "ceb"),
        ("wiki.vec.vec", "vec"),
        ("new-vectors-ru.npz", "ru"),
        ("pt_BR.parquet", "pt-BR"),
        ("zh-Hans.vec", "zh-Hans"),
        ("en.wiki.bpe.vs10000.d300.w2v.bin", "en"),
        ("glove.6B.300d.txt", None),
        ("vectors.vec", None),
        ("en-fr.vec", None),
        ("my-vectors.en.vec", None),
        ("EN.vec", None),
        ("fr/vectors.vec", None),
        ("", None),
    ],
)
def test_a_language_is_told_from_a_name_only_where_it_says_one(
    name: str, language: str | None
) -> None:
    assert guess_language(PurePath(name)) == language
