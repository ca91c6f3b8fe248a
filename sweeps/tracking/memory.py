"""A tracker in memory: for tests of what is told, and to know what a tracker that has heard everything holds."""

from dataclasses import dataclass, field, replace

from sweeps.tracking.tracker import Entry, NewRun, Point, Refused, Run, RunStatus


@dataclass
class _Held:
    experiment: str
    new: NewRun
    entry: Entry = field(default_factory=Entry)
    files: dict[str, bytes] = field(default_factory=dict)
    status: RunStatus = RunStatus.RUNNING
    ended_at: float | None = None
    note: str = ""


class MemoryTracker:
    """See Tracker."""

    def __init__(self) -> None:
        self._runs: dict[str, _Held] = {}

    def open_experiment(self, name: str) -> str:
        return f"experiment {name}"

    def find_runs(self, experiment: str, group: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for run, held in self._runs.items():
            if (held.experiment, held.new.group) == (experiment, group):
                found.setdefault(held.new.key, []).append(run)
        return found

    def create_run(self, experiment: str, run: NewRun) -> str:
        name = f"run {len(self._runs)} {run.key}"
        self._runs[name] = _Held(experiment, run)
        return name

    def place_under(self, run: str, parent: str) -> None:
        held = self._held(run)
        held.new = replace(held.new, parent=parent)

    def remove_run(self, run: str) -> None:
        self._held(run)
        del self._runs[run]

    def write(self, run: str, entry: Entry) -> None:
        kept = self._held(run).entry
        for name, value in entry.parameters.items():
            if kept.parameters.get(name, value) != value:
                raise Refused(f"{name} is {kept.parameters[name]} and may not become {value}")
        told = {_identity(point) for point in kept.points}
        kept.add(Entry(entry.parameters, [point for point in entry.points if _identity(point) not in told], entry.tags))

    def note(self, run: str, text: str) -> None:
        self._held(run).note = text

    def attach(self, run: str, path: str, data: bytes) -> None:
        self._held(run).files[path] = data

    def end(self, run: str, status: RunStatus, at: float) -> None:
        held = self._held(run)
        held.status, held.ended_at = status, at

    def read(self, run: str) -> Run:
        held = self._held(run)
        return Run(
            name=held.new.name,
            user=held.new.user,
            parent=held.new.parent,
            status=held.status,
            started_at=held.new.started_at,
            ended_at=held.ended_at,
            parameters=dict(held.entry.parameters),
            tags=dict(held.entry.tags),
            points=sorted(held.entry.points, key=lambda point: (point.name, point.step, point.at)),
            note=held.note,
            files=dict(held.files),
        )

    def _held(self, run: str) -> _Held:
        if run not in self._runs:
            raise Refused(f"there is no run {run}")
        return self._runs[run]


def _identity(point: Point) -> tuple[str, int, float, str]:
    return (point.name, point.step, point.at, repr(point.value))  # repr: a NaN is itself, though not equal to itself
