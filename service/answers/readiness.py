"""Whether everything that a sweep needs is there: the ledger, Ray's job API, MLflow."""

import asyncio
import logging
import time
from collections.abc import Callable

import httpx
from starlette.concurrency import run_in_threadpool

from service.answers.views import Part, Readiness
from service.control.cluster import Cluster
from sweeps.ledger import Ledger
from sweeps.redaction import redacted, without_userinfo

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 3.0
FRESH_SECONDS = 1.0
"""How long an answer is believed: whoever asks meanwhile, and as often as they like, gets the same one."""


class Probes:
    """One question to the parts at a time, in one thread, however many wait for its answer."""

    def __init__(self, ledger: Ledger, cluster: Cluster, tracking_url: str) -> None:
        self._checks: dict[str, Callable[[], None]] = {
            "ledger": ledger.check,
            "ray": cluster.check,
            "mlflow": lambda: _check_tracking(tracking_url),
        }
        self._asking = asyncio.Lock()
        self._found = Readiness(ready=False, parts=[])
        self._asked_at = -float("inf")

    async def readiness(self) -> Readiness:
        """As it was within the last second."""
        async with self._asking:
            if time.monotonic() - self._asked_at > FRESH_SECONDS:
                found = await run_in_threadpool(self._ask)
                self._log_changes(found)
                self._found, self._asked_at = found, time.monotonic()
            return self._found

    def _ask(self) -> Readiness:
        parts = [_part(name, check) for name, check in self._checks.items()]
        return Readiness(ready=all(part.ready for part in parts), parts=parts)

    def _log_changes(self, found: Readiness) -> None:
        for part in found.parts:
            if part.reason is not None and part not in self._found.parts:
                log.warning("%s is not ready: %s", part.name, part.reason)


def for_strangers(found: Readiness) -> Readiness:
    """The same without reasons, in which addresses stand."""
    return Readiness(ready=found.ready, parts=[Part(name=part.name, ready=part.ready) for part in found.parts])


def _part(name: str, check: Callable[[], None]) -> Part:
    try:
        check()
    except Exception as error:  # whatever is wrong with a part is the answer here, not a failure of the question
        reason = redacted(str(error)).partition("\n")[0]
        return Part(name=name, ready=False, reason=reason or type(error).__name__)
    return Part(name=name, ready=True)


def _check_tracking(url: str) -> None:
    try:
        httpx.get(f"{url}/health", timeout=TIMEOUT_SECONDS, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        reason = str(error).replace(url, without_userinfo(url))
        raise RuntimeError(
            f"MLflow at {without_userinfo(url)} does not answer: {reason}; sweeps run without it"
        ) from error
