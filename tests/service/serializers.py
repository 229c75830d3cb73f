"""How schemathesis sends the bodies of streams: as the bytes that it made up."""

from __future__ import annotations

from typing import Any

import schemathesis

from isogloss.service.streaming.media_types import Form


@schemathesis.serializer(Form.NDJSON.value, Form.ARROW.value, Form.NPY.value)
def send_bytes(_: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
