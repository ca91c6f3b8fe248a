"""Refuses a body above the limit before it is read whole, and an address that is longer than any of ours."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.problems.details import ProblemResponse, problem

LONGEST_ADDRESS = 32_000
"""In bytes, with its query: a cursor of logs may need ten thousand."""


class BodyLimit:
    """Middleware; answers 414 to a long address, and 413 from the declared length, or as soon as more than the limit
    has come in."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif _address_length(scope) > LONGEST_ADDRESS:
            detail = f"the address is above the limit of {LONGEST_ADDRESS:,} bytes; send what is long in the body"
            await problem(414, "address-too-long", detail)(scope, receive, send)
        elif _declared(scope) > self.limit:
            await self._refusal()(scope, receive, send)
        else:
            await self.app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self.limit:
                raise HTTPException(413, self._detail())
            return message

        return counted

    def _refusal(self) -> ProblemResponse:
        return problem(413, "body-too-large", self._detail(), headers={"Connection": "close"})

    def _detail(self) -> str:
        return f"the body is above the limit of {self.limit:,} bytes; a specification needs a few thousand"


def _address_length(scope: Scope) -> int:
    return len(scope["path"]) + len(scope.get("query_string", b""))


def _declared(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isdecimal() else 0
