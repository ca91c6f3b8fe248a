"""The environment of the stack's processes: where everything is, one secret by path, and the stack's mark."""

import os

from service.stack.folder import DataFolder
from service.stack.record import StackRecord

MARK = "NPSWEEP_STACK"
"""Every process of a stack carries its id in this variable, so that none is left behind."""


def environment(folder: DataFolder, record: StackRecord) -> dict[str, str]:
    """What each component starts with. Ray's and MLflow's own variables of the person's shell stay out."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "MLFLOW_"))}
    no_proxy = ",".join(part for part in (kept.get("NO_PROXY"), "127.0.0.1", "localhost") if part)
    return kept | {
        MARK: record.id,
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "NPSWEEP_LEDGER_URL": folder.ledger_url,
        "NPSWEEP_STORAGE": str(folder.storage),
        "NPSWEEP_DATASETS": str(folder.datasets),
        "NPSWEEP_TRACKING_URL": record.mlflow_url,
        "NPSWEEP_HOST": "127.0.0.1",
        "NPSWEEP_PORT": str(record.ports.api),
        "NPSWEEP_RAY_URL": record.ray_url,
        "NPSWEEP_RAY_TOKEN_PATH": str(folder.ray_token),
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(folder.ray_token),
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # every socket on the loopback, not on the network card
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_JOB_STOP_WAIT_TIME_S": "8",
        "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0",  # nothing to drain to: this is the only node
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
        "RAY_worker_niceness": "0",  # Ray's own 15 would let MLflow and the tracker take the CPU from the training
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "DO_NOT_TRACK": "true",
    }
