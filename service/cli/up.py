"""`npsweep up`: the embedded stack in the foreground."""

import json
import shlex
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from service.stack.folder import DataFolder
    from service.stack.record import StackRecord
    from service.stack.supervisor import EmbeddedStack

TEND_SECONDS = 0.5


def run_stack(path: Path, port: int | None, as_json: bool) -> None:
    """Starts everything, tells where it is, and stays until SIGINT or SIGTERM."""
    from service.stack.folder import FolderInUse, NotADataFolder, open_folder
    from service.stack.supervisor import EmbeddedStack, NotReady

    closing = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: closing.set())
    began = time.monotonic()
    folder = open_folder(path)
    stack = EmbeddedStack(folder, _note, port)
    try:
        stack.start()
        _note(f"starting API, Ray and MLflow on {folder.root}")
        stack.wait_until_ready(closing.is_set)
        if not closing.is_set():
            _announce(stack, folder, time.monotonic() - began, as_json)
        while not closing.wait(TEND_SECONDS):
            stack.tend()
        _note("stopping")
    except FolderInUse:
        _note(_in_use(folder))
        raise typer.Exit(1) from None
    except (NotReady, NotADataFolder) as error:
        _note(str(error))
        raise typer.Exit(1) from None
    finally:
        stack.stop()
    _note("stopped; unfinished sweeps go on at the next `npsweep up`")


def _announce(stack: "EmbeddedStack", folder: "DataFolder", seconds: float, as_json: bool) -> None:
    record = stack.record
    if as_json:
        print(json.dumps(ready(record, folder, stack.new_token, seconds)), flush=True)
        return
    later = "" if stack.tracking_is_ready() else "  (still coming up)"
    lines = [
        f"npsweep is ready after {seconds:.1f} s",
        f"  API and its documentation  {record.api_url}/docs",
        f"  MLflow                     {record.mlflow_url}{later}",
        f"  data and logs              {folder.root}",
    ]
    if stack.new_token is not None:
        lines += [
            f"  admin token                {stack.new_token}",
            "  The token is shown this once. On this machine npsweep finds it by itself, in",
            f"  {folder.token} (readable by you alone).",
        ]
    lines.append(f"Post a sweep with `npsweep submit FILE{named(folder)}`; Ctrl-C ends the stack.")
    print("\n".join(lines), flush=True)


def named(folder: "DataFolder") -> str:
    """What a command must add to find the stack on this folder from the directory where it was started."""
    default = folder.root.resolve() == Path(".npsweep").resolve()
    return "" if default else f" --data-dir {shlex.quote(str(folder.root))}"


def ready(record: "StackRecord", folder: "DataFolder", new_token: str | None, seconds: float) -> dict[str, object]:
    """What `--json` prints; the token is there at the first start alone."""
    token = {} if new_token is None else {"admin_token": new_token}
    return token | {
        "api": record.api_url,
        "docs": f"{record.api_url}/docs",
        "mlflow": record.mlflow_url,
        "data_dir": str(folder.root),
        "ready_seconds": round(seconds, 1),
    }


def _in_use(folder: "DataFolder") -> str:
    from service.stack.record import load_record

    record = load_record(folder)
    where = f" (process {record.supervisor.pid}, API {record.api_url})" if record else ""
    return (
        f"npsweep is already up on {folder.root}{where}; use it, end it there with Ctrl-C, "
        "or start another with --data-dir"
    )


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
