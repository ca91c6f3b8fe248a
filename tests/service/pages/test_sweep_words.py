"""Events in words."""

import pytest

from service.pages.sweep_words import event_words
from sweeps.ledger.records import EventRecord


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        (
            "trial.finished",
            {"number": 7, "arm": "bp", "state": "completed", "value": 0.95},
            "Trial 7 of bp completed with 0.95",
        ),
        ("trial.finished", {"number": 7, "arm": "bp", "state": "pruned", "value": None}, "Trial 7 of bp was pruned"),
        (
            "confirmation.finished",
            {"arm": "bp", "trial": 7, "seed": 3, "state": "diverged"},
            "Seed 3 of the confirmation of bp diverged",
        ),
        ("sweep.state", {"state": "failed", "reason": "no lane starts"}, "Failed: no lane starts"),
        ("sweep.state", {"state": "queued"}, "Queued"),
        ("sweep.cloned", {"source": 3}, "Cloned from sweep 3"),
        ("sweep.extended", {"trials": 1200, "before": 40}, "Extended from 40 to 1,200 trials for each arm"),
        ("sweep.enqueued", {"arm": "np", "configuration": {}}, "A configuration was enqueued in np"),
        ("sweep.resized", {"lanes": 2, "trials_per_lane": "auto"}, "Lanes changed to 2, networks in each to auto"),
        ("sweep.priority", {"priority": -5, "before": 0}, "Priority changed from 0 to -5"),
        ("sweep.changed", {"labels": [], "note": None}, "Labels and note changed"),
        ("sweep.changed", {"archived": False}, "Taken from the archive"),
        ("attempt.failed", {"attempt": 2}, "The driver of attempt 2 ended by itself"),
        ("enqueued.late", {"arm": "np", "waiting": 2}, "2 enqueued in np came after its budget: extend the sweep"),
        ("reconciliation.ended", {"problem": None, "total": 1}, "Compared with MLflow and storage: 1 difference"),
        (
            "reconciliation.ended",
            {"problem": "it is away"},
            "Could not be compared with MLflow and storage: it is away",
        ),
        ("something.new", {}, "Something new"),
    ],
)
def test_an_event_is_one_sentence(kind: str, data: dict[str, object], words: str) -> None:
    assert event_words(EventRecord(1, 1, 1.0, kind, data)) == words
