import isogloss.models.spaces as package


def test_what_is_exported_is_there_and_sorted() -> None:
    assert package.__all__ == sorted(package.__all__)
    for name in package.__all__:
        assert getattr(package, name) is not None


def test_the_exported_names() -> None:
    # A change here is a change of the public interface and belongs in the change log.
    assert set(package.__all__) == {
        "EmbeddingSpace",
        "FastTextSubwords",
        "Lexicon",
        "Normalizer",
        "OnError",
        "ReadReport",
        "ReadSpace",
        "SubwordModel",
        "read_lexicon",
        "read_space",
        "unit_rows",
    }
