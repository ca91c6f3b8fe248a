"""Everything that a trial's page shows, read from the ledger and put in order."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from learning import higher_is_better
from service.answers.describe import parsed
from service.pages.charts import Chart, Series, chart
from service.pages.trial_configuration import Setting, settings
from service.pages.trial_story import Story, story
from sweeps.arm_colours import COLOURS
from sweeps.figures.drawing import GREY
from sweeps.ledger import Ledger
from sweeps.ledger.lists import TrialsWanted
from sweeps.ledger.records import EpochRecord, MemberRecord, Metrics, Phase, StintRecord, SweepRecord, TrialRecord
from sweeps.logs.names import lane
from sweeps.spec import SweepSpec
from sweeps.states import TrialState

VALIDATION, TRAIN, CORRELATION = "validation_", "train_", "correlation_"
Curves = dict[int, dict[int, Metrics]]
"""By seed, by epoch."""


@dataclass(frozen=True)
class Stay:
    """A time in a lane."""

    lane: str
    stint: StintRecord


@dataclass(frozen=True)
class Network:
    """One seed."""

    member: MemberRecord
    colour: str
    stays: list[Stay]
    last: float | None
    best: float | None
    best_epoch: int | None
    test: float | None


@dataclass(frozen=True)
class Networks:
    """One phase: its seeds and their curves."""

    phase: Phase
    seeds: list[Network]
    curves: Chart | None


@dataclass(frozen=True)
class Sheet:
    """One trial."""

    sweep: SweepRecord
    spec: SweepSpec
    trial: TrialRecord
    arm: str
    epochs: int
    """That it trains where nothing ends it."""
    story: Story
    best: TrialRecord | None
    """Of its arm."""
    settings: list[Setting]
    phases: list[Networks]
    quantities: list[str]
    """What its curves can show: accuracy, loss."""
    quantity: str
    correlations: Chart | None
    previous: int | None
    next: int | None

    @property
    def value_so_far(self) -> float | None:
        """While it trains: the mean over its networks, once each has measured something."""
        own = [seed.last for phase in self.phases if phase.phase == "search" for seed in phase.seeds]
        known = [value for value in own if value is not None]
        return statistics.fmean(known) if known and len(known) == len(own) and not self.trial.state.is_final else None

    @property
    def is_over(self) -> bool:
        """Whether nothing of it will change by itself."""
        states = [self.trial.state, *(seed.member.state for phase in self.phases for seed in phase.seeds)]
        return all(state.is_final for state in states)


def sheet(ledger: Ledger, sweep: SweepRecord, number: int, quantity: str | None) -> Sheet:
    """Raises NoSuchTrial. A `quantity` that was not measured counts as none given."""
    spec, trial = parsed(sweep.spec), ledger.trials.get(sweep.id, number)
    members, stints = ledger.trials.members(sweep.id, number), ledger.stints.of_trial(sweep.id, number)
    measured = ledger.trials.epochs(sweep.id, number)
    best, epochs = _best(ledger, sweep.id, spec, trial.arm), _epochs(spec, trial)
    quantities = _quantities(spec, measured)
    chosen = quantity if quantity in quantities else quantities[0]
    phases: tuple[Phase, ...] = ("search", "confirmation")
    beside = {"search": _beside(ledger, spec, trial, best, chosen)}
    networks = [
        _networks(spec, phase, members, stints, measured, chosen, epochs, beside.get(phase)) for phase in phases
    ]
    return Sheet(
        sweep=sweep,
        spec=spec,
        trial=trial,
        arm=spec.compare[trial.arm].label(),
        epochs=epochs,
        story=story(sweep, spec, trial, epochs, best),
        best=best,
        settings=settings(spec, trial),
        phases=[one for one in networks if one.seeds],
        quantities=quantities,
        quantity=chosen,
        correlations=_correlations(_curves(measured, "search"), epochs),
        previous=_neighbour(ledger, trial, descending=True),
        next=_neighbour(ledger, trial, descending=False),
    )


def _best(ledger: Ledger, sweep_id: int, spec: SweepSpec, arm: int) -> TrialRecord | None:
    wanted = TrialsWanted(arm=arm, states=(TrialState.COMPLETED,), sort="value", descending=spec.maximise)
    return next(iter(ledger.lists.trials(sweep_id, wanted, limit=1)), None)


def _epochs(spec: SweepSpec, trial: TrialRecord) -> int:
    try:
        return spec.template(trial.arm).configure(trial.configuration).epochs
    except ValueError:  # it has failed for this very reason
        return spec.epochs(trial.arm)


def _neighbour(ledger: Ledger, trial: TrialRecord, descending: bool) -> int | None:
    """Numbers have gaps while one arm is ahead of another."""
    wanted = TrialsWanted(sort="number", descending=descending)
    found = ledger.lists.trials(trial.sweep_id, wanted, limit=1, after=[trial.number])
    return found[0].number if found else None


def _quantities(spec: SweepSpec, measured: Iterable[EpochRecord]) -> list[str]:
    """What the search improves stands first."""
    names = dict.fromkeys([spec.metric, *(name for epoch in measured for name in epoch.metrics)])
    return [name.removeprefix(VALIDATION) for name in names if name.startswith(VALIDATION)]


def _curves(measured: Iterable[EpochRecord], phase: Phase) -> Curves:
    found: Curves = defaultdict(dict)
    for epoch in measured:
        if epoch.phase == phase:
            found[epoch.seed][epoch.epoch] = epoch.metrics
    return found


def _networks(
    spec: SweepSpec,
    phase: Phase,
    members: Iterable[MemberRecord],
    stints: Sequence[StintRecord],
    measured: Iterable[EpochRecord],
    quantity: str,
    epochs: int,
    beside: Series | None,
) -> Networks:
    own = [member for member in members if member.phase == phase]
    curves = _curves(measured, phase)
    colours = {member.seed: COLOURS[place % len(COLOURS)] for place, member in enumerate(own)}
    lines = [
        Series(f"seed {seed}, {split.rstrip('_')}", colours[seed], values, is_dashed=split == TRAIN)
        for seed in colours
        for split in (VALIDATION, TRAIN)
        for values in [_values(curves.get(seed, {}), f"{split}{quantity}")]
        if values
    ]
    return Networks(
        phase=phase,
        seeds=[_network(spec, member, colours[member.seed], stints, curves.get(member.seed, {})) for member in own],
        curves=chart(quantity, [*lines, beside] if lines and beside else lines, epochs),
    )


def _beside(
    ledger: Ledger, spec: SweepSpec, trial: TrialRecord, best: TrialRecord | None, quantity: str
) -> Series | None:
    """What the trial is compared with: the arm's best, the mean over its networks."""
    if best is None or best.number == trial.number:
        return None
    curves = _curves(ledger.trials.epochs_of(trial.sweep_id, [best.number]), "search")
    name = f"best of {spec.compare[trial.arm].label()}, trial {best.number}"
    return Series(name, GREY, _means(curves, f"{VALIDATION}{quantity}"))


def _values(curve: Mapping[int, Metrics], name: str) -> dict[int, float | None]:
    """Those epochs in which it was measured at all."""
    return {epoch: metrics[name] for epoch, metrics in sorted(curve.items()) if name in metrics}


def _network(
    spec: SweepSpec,
    member: MemberRecord,
    colour: str,
    stints: Iterable[StintRecord],
    curve: Mapping[int, Metrics],
) -> Network:
    values = _values(curve, spec.metric)
    finite = [(value, epoch) for epoch, value in values.items() if value is not None]
    choose = max if higher_is_better(spec.metric) else min
    best, at = choose(finite, key=lambda one: one[0], default=(None, None))
    return Network(
        member=member,
        colour=colour,
        stays=[Stay(lane(one.lane), one) for one in stints if (one.phase, one.seed) == (member.phase, member.seed)],
        last=values[max(values)] if values else None,
        best=best,
        best_epoch=at,
        test=(member.metrics or {}).get(spec.metric.replace(VALIDATION, "test_")),
    )


def _correlations(curves: Curves, epochs: int) -> Chart | None:
    """The mean over the seeds that have it, layer by layer; None where nothing was decorrelated."""
    names = dict.fromkeys(
        name
        for curve in curves.values()
        for metrics in curve.values()
        for name in metrics
        if name.startswith(CORRELATION)
    )
    layers = [
        Series(f"layer {name.removeprefix(CORRELATION)}", COLOURS[place % len(COLOURS)], _means(curves, name))
        for place, name in enumerate(names)
    ]
    return chart("mean squared correlation", layers, epochs)


def _means(curves: Curves, name: str) -> dict[int, float | None]:
    columns: dict[int, list[float]] = defaultdict(list)
    for curve in curves.values():
        for epoch, value in _values(curve, name).items():
            if value is not None:
                columns[epoch].append(value)
    return {epoch: statistics.fmean(values) for epoch, values in columns.items()}
