"""The joint map of a pair, a file that `isogloss map` has written beside the checkpoint."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from isogloss.service.errors import ServiceError

MOST_BYTES = 8 * 2**20

_Side = Annotated[list[str], Field(max_length=20_000)]
_Places = list[Annotated[list[FiniteFloat], Field(min_length=2, max_length=3)]]


class JointMapAnswer(BaseModel):
    """The places of both vocabularies on one plane or sphere."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    sphere: bool = Field(description="Whether places have three coordinates, on a sphere.")
    found: bool = Field(description="Whether the languages lie on each other for a reason.")
    languages: tuple[str, str]
    words: tuple[_Side, _Side] = Field(description="Source and target words, by frequency.")
    places: tuple[_Places, _Places] = Field(description="A place for each of them.")

    @model_validator(mode="after")
    def _check_lengths(self) -> JointMapAnswer:
        coordinates = 3 if self.sphere else 2
        for words, places in zip(self.words, self.places, strict=True):
            if len(words) != len(places):
                raise ValueError(f"expected {len(words)} places, found {len(places)}")
            if any(len(place) != coordinates for place in places):
                raise ValueError(f"expected {coordinates} coordinates of each place")
        return self


class MalformedMapError(ServiceError):
    """The file beside the checkpoint cannot be used."""

    def __init__(self, name: str, reason: str) -> None:
        message = f"{name}: {reason}"
        super().__init__(HTTPStatus.INTERNAL_SERVER_ERROR, "malformed_map", message)


def map_path(directory: Path, checkpoint: str) -> Path:
    """Where the map of a checkpoint lies; the directory may be the checkpoint itself.

    Args:
        directory: That of the checkpoints.
        checkpoint: Name of a folder that was found there; never what a request says.

    """
    folder = directory.parent if (directory / "manifest.json").exists() else directory
    return folder / f"{checkpoint}.map.json"


def read_joint_map(path: Path, languages: tuple[str, str]) -> JointMapAnswer | None:
    """Read a map; None where there is no file.

    Raises:
        MalformedMapError: It is too large, is no map, or one of other languages.

    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise MalformedMapError(path.name, f"expected at most {MOST_BYTES} bytes, found more")
        found = JointMapAnswer.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MalformedMapError(path.name, f"cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise MalformedMapError(path.name, f"{where}: {first['msg']}") from error
    if found.languages != languages:
        expected, other = "-".join(languages), "-".join(found.languages)
        raise MalformedMapError(path.name, f"expected a map of {expected}, found {other}")
    return found
