"""Short reads of the ledger, each made where it costs least."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool

from sweeps.ledger import Ledger

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


async def read(ledger: Ledger, act: Callable[Asked, Answer], *args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
    """`act(…)`, which asks the ledger and nobody else for a page at most.

    A server is waited for in a thread. A local file waits for nobody, since its writers hold up no reader: it is read
    here, because a thread would take the interpreter from the event loop, and give it back, at every single row.
    """
    return act(*args, **kwargs) if ledger.is_local else await run_in_threadpool(act, *args, **kwargs)
