"""`npsweep demo`: a whole sweep on a stack of its own, from an empty data folder to the report."""

import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from service.cli.connection import Address, connected
from service.cli.specification import UnreadableFile, read_specification
from service.cli.watch import follow_as_json, watch

if TYPE_CHECKING:
    from service.answers.views import SweepView
    from service.client import Client
    from service.stack.folder import DataFolder
    from service.stack.supervisor import EmbeddedStack

TRACKING_SECONDS = 30.0
REPORT_FORMATS = ("html", "md", "tex", "csv", "json")
FIGURES = ("arms", "landscape", "curves")
MARK = "made-by-npsweep-demo"
"""A file that says: this folder may be removed by the next demo."""


def example_file(name: str) -> Path:
    """A specification of ours by its name, or any file. Raises UnreadableFile where there is neither."""
    ours = Path(str(files("sweeps") / "examples"))
    found = ours / f"{name}.yaml"
    if found.is_file() and found.parent == ours:
        return found
    if not Path(name).is_file():
        names = ", ".join(sorted(file.stem for file in ours.glob("*.yaml")))
        raise UnreadableFile(f"{name} is neither an example ({names}) nor a file")
    return Path(name)


def run_demo(path: Path, as_json: bool, example: Path, report: Path | None) -> int:
    """The exit code: 0 only if the sweep completed.

    `report`: a folder that gets the report in every format and its figures.
    """
    from service.stack.folder import FolderInUse, NotADataFolder, open_folder
    from service.stack.supervisor import NotReady

    signal.signal(signal.SIGTERM, _interrupt)
    folder = open_folder(path)
    try:
        with _stack(folder) as stack:
            return _sweep(stack, folder, as_json, example, report)
    except FolderInUse:
        _note(f"a demo, or `npsweep up`, runs on {folder.root} already; end it first")
    except (NotReady, NotADataFolder) as error:
        _note(str(error))
    except KeyboardInterrupt:
        _note("interrupted")
    return 1


def _sweep(stack: "EmbeddedStack", folder: "DataFolder", as_json: bool, file: Path, report: Path | None) -> int:
    address = Address(stack.record.api_url, folder.token.read_text())
    with connected(address.url, address.token, folder.root) as client:
        posted = client.submit(read_specification(file))
        _note(f"posted {file.name} as sweep {posted.id}; documentation of the API: {posted.links.docs}")
        sweep = follow_as_json(client, posted.id) if as_json else watch(client, posted.id, Console())
        _await_tracking(client, sweep)
        if report is not None:
            _keep_report(client, sweep, report)
        _conclude(client, sweep, stack, folder, as_json)
    return 0 if sweep.state == "completed" else 1


def _await_tracking(client: "Client", sweep: "SweepView") -> None:
    """MLflow is told in the background, a little behind: its last runs are waited for before everything ends."""
    deadline = time.monotonic() + TRACKING_SECONDS
    while not client.sweep(sweep.id).is_tracked:
        if time.monotonic() > deadline:
            _note("MLflow has not heard of everything yet; it will at the next start on this data folder")
            return
        time.sleep(0.5)


def _keep_report(client: "Client", sweep: "SweepView", folder: Path) -> None:
    """Before anything ends: the service draws the figures."""
    from service.client import ServiceProblem

    for format in REPORT_FORMATS:
        (folder / f"report.{format}").write_text(client.report(sweep.id, format), encoding="utf-8")
    for name in FIGURES:
        try:
            (folder / f"{name}.svg").write_bytes(client.report_figure(sweep.id, name))
        except ServiceProblem as problem:  # of a sweep that ended early, some show nothing
            _note(problem.problem.detail)
    _note(f"the report and its figures are in {folder}")


def _conclude(
    client: "Client", sweep: "SweepView", stack: "EmbeddedStack", folder: "DataFolder", as_json: bool
) -> None:
    report = folder.root / "report.md"
    report.write_text(client.report(sweep.id, "md"))
    if sweep.reason:
        _note(f"{sweep.state}: {sweep.reason}")
    if as_json:
        return
    print()
    print(client.report(sweep.id, "table").rstrip("\n"))
    print()
    for name, link in (
        ("web API documentation", sweep.links.docs),
        ("MLflow", sweep.links.tracking or stack.record.mlflow_url),
        ("report", f"{sweep.links.report}?format=md"),
        ("report in a file", report),
    ):
        print(f"{name + ':':24}{link}")
    print(f"Everything ends now. To look around in it: npsweep up --data-dir {_short(folder.root)}", flush=True)


@contextmanager
def _stack(folder: "DataFolder") -> Iterator["EmbeddedStack"]:
    """A stack on an empty folder, tended in the background until the block ends."""
    from service.stack.supervisor import EmbeddedStack

    _empty(folder)
    began = time.monotonic()
    _note("starting API, Ray and MLflow on the loopback")
    stack, closing = EmbeddedStack(folder, _note), threading.Event()
    tending = threading.Thread(target=_tend, args=(stack, closing), daemon=True)
    try:
        stack.start()
        stack.wait_until_ready()
        _note(f"ready after {time.monotonic() - began:.1f} s")
        tending.start()
        yield stack
    finally:
        closing.set()
        if tending.is_alive():
            tending.join(5.0)
        stack.stop()
        _note("stopped everything that was started")


def _tend(stack: "EmbeddedStack", closing: threading.Event) -> None:
    while not closing.wait(0.5):
        stack.tend()


def _empty(folder: "DataFolder") -> None:
    """Removes the demo before this one, but for the data sets that it fetched. Raises FolderInUse; never touches a
    folder that no demo has made.
    """
    from service.stack.supervisor import NotReady, clear_remains

    mark = folder.root / MARK
    if folder.root.exists() and any(folder.root.iterdir()):
        if not mark.exists():
            raise NotReady(f"{folder.root} was not made by a demo and is left alone; choose another --data-dir")
        folder.create()
        folder.lock().close()
        clear_remains(folder)
        for entry in set(folder.root.iterdir()) - {folder.datasets}:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    folder.create()
    mark.touch()


def _short(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
