"""A browser without scripts: it keeps cookies, follows redirects, and says of its forms where they come from."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from sweeps.ledger import Ledger
from sweeps.states import TrialState
from tests.sweeps.booked import BookedSweep

Browse = Callable[[str | None], httpx.Client]
AS_BROWSERS_DO = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Site": "same-origin"}
AS_SCRIPTS_DO = {"Accept": "application/json, text/html"}
"""Those of our pages."""


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


@pytest.fixture
def booked(ledger: Ledger, token: str) -> BookedSweep:
    """The administrator's, of two arms: one trial that trains, two that completed, one that was pruned."""
    sweep = BookedSweep(ledger, owner=ledger.accounts.caller(token))
    sweep.trial(0, value=0.4, learning_rate=0.125)
    sweep.trial(1, TrialState.PRUNED, value=0.9, epochs=2)
    sweep.trial(2, value=0.7)
    sweep.trial(3, TrialState.RUNNING, value=None, epochs=1)
    return sweep
