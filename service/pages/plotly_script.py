"""Plotly, from its own Python package: read and compressed once, kept by browsers for as long as its version stays."""

import gzip
from functools import cache
from importlib.metadata import version
from importlib.resources import files

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.pages.assets import ASK_AGAIN, FOR_GOOD, TYPES

router = APIRouter(include_in_schema=False)


@cache
def plotly_address() -> str:
    """For `<script defer src="…">`, on pages with plots alone."""
    return f"/static/plotly/{version('plotly')}/plotly.min.js"


@cache
def _compressed() -> bytes:
    return gzip.compress(_script(), compresslevel=9, mtime=0)


def _script() -> bytes:
    return (files("plotly") / "package_data" / "plotly.min.js").read_bytes()


@router.get("/static/plotly/{of}/plotly.min.js")
def show_plotly(request: Request, of: str) -> Response:
    headers = {"Cache-Control": FOR_GOOD if of == version("plotly") else ASK_AGAIN, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(_script(), media_type=TYPES[".js"], headers=headers)
    return Response(_compressed(), media_type=TYPES[".js"], headers=headers | {"Content-Encoding": "gzip"})
