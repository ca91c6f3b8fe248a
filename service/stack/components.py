"""The stack's parts: what each runs and how one sees that it is well."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from service.stack.folder import DataFolder
from service.stack.record import StackRecord

OBJECT_STORE_BYTES = 128 * 1024 * 1024
"""Lanes exchange small messages; arrays stay inside a lane."""


@dataclass(frozen=True)
class Component:
    """One process of the stack. `is_well`: it answers, where it can be asked."""

    name: str
    title: str
    command: list[str]
    is_well: Callable[[], bool]


def components(folder: DataFolder, record: StackRecord) -> list[Component]:
    """In the order of their start: the slowest first."""
    return [
        Component("ray", "Ray", _ray(record), lambda: _answers(f"{record.ray_url}/api/version", 401)),
        Component(
            "mlflow",
            "MLflow",
            _patiently(_mlflow(folder, record)),
            lambda: _answers(f"{record.mlflow_url}/health", 200),
        ),
        Component("api", "API", _python("service.server"), lambda: _answers(f"{record.api_url}/healthz", 200)),
        Component("tracking", "tracker", _patiently(_python("sweeps.tracking")), lambda: True),
    ]


def _patiently(command: list[str]) -> list[str]:
    """With low priority: nobody waits for it, and it should not hold up Ray's start or the training."""
    return ["nice", "-n", "5", *command]


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _ray(record: StackRecord) -> list[str]:
    node, objects, agent, agent_grpc, runtime, metrics, client = (str(port) for port in record.ports.others)
    options = {
        "port": str(record.ports.ray),
        "dashboard-host": "127.0.0.1",
        "dashboard-port": str(record.ports.dashboard),
        "node-manager-port": node,
        "object-manager-port": objects,
        "dashboard-agent-listen-port": agent,
        "dashboard-agent-grpc-port": agent_grpc,
        "runtime-env-agent-port": runtime,
        "metrics-export-port": metrics,
        "ray-client-server-port": client,
        "object-store-memory": str(OBJECT_STORE_BYTES),
        "temp-dir": str(record.sockets),
        "log-color": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return _python("ray.scripts.scripts", "start", "--head", "--block", "--disable-usage-stats", *flags)


def _mlflow(folder: DataFolder, record: StackRecord) -> list[str]:
    options = {
        "backend-store-uri": f"sqlite:///{folder.mlflow / 'mlflow.db'}",
        "artifacts-destination": str(folder.mlflow / "artifacts"),
        "host": "127.0.0.1",
        "port": str(record.ports.mlflow),
        "workers": "1",
    }
    return _python("mlflow", "server", *(f"--{name}={value}" for name, value in options.items()))


def _answers(url: str, status: int) -> bool:
    try:
        return httpx.get(url, timeout=2.0, trust_env=False).status_code == status
    except httpx.HTTPError:
        return False
