"""The only door to Ray Jobs: its REST API, so that the service never imports Ray.

The job table dies with the Ray head and a job shown as failed may still have a living driver: what it says is a hint,
the ledger's heartbeat and fencing token decide.
"""

import re
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import httpx

from sweeps.planning.models import Devices
from sweeps.redaction import without_userinfo

LOG_LINES = 30
TERMINAL_CODES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
SUBMIT_SECONDS = 30.0
"""The first job of a young head waits for Ray's agent."""


class JobState(StrEnum):
    """Where a Ray Job stands; absent: the cluster does not know it."""

    ABSENT = "ABSENT"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"

    @property
    def is_alive(self) -> bool:
        return self in (JobState.PENDING, JobState.RUNNING)

    @property
    def ended_by_itself(self) -> bool:
        """Not stopped by us and not lost with the Ray head."""
        return self in (JobState.SUCCEEDED, JobState.FAILED)


class ClusterError(Exception):
    """The cluster did not answer, or not as expected; the message says what it said."""


class Cluster(Protocol):
    """Runs commands as jobs with ids of our own. Every method raises ClusterError where the cluster does not answer."""

    def submit(self, job: str, entrypoint: str) -> None:
        """Starts `entrypoint` (a shell line) as `job`. A job of this id that exists already is left as it is."""

    def state(self, job: str) -> JobState:
        """Where the job stands."""

    def stop(self, job: str) -> None:
        """Asks the job to end, by signal; nothing happens where there is none."""

    def log_tail(self, job: str) -> str:
        """The last lines that the job printed; empty where there are none."""

    def devices(self) -> Devices:
        """What all nodes that are up have together."""

    def check(self) -> None:
        """Returns where jobs can be submitted."""


class RayJobs:
    """Ray's job API under the dashboard's address."""

    def __init__(self, url: str, token_path: Path | None = None, timeout: float = 10.0) -> None:
        """`token_path`: the file with Ray's token, where the cluster has token authentication."""
        headers = {"Authorization": f"Bearer {token_path.read_text().strip()}"} if token_path else {}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, trust_env=False)

    def submit(self, job: str, entrypoint: str) -> None:
        answer = self._send("POST", "/api/jobs/", {"submission_id": job, "entrypoint": entrypoint}, SUBMIT_SECONDS)
        if answer.is_error and self.state(job) is JobState.ABSENT:
            raise ClusterError(f"Ray refused job {job}: {_last_line(answer.text)}")

    def state(self, job: str) -> JobState:
        answer = self._send("GET", f"/api/jobs/{job}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return JobState.ABSENT
        return JobState(_checked(answer).json()["status"])

    def stop(self, job: str) -> None:
        answer = self._send("POST", f"/api/jobs/{job}/stop")
        if answer.status_code != httpx.codes.NOT_FOUND:
            _checked(answer)

    def log_tail(self, job: str) -> str:
        answer = self._send("GET", f"/api/jobs/{job}/logs")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return ""
        printed = TERMINAL_CODES.sub("", str(_checked(answer).json()["logs"]))
        return "\n".join(printed.splitlines()[-LOG_LINES:])

    def devices(self) -> Devices:
        found = _checked(self._send("GET", "/api/v0/nodes")).json()["data"]["result"]["result"]
        up = [node["resources_total"] for node in found if node["state"] == "ALIVE"]
        devices = Devices(cpus=sum(n.get("CPU", 0.0) for n in up), gpus=sum(n.get("GPU", 0.0) for n in up))
        if not devices.cpus:
            raise ClusterError("no node of the cluster has a CPU yet; a young head says so for some seconds")
        return devices

    def check(self) -> None:
        _checked(self._send("GET", "/api/version"))

    def close(self) -> None:
        self._http.close()

    def _send(self, method: str, path: str, json: object = None, timeout: float | None = None) -> httpx.Response:
        try:
            return self._http.request(method, path, json=json, timeout=timeout or self._http.timeout)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            address = without_userinfo(str(self._http.base_url))
            raise ClusterError(f"Ray's job API at {address} does not answer: {reason}") from error


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise ClusterError("Ray refused our token; the service and the Ray head must share one RAY_AUTH_TOKEN_PATH")
    if answer.is_error:
        raise ClusterError(f"Ray's job API answered {answer.status_code}: {_last_line(answer.text)}")
    return answer


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "nothing"
