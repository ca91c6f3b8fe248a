"""The team's sweeps."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.pages.dependencies import PageCaller
from service.pages.templating import page

router = APIRouter(include_in_schema=False)


@router.get("/sweeps")
async def list_sweeps(request: Request, _caller: PageCaller) -> Response:
    return page(request, "sweeps.html")
