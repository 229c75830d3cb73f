"""Settings of the service, from the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.retrieval import Device


class Settings(BaseSettings):
    """Every field is read from ``ISOGLOSS_`` and its name in capitals, where it is not given."""

    model_config = SettingsConfigDict(env_prefix="ISOGLOSS_", frozen=True)

    checkpoints: Path = Field(
        default=Path("checkpoints"),
        description="Directory whose checkpoints are served, or one of them.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one."
    )
    device: Device = Field(
        default="auto", description="Where maps and indexes run: auto, cpu or cuda."
    )
    threads: int = Field(
        default=4, ge=1, description="Requests that are computed at the same time."
    )
    max_body_bytes: int = Field(default=32 * 2**20, ge=1, description="Largest body of a request.")
    max_spool_bytes: int = Field(
        default=4 * 2**30,
        ge=0,
        description="Most bytes of a streamed answer kept on disk for a client that reads late.",
    )
    max_upload_bytes: int = Field(
        default=2**30, ge=1, description="Largest file that is uploaded, kept on disk meanwhile."
    )
    max_upload_words: int = Field(
        default=200_000, ge=1, description="Most words of a file that is uploaded."
    )
    max_words: int = Field(default=5000, ge=1, description="Most words in a request.")
    max_word_length: int = Field(default=1000, ge=1, description="Most characters in a word.")
    max_vectors: int = Field(default=5000, ge=1, description="Most vectors in a request.")
    max_k: int = Field(default=100, ge=1, description="Most neighbours of a word or vector.")
