"""Serves an app on a free port of the loopback, in a thread: what clients, streams and the command line really meet."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from service.server import GRACE_SECONDS


@contextmanager
def served(make: Callable[[Callable[[], bool]], FastAPI], port: int = 0) -> Iterator[str]:
    """`make` builds the app from a function that says whether the server is closing. Gives the address."""
    app = make(lambda: server.should_exit)
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, timeout_graceful_shutdown=GRACE_SECONDS)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
