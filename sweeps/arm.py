"""One arm at work: its search, its trials, the members that wait for a place, and its confirmation."""

import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sweeps.arm_search import Inherited, open_search
from sweeps.configuration import Configuration
from sweeps.ledger.records import EpochRecord, MemberRecord, Phase, TrialRecord
from sweeps.member import MemberKey
from sweeps.search.study import PastTrial, Suggestion
from sweeps.space import Value
from sweeps.spec import SweepSpec
from sweeps.states import Origin, TrialState
from sweeps.trial import Member, Trial
from sweeps.winner import best_trial


class Arm:
    """Everything the coordinator knows of one arm. Not safe in threads: the coordinator holds its lock."""

    def __init__(
        self, spec: SweepSpec, sweep_id: int, index: int, attempt: int, inherited: Iterable[Inherited] = ()
    ) -> None:
        """`inherited`: trials of earlier sweeps with which this arm's sampler begins."""
        self.index = index
        self.trials: dict[int, Trial] = {}
        """By the trial's number in the sweep."""
        self.confirmation: dict[tuple[int, int], Member] = {}
        """By trial and seed; of the best trial, and of trials that were the best before the budget was raised."""
        self.waiting: deque[Member] = deque()
        """Members that wait for a place, in the order in which they get one."""
        self._spec = spec
        self._sweep_id = sweep_id
        self._attempt = attempt
        self._search = open_search(spec, index, inherited)
        self._configurations: dict[int, Configuration] = {}
        self._open: dict[int, Trial] = {}
        self._is_confirmed = False
        self._tried_enqueued = 0
        self.asking = threading.Lock()
        """Held by whoever suggests a trial, until it is opened."""

    @property
    def entry(self) -> str:
        return self._spec.compare[self.index].name

    @property
    def to_ask(self) -> int:
        """Trials of the budget that were not suggested yet."""
        return max(0, self._spec.budget.trials - len(self.trials))

    @property
    def is_asked_out(self) -> bool:
        """Whether every trial of the budget was suggested."""
        return self.to_ask == 0

    @property
    def is_searched(self) -> bool:
        return self.is_asked_out and not self._open

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to train: searched, and confirmed where a trial was completed."""
        return self._is_confirmed and all(member.record.state.is_final for member in self.confirmation.values())

    @property
    def untried(self) -> int:
        """Configurations of a person that wait to be tried."""
        return len(self._spec.compare[self.index].enqueued) - self._tried_enqueued

    def best(self) -> TrialRecord | None:
        return best_trial((trial.record for trial in self.trials.values()), self._spec.maximise)

    def members(self) -> Iterable[Member]:
        for trial in self.trials.values():
            yield from trial.members.values()
        yield from self.confirmation.values()

    def member(self, phase: Phase, number: int, seed: int) -> Member | None:
        if phase == "confirmation":
            return self.confirmation.get((number, seed))
        trial = self.trials.get(number)
        return trial.members.get(seed) if trial else None

    def configuration(self, number: int) -> Configuration:
        """What trial `number` trains."""
        if number not in self._configurations:
            values = self.trials[number].record.configuration
            self._configurations[number] = self._spec.template(self.index).configure(values)
        return self._configurations[number]

    def suggest(self) -> Suggestion:
        """The next trial. May take long, and is safe beside every other method, by one thread at a time."""
        return self._search.ask(self._enqueued())

    def open(self, suggestion: Suggestion) -> Trial:
        """Opens the trial that was suggested; its members wait at the end of the line."""
        trial = self._new_trial(len(self.trials), suggestion)
        self._tried_enqueued += suggestion.origin is Origin.ENQUEUED
        self.trials[trial.record.number] = trial
        self._open[trial.record.number] = trial
        self.waiting.extend(trial.members.values())
        return trial

    def report(self, trial: Trial, epoch: int, value: float) -> str | None:
        """Tells the search a trial's value; where the trial is to be pruned, why, in words."""
        return self._search.report(trial.record.arm_number, epoch, value, trial.by_seed[epoch])

    def end(self, trial: Trial, state: TrialState, reason: str | None = None) -> None:
        """Gives a trial its outcome, in the search too."""
        trial.end(state, reason)
        del self._open[trial.record.number]
        self._configurations.pop(trial.record.number, None)
        objectives = self._objectives(trial)
        told = self._search.tell(trial.record.arm_number, state, trial.record.value, objectives or {})
        trial.record = replace(trial.record, told=told, objectives=objectives)
        trial.forget_curve()
        self._drop_ended()

    def confirm(self) -> list[Member]:
        """Once after the search: the best configuration with fresh seeds waits for places, where one was completed.

        Returns the members that this has changed.
        """
        if self._is_confirmed or not self.is_searched:
            return []
        self._is_confirmed = True
        best = self.best()
        if best is None:
            return []
        superseded = [
            member
            for (trial, _), member in self.confirmation.items()
            if trial != best.number and not member.record.state.is_final
        ]
        for member in superseded:
            member.become(TrialState.STOPPED, f"trial {best.number} has become the best")
        self._drop_ended()
        for seed in self._spec.confirmation_seeds():
            key = (best.number, seed)
            member = self.confirmation.setdefault(key, self._new_member("confirmation", *key))
            if member.record.state is TrialState.WAITING and member not in self.waiting:
                self.waiting.append(member)
        return superseded + [member for (trial, _), member in self.confirmation.items() if trial == best.number]

    def change(self, spec: SweepSpec) -> None:
        """Takes over a specification in which more is enqueued, or the budget is larger: then it searches on, and the
        confirmation follows anew."""
        self._is_confirmed = self._is_confirmed and spec.budget == self._spec.budget
        self._spec = spec

    def unfinished(self) -> list[Trial]:
        """The trials that have no outcome."""
        return list(self._open.values())

    def pause(self) -> list[Trial]:
        """Lets the running trials of which no member is in training wait; returns them."""
        resting = [
            trial
            for trial in self._open.values()
            if trial.record.state is TrialState.RUNNING
            and all(member.record.state is not TrialState.RUNNING for member in trial.members.values())
        ]
        for trial in resting:
            trial.record = replace(trial.record, state=TrialState.WAITING)
        return resting

    def take_back(self, member: Member) -> None:
        """A member whose lane is gone goes to the front of the line; it resumes from its newest checkpoint."""
        member.become(TrialState.WAITING)
        self.waiting.appendleft(member)

    def stop(self) -> list[Trial]:
        """Ends everything that has no outcome yet; returns the trials that were ended."""
        ended = list(self._open.values())
        for trial in ended:
            self.end(trial, TrialState.STOPPED)
        for member in self.confirmation.values():
            if not member.record.state.is_final:
                member.become(TrialState.STOPPED)
        self.waiting.clear()
        return ended

    def restore(
        self, trials: Iterable[TrialRecord], members: Iterable[MemberRecord], epochs: Iterable[EpochRecord]
    ) -> None:
        """Takes over from the ledger: finished trials stay, members without an outcome wait to be resumed."""
        by_trial: dict[int, dict[int, Member]] = {}
        for record in members:
            member = Member(record)
            if record.phase == "confirmation":
                self.confirmation[record.trial, record.seed] = member
            else:
                by_trial.setdefault(record.trial, {})[record.seed] = member
        for trial_record in sorted(trials, key=lambda record: record.arm_number):
            self.trials[trial_record.number] = Trial(trial_record, by_trial[trial_record.number])
            self._tried_enqueued += trial_record.origin is Origin.ENQUEUED
        self._open = {number: trial for number, trial in self.trials.items() if not trial.record.state.is_final}
        for epoch in epochs:
            value = epoch.metrics.get(self._spec.metric)
            if epoch.phase == "search" and value is not None:
                self.trials[epoch.trial].value_at(epoch.epoch, epoch.seed, value)
        self._search.restore(_past(trial) for trial in self.trials.values())
        for trial in self.trials.values():
            if trial.record.state.is_final:
                trial.forget_curve()
        for member in self.members():
            if not member.record.state.is_final:
                member.become(TrialState.WAITING)
                if member.record.phase == "search":  # which confirmations are still wanted is seen after the search
                    self.waiting.append(member)

    def _objectives(self, trial: Trial) -> dict[str, float] | None:
        """By name, for a completed trial of a sweep with several."""
        names = self._spec.objectives
        if len(names) == 1 or trial.record.state is not TrialState.COMPLETED:
            return None
        measured = trial.measured()
        return {name: measured[name] for name in names}

    def _enqueued(self) -> dict[str, Value] | None:
        """The first configuration of a person that was not tried yet."""
        entries = self._spec.compare[self.index].enqueued
        return entries[self._tried_enqueued] if self._tried_enqueued < len(entries) else None

    def _drop_ended(self) -> None:
        self.waiting = deque(member for member in self.waiting if not member.record.state.is_final)

    def _new_trial(self, arm_number: int, suggestion: Suggestion) -> Trial:
        number = arm_number * len(self._spec.compare) + self.index
        record = TrialRecord(
            sweep_id=self._sweep_id,
            number=number,
            arm=self.index,
            arm_number=arm_number,
            state=TrialState.WAITING,
            configuration=suggestion.values | self._spec.compare[self.index].fixed,
            value=None,
            spread=None,
            epoch=0,
            reason=None,
            attempt=self._attempt,
            created_at=time.time(),
            started_at=None,
            finished_at=None,
            device_seconds=0.0,
            tracking_id=None,
            origin=suggestion.origin,
            heard=suggestion.heard,
        )
        members = {seed: self._new_member("search", number, seed) for seed in self._spec.search_seeds()}
        return Trial(record, members)

    def _new_member(self, phase: Phase, number: int, seed: int) -> Member:
        return Member(
            MemberRecord(
                sweep_id=self._sweep_id,
                phase=phase,
                trial=number,
                seed=seed,
                state=TrialState.WAITING,
                epoch=0,
                metrics=None,
                failures=0,
                reason=None,
                device_seconds=0.0,
            )
        )


def arm_of(arms: Sequence[Arm], key: MemberKey) -> Arm:
    """The member's: trials are numbered through the arms in turn."""
    return arms[key.trial % len(arms)]


def start(trial: Trial, attempt: int) -> None:
    """Marks a trial as running from its first member's start."""
    if trial.record.state is TrialState.WAITING:
        started = trial.record.started_at or time.time()
        trial.record = replace(trial.record, state=TrialState.RUNNING, started_at=started, attempt=attempt)


def _past(trial: Trial) -> PastTrial:
    record = trial.record
    return PastTrial(
        values=record.configuration,
        state=record.state,
        value=record.value,
        reported=trial.reported,
        by_seed={epoch: trial.by_seed[epoch] for epoch in trial.reported},
        heard=record.heard,
        told=record.told,
        objectives=record.objectives or {},
        origin=record.origin,
    )
