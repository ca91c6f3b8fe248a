"""Scripts, style and pictures, under addresses that change with what they hold: a browser keeps them for good."""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

STATIC = Path(__file__).parent / "static"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".txt": "text/plain"}
"""Not left to the machine's own tables: with another type a browser runs no module."""
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"

router = APIRouter(include_in_schema=False)


@cache
def files() -> dict[str, bytes]:
    """All of them, by name; they are few and small."""
    return {file.name: file.read_bytes() for file in sorted(STATIC.iterdir()) if file.is_file()}


@cache
def version() -> str:
    """Of all together, so that modules which import each other by relative addresses fit."""
    digest = hashlib.sha256()
    for name, content in files().items():
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()[:12]


def asset(name: str) -> str:
    """Where the file is served. Raises KeyError where there is none, rather than in a reader's browser."""
    files()[name]
    return f"/static/{version()}/{name}"


@router.get("/static/{of}/{name}")
async def show_asset(of: str, name: str) -> Response:
    """A page of an older version, which somebody still has open, gets the newer file, but does not keep it."""
    if name not in files():
        raise HTTPException(404)
    suffix = Path(name).suffix
    kind = TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    kept = FOR_GOOD if of == version() else ASK_AGAIN
    return Response(files()[name], media_type=kind, headers={"Cache-Control": kept})
