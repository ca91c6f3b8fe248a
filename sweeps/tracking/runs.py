"""The runs of one sweep at the tracker: each is made once, even where an answer was lost."""

import logging

from sweeps.tracking.tracker import NewRun, Refused, Tracker

log = logging.getLogger(__name__)


class Runs:
    """Knows the runs that the ledger knows; looks for the others at the tracker before it makes one."""

    def __init__(self, tracker: Tracker, experiment: str, group: str, known: dict[str, str]) -> None:
        self._tracker = tracker
        self._experiment = experiment
        self._group = group
        self._known = known
        self._looked = False

    def get(self, new: NewRun) -> str:
        """The id of the run; it is made if it is neither known nor found."""
        if new.key not in self._known and not self._looked:
            self.look()
        if new.key not in self._known:
            self._known[new.key] = self._tracker.create_run(self._experiment, new)
        return self._known[new.key]

    def look(self) -> None:
        """Takes over the runs that the tracker has, and removes all but one under each key."""
        for key, runs in self._tracker.find_runs(self._experiment, self._group).items():
            kept = self._known.get(key)
            if kept not in runs:
                kept = self._known[key] = min(runs)
            for run in runs:
                if run != kept:
                    self._remove(key, run)
        self._looked = True

    def _remove(self, key: str, run: str) -> None:
        log.warning("%s of %s had a second run at the tracker, which is removed: %s", key, self._group, run)
        try:
            self._tracker.remove_run(run)
        except Refused as error:
            log.warning("the second run stays: %s", error)
