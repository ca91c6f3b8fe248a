"""The cookie that says who is signed in, and where one goes on after signing in."""

from urllib.parse import quote, urlsplit

from fastapi import Request
from starlette.responses import Response

COOKIE = "npsweep_session"
SESSION_SECONDS = 14 * 24 * 3600.0
HOME = "/sweeps"


def secret_of(request: Request) -> str | None:
    """The session's secret, as the browser sent it."""
    return request.cookies.get(COOKIE) or None


def keep_session(request: Request, response: Response, secret: str) -> None:
    """No script can read it. A link from elsewhere brings it along, a form from elsewhere does not: see SameOrigin."""
    is_secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, secret, max_age=int(SESSION_SECONDS), httponly=True, samesite="lax", secure=is_secure)


def forget_session(response: Response) -> None:
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


def login_address(request: Request) -> str:
    """Where to sign in, and then to come back to this page; of a form that was sent, to the page that held it."""
    page = _with_query(request.url.path, request.url.query) if request.method == "GET" else came_from(request)
    return f"/login?next={quote(page, safe='')}" if page else "/login"


def came_from(request: Request) -> str | None:
    """The page of ours that a form was sent from, as the browser says."""
    try:
        parts = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return None
    page = _with_query(parts.path, parts.query)
    return page if parts.netloc == request.headers.get("host") and safe_next(page) == page else None


def _with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def safe_next(address: str | None) -> str:
    """An address of ours; anything else, which could lead a person astray, becomes the first page."""
    if not address or not address.isprintable() or "\\" in address:
        return HOME
    try:
        parts = urlsplit(address)
    except ValueError:
        return HOME
    is_ours = not parts.scheme and not parts.netloc and address.startswith("/") and not address.startswith("//")
    return address if is_ours and parts.path not in ("/login", "/logout") else HOME
