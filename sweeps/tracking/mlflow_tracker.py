"""MLflow: the only module that imports it. Runs go to a tracking server over HTTP, files through the same server."""

import os
import tempfile
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

# Before the import, which reads some of them: one attempt a call, for we repeat and wait by ourselves.
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException, RestException
from requests import RequestException

from sweeps.tracking.tracker import Entry, NewRun, Point, Refused, Run, RunStatus, Unreachable

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

GROUP = "npsweep.group"
KEY = "npsweep.run"
PARENT = "mlflow.parentRunId"
NAME = "mlflow.runName"
USER = "mlflow.user"
NOTE = "mlflow.note.content"
SOURCE = "mlflow.source.name"
OWN_TAGS = (GROUP, KEY, PARENT, NAME, USER, NOTE, SOURCE)

PASSING = ("INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "DEADLINE_EXCEEDED", "CANCELLED")
"""Answers of MLflow that say nothing about the request: it may be repeated."""
PAGE = 1_000


def telling(call: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Turns MLflow's exceptions into ours."""

    @wraps(call)
    def told(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        try:
            return call(*args, **kwargs)
        except RestException as error:
            raise (Unreachable if error.error_code in PASSING else Refused)(str(error)) from error
        except (MlflowException, RequestException, OSError) as error:
            raise Unreachable(str(error)) from error

    return told


class MlflowTracker:
    """See Tracker. NaN is written as NaN, so that a curve shows where a network diverged."""

    def __init__(self, url: str) -> None:
        self._client = MlflowClient(tracking_uri=url)

    @telling
    def open_experiment(self, name: str) -> str:
        found = self._client.get_experiment_by_name(name)
        if found is None:
            return str(self._client.create_experiment(name))
        if found.lifecycle_stage == "deleted":
            self._client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)

    @telling
    def find_runs(self, experiment: str, group: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        page, token = self._page(experiment, group, None)
        while page:
            for run in page:
                found.setdefault(run.data.tags[KEY], []).append(run.info.run_id)
            page, token = self._page(experiment, group, token) if token else ([], None)
        return found

    def _page(self, experiment: str, group: str, token: str | None) -> tuple[list[Any], str | None]:
        runs = self._client.search_runs(
            [experiment], f"tags.`{GROUP}` = '{group}'", max_results=PAGE, order_by=["start_time"], page_token=token
        )
        return list(runs), runs.token

    @telling
    def create_run(self, experiment: str, run: NewRun) -> str:
        tags = {GROUP: run.group, KEY: run.key, NAME: run.name, USER: run.user, SOURCE: "npsweep"}
        if run.parent is not None:
            tags[PARENT] = run.parent
        created = self._client.create_run(experiment, start_time=_milliseconds(run.started_at), tags=tags)
        return str(created.info.run_id)

    @telling
    def place_under(self, run: str, parent: str) -> None:
        self._client.set_tag(run, PARENT, parent)

    @telling
    def remove_run(self, run: str) -> None:
        self._client.delete_run(run)

    @telling
    def write(self, run: str, entry: Entry) -> None:
        self._client.log_batch(  # splits what is more than a call may hold
            run,
            metrics=[Metric(point.name, point.value, _milliseconds(point.at), point.step) for point in entry.points],
            params=[Param(name, value) for name, value in entry.parameters.items()],
            tags=[RunTag(name, value) for name, value in entry.tags.items()],
        )

    @telling
    def note(self, run: str, text: str) -> None:
        self._client.set_tag(run, NOTE, text)

    @telling
    def attach(self, run: str, path: str, data: bytes) -> None:
        folder, _, name = path.rpartition("/")
        with tempfile.TemporaryDirectory() as temporary:
            file = Path(temporary) / name
            file.write_bytes(data)
            self._client.log_artifact(run, str(file), folder or None)

    @telling
    def end(self, run: str, status: RunStatus, at: float) -> None:
        self._client.set_terminated(run, status.value, _milliseconds(at))

    @telling
    def read(self, run: str) -> Run:
        found = self._client.get_run(run)
        tags, info = found.data.tags, found.info
        return Run(
            name=tags[NAME],
            user=tags[USER],
            parent=tags.get(PARENT),
            status=RunStatus(info.status),
            started_at=info.start_time / 1e3,
            ended_at=info.end_time / 1e3 if info.end_time else None,
            parameters=dict(found.data.params),
            tags={name: value for name, value in tags.items() if name not in OWN_TAGS},
            points=[point for name in sorted(found.data.metrics) for point in self._points(run, name)],
            note=tags.get(NOTE, ""),
            files=dict(self._files(run, "")),
        )

    def _points(self, run: str, name: str) -> list[Point]:
        history = self._client.get_metric_history(run, name)
        points = [Point(name, metric.value, metric.step, metric.timestamp / 1e3) for metric in history]
        return sorted(points, key=lambda point: (point.step, point.at))

    def _files(self, run: str, folder: str) -> Iterable[tuple[str, bytes]]:
        for file in self._client.list_artifacts(run, folder or None):
            if file.is_dir:
                yield from self._files(run, file.path)
            else:
                with tempfile.TemporaryDirectory() as temporary:
                    yield file.path, Path(self._client.download_artifacts(run, file.path, temporary)).read_bytes()


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1e3)
