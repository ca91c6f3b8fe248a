"""The cluster in memory: the same interface as Ray Jobs, with jobs that do what a test says."""

from service.control.cluster import ClusterError, JobState
from sweeps.planning.models import Devices


class MemoryCluster:
    """Jobs by id. `unreachable` makes every call fail, as when the Ray head is down; `refusals` so many submissions."""

    def __init__(self) -> None:
        self.jobs: dict[str, JobState] = {}
        self.entrypoints: dict[str, str] = {}
        self.submissions: list[str] = []
        self.logs: dict[str, str] = {}
        self.unreachable = False
        self.refusals = 0

    def submit(self, job: str, entrypoint: str) -> None:
        self.check()
        if self.refusals:
            self.refusals -= 1
            raise ClusterError("no agent yet")
        if job not in self.jobs:
            self.submissions.append(job)
            self.jobs[job] = JobState.RUNNING
            self.entrypoints[job] = entrypoint

    def state(self, job: str) -> JobState:
        self.check()
        return self.jobs.get(job, JobState.ABSENT)

    def stop(self, job: str) -> None:
        self.check()
        if job in self.jobs:
            self.jobs[job] = JobState.STOPPED

    def log_tail(self, job: str) -> str:
        self.check()
        return self.logs.get(job, "")

    def devices(self) -> Devices:
        self.check()
        return Devices(cpus=2.0, gpus=0.0)

    def check(self) -> None:
        if self.unreachable:
            raise ClusterError("the cluster is down")
