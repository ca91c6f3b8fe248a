"""Free ports on the loopback."""

import socket

TAKEN_BY_RAY = range(10002, 20000)
"""Where Ray's workers listen; nothing else may lie there."""


def free_port() -> int:
    """A port that nothing listens on now."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in TAKEN_BY_RAY:
            return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: old connections do not count
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def preferred_port(port: int) -> int:
    """`port` if it is free, else another."""
    return port if is_free(port) else free_port()
