"""MemberKey: which network of a sweep is meant."""

from dataclasses import dataclass

from sweeps.ledger.records import Phase


@dataclass(frozen=True)
class MemberKey:
    """One network of a sweep: a trial's seed, in the search or in the confirmation."""

    phase: Phase
    trial: int
    seed: int

    def __str__(self) -> str:
        """The member's name in logs, files and folders: `search-trial-3-seed-0`."""
        return f"{self.phase}-trial-{self.trial}-seed-{self.seed}"
