"""One connection to the service: requests that are sent again, pages, and streams."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType, TracebackType
from typing import Any, Self

import httpx

from service.answers.views import Page
from service.client.events import Received, followed
from service.problems.details import Problem
from service.request_ids import HEADER as REQUEST_ID
from service.retries import Retries

STREAM_SECONDS = 60.0
"""Without a sign of life, of which a stream gives one in 15, after which the connection counts as broken."""

SERVERS_FAULT = 500
"""Statuses from here on say nothing against a request."""

Document = dict[str, Any]
Params = Mapping[str, str | list[str]]


class ServiceProblem(Exception):
    """The service refused; `problem` says why, and under which request id its log tells more."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail + (f" (request {problem.request_id})" if problem.request_id else ""))
        self.problem = problem


class ServiceUnreachable(Exception):
    """Nobody answers at the service's address."""


class Connection:
    """One connection to one service; every call raises ServiceProblem and ServiceUnreachable.

    Where a connection breaks or the service is overloaded, a request is sent again; a POST under one idempotency key,
    so that it is carried out once.
    """

    def __init__(self, url: str, token: str, timeout: float = 30.0, tries: int = 6) -> None:
        """`tries`: how often a request is sent at most where its connection breaks. Raises ValueError for what is no
        token; white space around it, as files have it, is none of it."""
        token = token.strip()
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError("the API token holds characters that no token has; copy it again, whole and alone")
        self._tries = tries
        local = httpx.URL(url).host in ("127.0.0.1", "localhost", "::1")
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout,
            trust_env=not local,  # a proxy of the environment does not lead to this machine
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def follow(
        self,
        path: str,
        after: str | None,
        is_over: Callable[[], bool],
        patience: float,
        params: Params = MappingProxyType({}),
    ) -> Iterator[Received]:
        """Every event of a stream; one that breaks off is taken up again. A service that restarts, or has lost its
        ledger for a while, is waited for."""

        @contextmanager
        def connect(headers: dict[str, str]) -> Iterator[tuple[bool, httpx.Response]]:
            try:
                was_over = is_over()
                with self.stream(path, params, headers) as answer:
                    yield was_over, answer
            except ServiceUnreachable as error:
                raise httpx.ConnectError(str(error)) from error
            except ServiceProblem as error:
                if not (error.problem.status == httpx.codes.TOO_MANY_REQUESTS or error.problem.status >= SERVERS_FAULT):
                    raise
                raise httpx.ConnectError(str(error)) from error

        try:
            yield from followed(connect, after, patience)
        except httpx.TransportError as error:
            raise self.unreachable(error) from error

    def items(self, path: str, limit: int, wanted: Mapping[str, str] = MappingProxyType({})) -> Iterator[Document]:
        """At most `limit` items of a list, page by page."""
        params = {**wanted, "limit": str(min(limit, 200))}
        while limit > 0:
            page = Page[Document].model_validate(self.call("GET", path, params=params))
            yield from page.items[:limit]
            limit -= len(page.items)
            if page.next is None:
                return
            params["cursor"] = page.next

    def call(self, method: str, path: str, json: object = None, params: Params | None = None) -> Any:
        """The answer's document."""
        return self.send(method, path, json=json, params=params).json()

    def send(
        self,
        method: str,
        path: str,
        json: object = None,
        params: Params | None = None,
        accept_unready: bool = False,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> httpx.Response:
        """The answer, which is no refusal."""
        key = {"Idempotency-Key": uuid.uuid4().hex} if method == "POST" else {}
        request = self._http.build_request(method, path, json=json, params=params, headers={**headers, **key})
        answer = self._sent(request)
        if answer.is_error and not (accept_unready and answer.status_code == httpx.codes.SERVICE_UNAVAILABLE):
            raise ServiceProblem(_problem(answer))
        return answer

    def _sent(self, request: httpx.Request) -> httpx.Response:
        """The answer in the end; the request is sent again where that can do nothing twice."""
        retries = Retries(self._tries)
        while True:
            try:
                answer = self._http.send(request)
                pause = retries.after_answer(answer)
            except httpx.TransportError as error:
                pause = retries.after_error(request, error)
                if pause is None:
                    raise self.unreachable(error) from error
            else:
                if pause is None:
                    return answer
            time.sleep(pause)

    @contextmanager
    def stream(
        self, path: str, params: Params | None = None, headers: dict[str, str] | None = None
    ) -> Iterator[httpx.Response]:
        """An answer that is read while it comes. Raises httpx.TransportError where the connection breaks."""
        with self._http.stream("GET", path, params=params, headers=headers, timeout=STREAM_SECONDS) as answer:
            if answer.is_error:
                answer.read()
                raise ServiceProblem(_problem(answer))
            yield answer

    def unreachable(self, error: httpx.HTTPError) -> ServiceUnreachable:
        reason = str(error) or type(error).__name__
        return ServiceUnreachable(f"nothing answers at {self._http.base_url}: {reason}")


def given(**params: object) -> dict[str, str]:
    """Those that are not None."""
    return {name: str(value) for name, value in params.items() if value is not None}


def _problem(answer: httpx.Response) -> Problem:
    try:
        return Problem.model_validate_json(answer.content)
    except ValueError:
        status, request = answer.status_code, answer.headers.get(REQUEST_ID)
        detail = f"the service answered {status}: {answer.text[:200]}"
        return Problem(type="about:blank", title="Error", status=status, detail=detail, request_id=request)
