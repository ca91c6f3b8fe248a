"""Signing in with a token, and out again."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from service.dependencies import TheLedger
from service.layers.buckets import Buckets
from service.layers.door import LET_IN
from service.pages.dependencies import signed_in
from service.pages.error_pages import asks_for_page
from service.pages.forms import TheForm
from service.pages.templating import page
from service.problems.details import too_many
from service.reading import read
from service.sessions import HOME, SESSION_SECONDS, forget_session, keep_session, safe_next, secret_of
from sweeps.ledger.tokens import TOKEN_PREFIX

router = APIRouter(include_in_schema=False)

ADDRESSES = {
    "api": "/api/v1",
    "docs": "/docs",
    "openapi": "/openapi.json",
    "pages": HOME,
    "health": "/healthz",
    "readiness": "/readyz",
}
"""What there is, for programs."""
NOTHING_GIVEN = "Paste your API token; the field was empty."
NO_TOKEN = f"That is no API token: one begins with {TOKEN_PREFIX}. Copy it whole."
UNKNOWN = "This token is unknown, revoked or has expired. Ask your team's admin for a new one."

LOGINS_A_SECOND = 0.2
LOGINS_AT_ONCE = 30.0
"""With one token, after a rest."""


async def the_logins(request: Request) -> Buckets:
    """Of how many times each token has signed in, by its id."""
    logins: Buckets = request.app.state.logins
    return logins


TheLogins = Annotated[Buckets, Depends(the_logins)]


@router.get("/")
async def first_page(request: Request) -> Response:
    """A person is led to the sweeps; a program, which could read nothing there, is told where to go on."""
    if asks_for_page(request.headers):
        return RedirectResponse(HOME, 303, {"Vary": "Accept"})
    addresses = {name: str(request.base_url.replace(path=path)) for name, path in ADDRESSES.items()}
    return JSONResponse({"name": "npsweep"} | addresses, headers={"Vary": "Accept"})


@router.get("/login")
async def show_login(request: Request, ledger: TheLedger, next: str | None = None) -> Response:
    if await signed_in(request, ledger) is not None:
        return RedirectResponse(safe_next(next), 303)
    return page(request, "login.html", next=safe_next(next), refusal=None)


@router.post("/login")
async def log_in(request: Request, ledger: TheLedger, logins: TheLogins, form: TheForm) -> Response:
    """A wrong token is answered 401, by which the rate limit counts it; a good one makes only so many sessions."""
    token, onwards = form.get("token", "").strip(), safe_next(form.get("next"))
    caller = await read(ledger, ledger.accounts.caller, token) if token.isascii() else None
    if caller is None:
        refusal = UNKNOWN if token.startswith(TOKEN_PREFIX) else NO_TOKEN if token else NOTHING_GIVEN
        return page(request, "login.html", status=401, next=onwards, refusal=refusal)
    wait = logins.take(str(caller.token_id))
    if wait:
        return too_many("requests", "this token signs in more often than anybody does", wait)
    setattr(request.state, LET_IN, caller)
    response = RedirectResponse(onwards, 303)
    begin, earlier = ledger.sessions.begin, secret_of(request)
    keep_session(request, response, await run_in_threadpool(begin, caller.token_id, SESSION_SECONDS, earlier))
    return response


@router.post("/logout")
async def log_out(request: Request, ledger: TheLedger) -> Response:
    """The token stays good; this browser forgets it, and so do we."""
    secret = secret_of(request)
    if secret and await signed_in(request, ledger) is not None:
        await run_in_threadpool(ledger.sessions.end, secret)
    response = RedirectResponse("/login#signed-out", 303)  # by which login.js knows that somebody has
    forget_session(response)
    return response
