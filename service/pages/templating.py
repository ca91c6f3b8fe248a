"""From a template and its context to a page, with what every page has: who is signed in, the navigation, the assets."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from service.layers.door import LET_IN
from service.pages.assets import asset
from service.pages.words import FILTERS
from sweeps.arm_colours import arm_style
from sweeps.ledger.records import Caller
from sweeps.roles import Role

TEMPLATES = Path(__file__).parent / "templates"
NAVIGATION = (("/sweeps", "Sweeps"), ("/sweeps/new", "New sweep"), ("/team", "Team"))
HEADERS = {
    "Content-Security-Policy": "; ".join(
        [
            "default-src 'self'",
            "style-src 'self' 'unsafe-inline'",  # Plotly writes styles into its figures
            "img-src 'self' data: blob:",  # and draws a download from such addresses
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    ),
    "Referrer-Policy": "same-origin",  # with none, a browser would not say either where a form comes from
}


def page(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> HTMLResponse:
    """The template as a page, or as a part of one."""
    return HTMLResponse(rendered(request, template, **context), status, HEADERS | dict(headers or {}))


def rendered(request: Request, template: str, **context: Any) -> str:
    """`caller` is None in it where nobody is signed in."""
    caller: Caller | None = getattr(request.state, LET_IN, None)
    own = {"caller": caller, "can_write": can_write(caller), "navigation": _navigation(request.url.path)}
    return environment().get_template(template).render(own | context)


def can_write(caller: Caller | None) -> bool:
    """Whether buttons that change a sweep are worth showing; what they do is checked anyway."""
    return caller is not None and caller.role.includes(Role.MEMBER)


@cache
def environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.globals |= {"asset": asset, "arm_style": arm_style}
    found.filters |= FILTERS
    return found


def _navigation(path: str) -> list[dict[str, Any]]:
    """The entry that the address lies under, most closely, is the current one."""
    under = [address for address, _ in NAVIGATION if path == address or path.startswith(f"{address}/")]
    current = max(under, key=len, default=None)
    return [{"address": address, "title": title, "current": address == current} for address, title in NAVIGATION]
