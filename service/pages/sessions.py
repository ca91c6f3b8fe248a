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
    """Where to sign in, and then to come back to this page; a form that was sent is not sent again."""
    if request.method != "GET":
        return "/login"
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/login?next={quote(request.url.path + query, safe='')}"


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
