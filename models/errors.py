"""Every error that Isogloss raises on purpose.

IsoglossError
├── InputError                      what the user gave cannot be used
│   ├── FileError                   names the file, and the line or record where known
│   │   ├── VectorFileError
│   │   │   ├── UnreadableFileError
│   │   │   ├── UnknownFormatError
│   │   │   ├── EmptyFileError
│   │   │   ├── TruncatedFileError
│   │   │   ├── CorruptArchiveError
│   │   │   ├── UnpackedSizeError
│   │   │   ├── WordListError
│   │   │   ├── TextEncodingError
│   │   │   ├── MalformedLineError
│   │   │   ├── WrongDimensionError
│   │   │   ├── NonFiniteVectorError
│   │   │   └── DuplicateWordError
│   │   ├── LexiconError
│   │   ├── LabelsError
│   │   └── RecipeError
│   ├── ShapeError                  an array of the wrong shape; has `expected` and `found`
│   ├── NonFiniteInputError         an array with NaN or infinity
│   ├── DirectionsError             vectors that hold no directions to fit a map on
│   └── OptionError                 an option or a combination of options that makes no sense
├── CheckpointError
│   ├── CheckpointNotFoundError
│   ├── CheckpointManifestError
│   ├── CheckpointVersionError
│   ├── CheckpointIntegrityError    a file is missing or its hash differs
│   └── CheckpointContentError      hashes agree, but shapes, types or counts do not
├── TrainingError
│   ├── DivergenceError             NaN or an exploding loss; names stage and step
│   ├── NoAlignmentFoundError       the map is no alignment, or nobody can tell
│   ├── TrainingInterruptedError    the state was saved; the run can be resumed
│   └── ResumeError                 a saved state that does not belong to this run
├── DownloadError                   a published file could not be fetched; has `address`
│   ├── NotPublishedError           the server does not have it, or does not give it
│   ├── TransferError               the connection broke too often; what came is kept
│   ├── ContentError                what came is not what was expected: checksum or format
│   └── StorageError                the cache folder cannot take it
├── PublishingError              what was to be published was not taken
├── UnknownWordError                a word that has no vector
└── DependencyError                 a package that is needed is missing, or two clash
"""

from __future__ import annotations

from pathlib import Path

from isogloss.models.verdict import Verdict


class IsoglossError(Exception):
    """Base of every error that Isogloss raises on purpose."""


class InputError(IsoglossError):
    """What the user gave cannot be used."""


class FileError(InputError):
    """A file cannot be used.

    Attributes:
        path: The file.
        line: Line (text) or record (binary) counted from 1, or None where the whole file is meant.
        reason: What was expected and what was found.

    """

    def __init__(self, path: Path | str, reason: str, *, line: int | None = None) -> None:
        self.path = Path(path)
        self.line = line
        self.reason = reason
        place = f"{self.path}" if line is None else f"{self.path}:{line}"
        super().__init__(f"{place}: {reason}")


class VectorFileError(FileError):
    """A file of word vectors cannot be used."""


class UnreadableFileError(VectorFileError):
    """The file is missing, is a directory or may not be read."""


class UnknownFormatError(VectorFileError):
    """The content is none of the known formats of word vectors."""


class EmptyFileError(VectorFileError):
    """The file holds no word."""


class TruncatedFileError(VectorFileError):
    """The file or its archive ends too early."""


class CorruptArchiveError(VectorFileError):
    """The compressed data is damaged, or the archive does not hold exactly one file."""


class UnpackedSizeError(VectorFileError):
    """An archive holds more than is read, or more than archives of its size do."""


class WordListError(VectorFileError):
    """The list of words that belongs to an array is missing or does not fit it."""


class TextEncodingError(VectorFileError):
    """A word is not valid UTF-8."""


class MalformedLineError(VectorFileError):
    """A line is not a word followed by numbers."""


class WrongDimensionError(VectorFileError):
    """A vector is longer or shorter than the others."""


class NonFiniteVectorError(VectorFileError):
    """A vector holds NaN or infinity."""


class DuplicateWordError(VectorFileError):
    """A word appears twice."""


class LexiconError(FileError):
    """A bilingual lexicon cannot be used."""


class LabelsError(FileError):
    """A file of word labels cannot be used."""


class RecipeError(FileError):
    """A recipe holds an unknown key or a value of the wrong kind."""


class ShapeError(InputError):
    """An array has the wrong shape.

    Attributes:
        expected: The shape or dimension that was expected, in words.
        found: The one that was found.

    """

    def __init__(self, what: str, *, expected: str, found: str) -> None:
        self.expected = expected
        self.found = found
        super().__init__(f"{what}: expected {expected}, found {found}")


class NonFiniteInputError(InputError):
    """An array holds NaN or infinity."""


class DirectionsError(InputError):
    """Vectors hold no directions that a map could be fitted on: all zero, alike, or too few."""


class OptionError(InputError):
    """An option, or a combination of options, makes no sense."""


class CheckpointError(IsoglossError):
    """A checkpoint cannot be loaded or saved."""


class CheckpointNotFoundError(CheckpointError):
    """There is no checkpoint at this path."""


class CheckpointManifestError(CheckpointError):
    """The manifest cannot be read or lacks a field."""


class CheckpointVersionError(CheckpointError):
    """The checkpoint was written in a format that this version does not read."""


class CheckpointIntegrityError(CheckpointError):
    """A file of the checkpoint is missing or is not the one that was written."""


class CheckpointContentError(CheckpointError):
    """The files are intact but do not fit together."""


class TrainingError(IsoglossError):
    """A fit ended without a usable result."""


class DivergenceError(TrainingError):
    """The loss became NaN or exploded.

    Attributes:
        stage: The stage of the fit, for instance ``neural-gw``.
        step: The step at which it was seen, counted from 1.

    """

    def __init__(self, stage: str, step: int, reason: str) -> None:
        self.stage = stage
        self.step = step
        super().__init__(f"{stage} diverged at step {step}: {reason}")


class NoAlignmentFoundError(TrainingError):
    """The map that was fitted is no alignment, or nobody can tell.

    Attributes:
        alignment: The map all the same (an ``Alignment``), for those who want to look at it.
        verdict: Why it does not count.

    """

    def __init__(self, alignment: object, verdict: Verdict) -> None:
        self.alignment = alignment
        self.verdict = verdict
        said = (
            "whether an alignment was found cannot be judged"
            if verdict.state == "cannot_be_judged"
            else "no alignment was found"
        )
        super().__init__(f"{said}: {verdict.reason}")


class TrainingInterruptedError(TrainingError):
    """The user stopped the fit; its state was saved."""


class ResumeError(TrainingError):
    """A saved state does not belong to this run."""


class DownloadError(IsoglossError):
    """A published file could not be fetched.

    Attributes:
        address: Where it is published.
        reason: What was expected and what was found.

    """

    def __init__(self, address: str, reason: str) -> None:
        self.address = address
        self.reason = reason
        super().__init__(f"{address}: {reason}")


class NotPublishedError(DownloadError):
    """The server does not have the file, or does not give it."""


class TransferError(DownloadError):
    """The connection broke too often; what came is kept, and the next attempt goes on."""


class ContentError(DownloadError):
    """What came, or what was kept, is not what was expected: its checksum or its format."""


class StorageError(DownloadError):
    """The cache folder cannot take the file."""


class PublishingError(IsoglossError):
    """What was to be published was not taken."""


class UnknownWordError(IsoglossError):
    """A word that has no vector.

    Attributes:
        word: The word.

    """

    def __init__(self, word: str, language: str) -> None:
        self.word = word
        super().__init__(f"{word!r} is not in the {language} vocabulary")


class DependencyError(IsoglossError):
    """A package that is needed is missing, or two that exclude each other are installed."""
