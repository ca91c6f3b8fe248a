"""A sweep booked by hand into a real ledger, for tests that read one."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from sweeps.ledger import Ledger
from sweeps.ledger.records import Caller, MemberRecord, Metrics, Phase, StintRecord, TrialRecord
from sweeps.ledger.trials import Batch, NewEpoch
from sweeps.space import Value
from sweeps.spec import CONFIRMATION_SEEDS_FROM, SweepSpec
from sweeps.states import SweepState, TrialState

DOCUMENT: dict[str, Any] = {
    "name": "quickstart",
    "data": "digits",
    "network": {"kind": "dense", "hidden": [8]},
    "training": {"epochs": 3, "batch_size": 50},
    "budget": {"trials": 4},
    "confirmation": {"seeds": 3},
    "compare": [{"rule": "bp"}, {"rule": "anp", "decorrelation": True}],
}


def open_ledger(folder: Path) -> Ledger:
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    ledger.migrate()
    return ledger


class BookedSweep:
    """One running sweep and the hand that books into it."""

    def __init__(self, ledger: Ledger, team: str = "default", owner: Caller | None = None, **changes: Any) -> None:
        """Of `owner`, or of the first user of a team that is made."""
        self.ledger = ledger
        self.spec = SweepSpec.model_validate(DOCUMENT | changes)
        if owner is None:
            self.token = ledger.accounts.add_team(team, "ada")
            owner = ledger.accounts.caller(self.token)
        assert owner is not None
        document = self.spec.model_dump(mode="json")
        self.id = ledger.sweeps.post(owner.team_id, owner.user_id, document).id
        self.attempt = ledger.sweeps.start_attempt(self.id)
        ledger.sweeps.move(self.id, SweepState.RUNNING)

    def trial(
        self,
        number: int,
        state: TrialState = TrialState.COMPLETED,
        value: float | None = 0.5,
        epochs: int = 3,
        seeds: tuple[int, ...] = (0,),
        reason: str | None = None,
        **configuration: Value,
    ) -> None:
        """Books a trial with its members and their epochs. The arm is the number modulo the arms."""
        arms = len(self.spec.compare)
        record = TrialRecord(
            sweep_id=self.id,
            number=number,
            arm=number % arms,
            arm_number=number // arms,
            state=state,
            configuration=configuration or {"learning_rate": 0.01},
            value=value,
            spread=None,
            epoch=epochs,
            reason=reason,
            attempt=self.attempt,
            created_at=1_000.0 + number,
            started_at=1_001.0 + number,
            finished_at=1_002.0 + number if state.is_final else None,
            device_seconds=2.0 * len(seeds),
            tracking_id=None,
        )
        members = [self._member("search", number, seed, state, epochs, self.curve(epochs)[-1]) for seed in seeds]
        self._book(Batch(trials={number: record}, members={(m.phase, m.trial, m.seed): m for m in members}))
        for seed in seeds:
            self.epochs("search", number, seed, epochs)

    def confirmed(
        self, trial: int, tests: list[float | None], validations: list[float] | None = None, metric: str = "accuracy"
    ) -> None:
        """Books a confirmation, a member a test value; None for one that diverged."""
        for index, test in enumerate(tests):
            validation = validations[index] if validations else test
            metrics = {f"test_{metric}": test, f"validation_{metric}": validation}
            state = TrialState.DIVERGED if test is None else TrialState.COMPLETED
            seed = CONFIRMATION_SEEDS_FROM + index
            member = self._member("confirmation", trial, seed, state, 3, None if test is None else metrics)
            self._book(Batch(members={(member.phase, trial, seed): member}))
            self.epochs("confirmation", trial, seed, 3)

    def stint(self, trial: int, lane: int, since: float, until: float | None, seed: int = 0) -> StintRecord:
        """Books a time that a network of the search spent in a lane."""
        stint = StintRecord(self.id, "search", trial, seed, lane, self.attempt, since, until)
        self._book(Batch(stints={("search", trial, seed, since): stint}))
        return stint

    def epochs(self, phase: Phase, trial: int, seed: int, upto: int, above: int = 0) -> None:
        curve = self.curve(upto)
        epochs = [NewEpoch(phase, trial, seed, epoch, curve[epoch]) for epoch in range(above + 1, upto + 1)]
        self._book(Batch(epochs=epochs))

    def curve(self, epochs: int) -> list[Metrics]:
        """Metrics by epoch, from before the first."""
        falling = [math.exp(-epoch) for epoch in range(epochs + 1)]
        return [{"train_loss": at, "validation_loss": at, "validation_accuracy": 1 - at} for at in falling]

    def end(self, *states: SweepState) -> None:
        for state in states or (SweepState.CONFIRMING, SweepState.COMPLETED):
            assert self.ledger.sweeps.move(self.id, state)

    def end_trial(self, number: int, state: TrialState, value: float | None) -> None:
        record = self.ledger.trials.get(self.id, number)
        self._book(Batch(trials={number: replace(record, state=state, value=value, finished_at=2_000.0 + number)}))

    def _member(
        self, phase: Phase, trial: int, seed: int, state: TrialState, epochs: int, metrics: Metrics | None
    ) -> MemberRecord:
        return MemberRecord(
            sweep_id=self.id,
            phase=phase,
            trial=trial,
            seed=seed,
            state=state,
            epoch=epochs,
            metrics=metrics,
            failures=0,
            reason=None,
            device_seconds=2.0,
        )

    def _book(self, batch: Batch) -> None:
        self.ledger.trials.book(self.id, self.attempt, batch)
