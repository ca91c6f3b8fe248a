"""A browser without scripts: it keeps cookies, follows redirects, and says of its forms where they come from."""

from collections.abc import Callable, Iterator

import httpx
import pytest

Browse = Callable[[str | None], httpx.Client]
AS_BROWSERS_DO = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def browse(address: str) -> Iterator[Browse]:
    """Opens a browser, signed in with a token or not at all."""
    opened: list[httpx.Client] = []

    def browser(token: str | None) -> httpx.Client:
        client = httpx.Client(base_url=address, headers=AS_BROWSERS_DO, follow_redirects=True, timeout=60)
        opened.append(client)
        if token:
            client.post("/login", data={"token": token})
        return client

    yield browser
    for client in opened:
        client.close()


@pytest.fixture
def browser(browse: Browse, token: str) -> httpx.Client:
    """Signed in as the administrator."""
    return browse(token)
