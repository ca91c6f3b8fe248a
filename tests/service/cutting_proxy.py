"""A TCP proxy that cuts every connection at a random moment: before the request, within it, after it, in the answer."""

import contextlib
import random
import socket
import struct
import threading
from types import TracebackType

RESET = struct.pack("ii", 1, 0)
"""A socket that is closed with this ends its connection with a reset, and drops what was not delivered."""


class CuttingProxy:
    """`with CuttingProxy(host, port, seed) as proxy:` listens on `proxy.address` until the end."""

    def __init__(self, host: str, port: int, seed: int, longest: int = 15_000) -> None:
        """`longest`: bytes, in both directions together, after which a connection is cut at the latest."""
        self._target = (host, port)
        self._random = random.Random(seed)
        self._longest = longest
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cuts = 0

    def __enter__(self) -> "CuttingProxy":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                Link(client, socket.create_connection(self._target), self._random.randrange(self._longest))
                self.cuts += 1


class Link:
    """One connection through the proxy, which is cut after `budget` bytes."""

    def __init__(self, client: socket.socket, server: socket.socket, budget: int) -> None:
        self._ends = (client, server)
        self._budget = budget
        self._lock = threading.Lock()
        for source, target in ((client, server), (server, client)):
            threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                with self._lock:
                    passed, self._budget = data[: self._budget], self._budget - len(data)
                target.sendall(passed)
                if self._budget <= 0:
                    break
        self._cut()

    def _cut(self) -> None:
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.shutdown(socket.SHUT_RDWR)
            end.close()
