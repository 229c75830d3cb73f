"""The page, from a fixed table of files."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.routing import Route

from isogloss.service.page import PAGE
from isogloss.service.routing import declared

router = APIRouter()

_HEADERS = {
    # Asked for again each time, and not sent again where it is the same.
    "cache-control": "no-cache",
    "cross-origin-opener-policy": "same-origin",
}


@declared(role=None, any_question=True)
async def page(request: Request) -> Response:
    """Give a file of the page, or say that the caller has it already."""
    path = request.scope["path"]
    file = PAGE[path]
    policy = file.policy.decode("ascii")
    headers = {**_HEADERS, "etag": file.etag, "content-security-policy": policy}
    if _is_known(file.etag, request.headers.getlist("if-none-match")):
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)


def _is_known(etag: str, headers: list[str]) -> bool:
    """Whether the caller has this content (RFC 9110, section 13.1.2; the comparison is weak)."""
    tags = {tag.strip().removeprefix("W/") for header in headers for tag in header.split(",")}
    return "*" in tags or etag in tags


# Not one route with a parameter: what is not in the table is not found.
router.routes.extend(Route(path, page, methods=["GET"], include_in_schema=False) for path in PAGE)
