"""The API as a process that kills itself between a request's commit and its answer.

`python -m tests.service.dying_service LEDGER_URL FOLDER dies|lives` prints its address.
"""

import os
import signal
import sys
import time
from pathlib import Path

from service.app import create_app
from service.settings import ServiceSettings
from tests.service.live import served
from tests.service.memory_cluster import MemoryCluster


def main(ledger_url: str, folder: str, fate: str) -> None:
    settings = ServiceSettings(
        ledger_url=ledger_url,
        storage=Path(folder),
        datasets=Path(folder),
        tracking_url="http://127.0.0.1:9",
        reconciler_interval=3600.0,
        idempotency_lease=2.0,
    )

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    app = create_app(settings, MemoryCluster())
    if fate == "dies":
        app.state.ledger.answers.finish = die
    with served(lambda _: app) as address:
        print(address, flush=True)
        time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
