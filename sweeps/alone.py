"""One trial of a sweep as a sweep of its own: the same networks, from the same seeds, to the same numbers."""

from typing import Any

from sweeps.cloning import unresolved
from sweeps.ledger.records import TrialRecord

Document = dict[str, Any]
LONGEST_NAME = 80
"""Letters that are kept of the sweep's name."""


def alone(document: Document, trial: TrialRecord) -> Document:
    """`document`: the specification of the trial's sweep, as it is stored.

    Nothing is pruned: a trial that was pruned goes on to its last epoch. Its confirmation is one network.
    """
    arm = document["compare"][trial.arm]
    values = {path: value for path, value in trial.configuration.items() if path in arm["space"]}
    return unresolved(
        document
        | {
            "name": f"{document['name'][:LONGEST_NAME]} trial {trial.number}",
            "search": document["search"] | {"space": {}, "pruner": "none", "warm_start": []},
            "budget": {"trials": 1},
            "confirmation": {"seeds": 1},
            "compare": [arm | {"enqueued": [values] if values else []}],
        }
    )
