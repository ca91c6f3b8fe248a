"""A lean HTTP client for loads: it must cost less than the server that it measures."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

IDLE_SECONDS = 2.0


def request(method: str, path: str, head: str, body: bytes = b"") -> bytes:
    """The bytes of one request; `head`: header lines, each with its end."""
    declared = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\n{head}{declared}\r\n".encode() + body


@dataclass
class Connection:
    """One connection that is kept open."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, port: int) -> "Connection":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, sent: bytes) -> None:
        self.writer.write(sent)
        await self.writer.drain()

    async def ask(self, sent: bytes) -> None:
        """One request and its whole answer. Raises RuntimeError where that is an error."""
        await self.send(sent)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 2"):
            raise RuntimeError(f"{sent.splitlines()[0]!r} got {head.splitlines()[0]!r}")
        if b"\r\ntransfer-encoding: chunked" in head:
            while size := int((await self.reader.readuntil(b"\r\n")).strip(), 16):
                await self.reader.readexactly(size + 2)
            await self.reader.readexactly(2)
        else:
            length = head.split(b"\r\ncontent-length:")[1].split(b"\r\n")[0]
            await self.reader.readexactly(int(length))

    async def lines(self) -> AsyncIterator[bytes]:
        """Whatever comes, by lines."""
        while line := await self.reader.readline():
            yield line

    def close(self) -> None:
        self.writer.close()


class Timed:
    """Loads on one server of the loopback."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[Connection, float]] = []

    async def at_rate(self, requests: Sequence[bytes], rate: float, seconds: float) -> list[float]:
        """The requests in turn, so many a second whatever the answers take: seconds of each since it was due."""
        begun = time.monotonic()
        tasks = []
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            tasks.append(asyncio.create_task(self._timed(requests[number % len(requests)], due)))
        taken = list(await asyncio.gather(*tasks))
        for connection, _since in self._idle:
            connection.close()
        self._idle.clear()
        return taken

    async def saturated(self, requests: Sequence[bytes], connections: int, seconds: float) -> float:
        """Answers a second over so many connections, each of which asks again as soon as it is answered."""
        until = time.monotonic() + seconds
        counts = await asyncio.gather(*(self._again_and_again(requests[i:], until) for i in range(connections)))
        return sum(counts) / seconds

    async def _timed(self, sent: bytes, due: float) -> float:
        connection = await self._connection()
        await connection.ask(sent)
        self._idle.append((connection, time.monotonic()))
        return time.monotonic() - due

    async def _connection(self) -> Connection:
        """One that was used a moment ago, or a new one: the server closes those that are idle."""
        while self._idle:
            connection, since = self._idle.pop()
            if time.monotonic() - since < IDLE_SECONDS:
                return connection
            connection.close()
        return await Connection.open(self._port)

    async def _again_and_again(self, requests: Sequence[bytes], until: float) -> int:
        connection, count = await Connection.open(self._port), 0
        while time.monotonic() < until:
            await connection.ask(requests[count % len(requests)])
            count += 1
        connection.close()
        return count
