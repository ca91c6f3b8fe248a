"""The latest drawings, for as long as there is room."""

import hashlib
import threading
from collections import OrderedDict

MOST_BYTES = 16_000_000


class Kept:
    """Drawings by what they show. Safe in threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._drawings: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: bytes) -> bytes | None:
        with self._lock:
            if key in self._drawings:
                self._drawings.move_to_end(key)
            return self._drawings.get(key)

    def put(self, key: bytes, drawing: bytes) -> None:
        """The ones that nobody has looked at for longest go first; one that is larger than all the room is not kept."""
        if len(drawing) > self._most:
            return
        with self._lock:
            self._bytes += len(drawing) - len(self._drawings.pop(key, b""))
            self._drawings[key] = drawing
            while self._bytes > self._most:
                self._bytes -= len(self._drawings.popitem(last=False)[1])


def key_of(*shown: object) -> bytes:
    """Of what a drawing shows, which may be much: a digest of its text."""
    return hashlib.sha256(repr(shown).encode()).digest()
