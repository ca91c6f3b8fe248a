"""The entry point of an attempt's Ray Job: `python -m sweeps.run --sweep 12 --attempt 1`."""

import argparse
import logging

import ray

from sweeps.attempt.beating import wait_for_ledger
from sweeps.attempt.driving import drive
from sweeps.attempt.names import NAMESPACE
from sweeps.ledger import Ledger
from sweeps.ledger.errors import FencedOut
from sweeps.logs.names import DRIVER
from sweeps.logs.writing import keep_log
from sweeps.settings import SweepSettings

log = logging.getLogger(__name__)


def main() -> None:
    parser = argparse.ArgumentParser(description="Drive one attempt of a sweep on the Ray cluster of this node.")
    parser.add_argument("--sweep", type=int, required=True)
    parser.add_argument("--attempt", type=int, required=True)
    parser.add_argument("--most-lanes", type=int, help="at most so many where the specification says auto")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    settings = SweepSettings()
    keep_log(settings.storage, arguments.sweep, arguments.attempt, DRIVER)
    ledger = Ledger(settings.ledger_url)
    try:
        wait_for_ledger(ledger, arguments.sweep, arguments.attempt)
        ray.init(address="auto", namespace=NAMESPACE, log_to_driver=False)
        drive(ledger, settings, arguments.sweep, arguments.attempt, arguments.most_lanes)
    except FencedOut as fence:
        log.warning("%s", fence)
    except Exception:
        log.exception("the driver fails; a new attempt goes on")
        raise


if __name__ == "__main__":
    main()
