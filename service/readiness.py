"""Whether everything that a sweep needs is there: the ledger, Ray's job API, MLflow."""

from collections.abc import Callable

import httpx

from service.cluster import Cluster
from service.views import Part, Readiness
from sweeps.ledger import Ledger

TIMEOUT_SECONDS = 3.0


def readiness(ledger: Ledger, cluster: Cluster, tracking_url: str) -> Readiness:
    """Asks each part now."""
    parts = [
        _part("ledger", ledger.check),
        _part("ray", cluster.check),
        _part("mlflow", lambda: _check_tracking(tracking_url)),
    ]
    return Readiness(ready=all(part.ready for part in parts), parts=parts)


def _part(name: str, check: Callable[[], None]) -> Part:
    try:
        check()
    except Exception as error:  # whatever is wrong with a part is the answer here, not a failure of the question
        return Part(name=name, ready=False, reason=str(error).splitlines()[0] if str(error) else type(error).__name__)
    return Part(name=name, ready=True)


def _check_tracking(url: str) -> None:
    try:
        httpx.get(f"{url}/health", timeout=TIMEOUT_SECONDS, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise RuntimeError(f"MLflow at {url} does not answer: {error}; sweeps run without it") from error
