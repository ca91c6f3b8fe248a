"""Free ports on the loopback."""

import socket
from collections.abc import Collection
from contextlib import ExitStack

TAKEN_BY_RAY = range(10002, 20000)
"""Where Ray's workers listen; nothing else may lie there."""


def free_ports(count: int, besides: Collection[int] = ()) -> list[int]:
    """Ports that nothing listens on now, each another, none of them in `besides`."""
    ports: list[int] = []
    with ExitStack() as held:  # one asked for after the other is given back may be the same one again
        while len(ports) < count:
            probe = held.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
            if port not in TAKEN_BY_RAY and port not in besides:
                ports.append(port)
    return ports


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: old connections do not count
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def preferred_port(port: int, besides: Collection[int] = ()) -> int:
    """`port` if it is free and not in `besides`, else another."""
    return port if port not in besides and is_free(port) else free_ports(1, besides)[0]
