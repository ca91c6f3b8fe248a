"""The service's settings, from `NPSWEEP_…` environment variables."""

import sys
from pathlib import Path

from pydantic import Field

from service.logs import LogFormat
from sweeps.settings import SweepSettings


class ServiceSettings(SweepSettings):
    """Where the API listens, which cluster it drives, and how patient it is."""

    host: str = "127.0.0.1"
    port: int = Field(default=8800, ge=1, le=65535)
    ray_url: str = "http://127.0.0.1:8265"
    """Ray's dashboard address, which carries its job API."""
    ray_token_path: Path | None = None
    """File with Ray's token; none where the cluster asks for none."""
    python: str = sys.executable
    """The Python that runs drivers, as the Ray head finds it."""
    log_format: LogFormat = "text"
    max_running_sweeps: int = Field(default=1, ge=1, le=1_000)
    """Sweeps that have a driver at the same time; the others wait in the queue."""
    preemption: bool = False
    """Whether a sweep that trains pauses for one of a higher priority when there is no place for that."""
    max_body_bytes: int = Field(default=1_000_000, ge=1_000)
    rate_per_second: float = Field(default=100.0, ge=0)
    """Requests that one token may send to one process of the API; 0 for any number."""
    rate_burst: float = Field(default=200.0, ge=1)
    """Requests that it may send at once after a rest."""
    streams_per_token: int = Field(default=100, ge=0)
    """Event streams that one token may have open at one process of the API; 0 for any number."""
    failures_per_second: float = Field(default=1.0, ge=0)
    """Requests without a valid token that are taken from one address; 0 for any number."""
    failures_burst: float = Field(default=100.0, ge=1)
    """The same at once after a rest."""
    cors_origins: tuple[str, ...] = ()
    """Origins whose pages may call the API from a browser, such as `["https://lab.example"]`."""
    open_metrics: bool = False
    """Whether /metrics asks for no token."""
    idempotency_lease: float = Field(default=60.0, gt=0)
    """Seconds after which a request under an idempotency key that was never answered may be repeated."""
    audit_days: int = Field(default=0, ge=0)
    """Days that the audit log is kept; 0 for good."""
    reconciler_interval: float = Field(default=0.25, gt=0)
    """Seconds between two looks at the ledger and the cluster."""
    gone_after: float = Field(default=3.0, gt=0)
    """Seconds without a heartbeat, of which there are four a second, after which a driver whose job has ended counts as
    lost."""
    lost_after: float = Field(default=6.0, gt=0)
    """Seconds without a heartbeat after which a driver whose job is unknown to the cluster counts as lost."""
    hung_after: float = Field(default=120.0, gt=0)
    """Seconds without a heartbeat after which even a job that still runs, or is starting, is replaced."""
    stop_after: float = Field(default=10.0, gt=0)
    """Seconds that a driver has to end its sweep in order after it was asked to."""
    fruitless_attempts: int = Field(default=3, ge=1)
    """Attempts in a row that ended by themselves before an epoch was measured, after which a sweep has failed."""
    fruitless_conclusions: int = Field(default=10, ge=1)
    """The same for a sweep of which nothing is left to train: its report could not be written so often."""
