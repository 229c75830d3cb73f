"""Settings of the service, from the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from isogloss.models.retrieval import Device
from isogloss.service.logs import LogLevel


class Settings(BaseSettings):
    """Every field is read from ``ISOGLOSS_`` and its name in capitals, where it is not given."""

    model_config = SettingsConfigDict(env_prefix="ISOGLOSS_", frozen=True)

    checkpoints: Path = Field(
        default=Path("checkpoints"),
        description="Directory whose checkpoints are served, or one of them.",
    )
    watch_seconds: float = Field(
        default=2.0,
        ge=0,
        description="Seconds between two looks at the directory; 0 looks only when told to.",
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

    workers: int = Field(default=1, ge=1, description="Processes that answer on the same port.")
    workers_folder: Path | None = Field(
        default=None, description="Folder that the workers of a server share; it is made for them."
    )

    max_body_bytes: int = Field(
        default=32 * 2**20, ge=1, description="Largest body that is read whole."
    )
    max_bodies_bytes: int = Field(
        default=256 * 2**20, ge=1, description="Most memory for all such bodies together."
    )
    max_stream_bytes: int = Field(
        default=16 * 2**30, ge=1, description="Largest body that is read in pieces."
    )
    max_spool_bytes: int = Field(
        default=4 * 2**30,
        ge=0,
        description="Most bytes of a streamed answer kept on disk for a client that reads late.",
    )
    max_upload_bytes: int = Field(
        default=2**30, ge=1, description="Largest file that is uploaded, kept on disk meanwhile."
    )
    max_upload_unpacked_bytes: int = Field(
        default=2**30, ge=1, description="Most bytes of such a file once it is unpacked."
    )
    max_upload_words: int = Field(
        default=200_000, ge=1, description="Most words of a file that is uploaded."
    )
    max_uploads_bytes: int = Field(
        default=4 * 2**30, ge=1, description="Most bytes of all uploaded files together."
    )
    max_uploads: int = Field(
        default=2, ge=1, description="Most uploaded files that are held in memory at the same time."
    )
    max_words: int = Field(default=5000, ge=1, description="Most words in a request.")
    max_word_length: int = Field(default=1000, ge=1, description="Most characters in a word.")
    max_vectors: int = Field(default=5000, ge=1, description="Most vectors in a request.")
    max_k: int = Field(default=100, ge=1, description="Most neighbours of a word or vector.")
    max_batch: int = Field(
        default=256, ge=1, description="Most vectors that are searched together."
    )
    max_waiting_vectors: int = Field(
        default=20_000, ge=1, description="Most vectors of a pair that wait to be searched."
    )
    batch_milliseconds: float = Field(
        default=5.0, ge=0, description="Longest time that a search waits for others to join it."
    )
    max_connections: int = Field(
        default=1000,
        ge=1,
        description="Most connections; for one more, an idle or slow one is closed.",
    )
    head_seconds: float = Field(
        default=10.0, gt=0, description="Longest time until a request has said what it wants."
    )
    max_head_bytes: int = Field(
        default=32 * 2**10, ge=1024, description="Most bytes of the fields of a request's head."
    )
    max_headers: int = Field(default=100, ge=8, description="Most fields of a request's head.")
    max_address_bytes: int = Field(
        default=8 * 2**10, ge=256, description="Longest address that is asked for."
    )
    max_concurrent: int = Field(
        default=256, ge=1, description="Most requests that are worked on at the same time."
    )
    max_queue: int = Field(
        default=256, ge=0, description="Most requests that wait; more are told to come back."
    )
    max_streams: int = Field(
        default=32, ge=1, description="Most streams that are worked on at the same time."
    )
    least_pace: float = Field(
        default=16384.0,
        ge=0,
        description="Bytes a second of a stream; one that is slower ends where another wants its "
        "place.",
    )
    request_seconds: float = Field(
        default=30.0, gt=0, description="Longest time of a request, or of a stream's standstill."
    )
    stream_seconds: float = Field(default=3600.0, gt=0, description="Longest time of a stream.")
    drain_seconds: float = Field(
        default=0.0,
        ge=0,
        description="How long the service says that it is not ready before it stops listening.",
    )
    shutdown_seconds: float = Field(
        default=30.0, gt=0, description="How long work in flight may take to finish at the end."
    )

    keys: Path | None = Field(
        default=None, description="File of the API keys that are accepted; none: everybody may ask."
    )
    allow_open: bool = Field(
        default=False, description="Whether other machines may ask a service without keys."
    )
    hosts: tuple[str, ...] = Field(
        default=(),
        description="Names by which the service may be asked for, as a JSON list; none: any where "
        "keys are asked for or other machines may ask, else those of this machine.",
    )
    rate: float = Field(default=0.0, ge=0, description="Requests a second of a key; 0: any.")
    burst: float = Field(
        default=50.0, ge=1, description="Requests that a key may send at once after a pause."
    )
    cors_origins: tuple[str, ...] = Field(
        default=(), description="Origins whose pages may ask, as a JSON list."
    )

    log_level: LogLevel = Field(default="info", description="The least important log that is kept.")
    log_requests: bool = Field(default=True, description="Whether each request is logged.")
    log_words: bool = Field(
        default=False, description="Whether logs may hold what errors say, and so callers' words."
    )
