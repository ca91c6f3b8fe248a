"""Value over noise scale × decorrelation rate, a panel an arm: the question that the whole project asks."""

from collections.abc import Sequence

from sweeps.figures.axes import Panel, Values, first_of, panelled
from sweeps.figures.drawing import Cell, Drawing, nothing
from sweeps.figures.marks import said_once, trials_in
from sweeps.figures.noise_panels import axes_of, colours_of, is_map, panel_of, paths_of, placed, values_of
from sweeps.figures.subject import DrawnArm, Subject, number
from sweeps.figures.words import listed
from sweeps.ledger.records import TrialRecord
from sweeps.report.landscape import DECORRELATION, NOISE
from sweeps.report.rounding import configured, settings
from sweeps.report.thinning import POINTS, thinned
from sweeps.space import Choice, Value


def draw(subject: Subject) -> Drawing:
    arms, left_out = first_of([arm for arm in subject.arms if paths_of(arm)])
    without = [arm.name for arm in subject.arms if not paths_of(arm)]
    notes = [f"{listed(without)}: neither {NOISE} nor {DECORRELATION} is searched."] if without else []
    if not arms:
        return nothing(f"No arm here searches {NOISE} or {DECORRELATION}, so there is nothing to draw.", notes)
    there = sum(len(_outcomes(arm)) for arm in arms)
    if not there:
        return nothing(subject.waits("trial with an outcome"), notes)
    is_narrow = subject.columns == 1
    most, colours = POINTS // len(arms), colours_of(arms, subject.metric, subject.maximise, is_narrow)
    layout = panelled(
        [axes_of(arm, subject.metric) for arm in arms], [arm.label for arm in arms], subject.columns, height=340.0
    )
    if any(is_map(arm) for arm in arms):
        layout["coloraxis"] = colours
        layout["margin"] |= {"b": 144} if is_narrow else {"r": 90}
    data = said_once([trace for n, arm in enumerate(arms) for trace in panel_of(arm, Panel(n), most, colours)])
    return Drawing(
        data=data,
        layout=layout,
        summary=" ".join(_best(arm, subject) for arm in arms),
        notes=[*notes, *left_out, *_notes(arms), *_beyond(arms, subject.metric), *thinned(trials_in(data), there)],
        columns=("arm", NOISE, DECORRELATION, subject.metric, "trial"),
        rows=[row for arm in arms for row in _rows(arm)],
    )


def _outcomes(arm: DrawnArm) -> list[TrialRecord]:
    return placed([*arm.completed, *arm.pruned, *arm.lost], paths_of(arm))


def _notes(arms: Sequence[DrawnArm]) -> list[str]:
    notes = ["Between the trials: their mean, weighted by a Gaussian kernel; blank where no completed trial is near."]
    if any(isinstance(arm.space[path], Choice) for arm in arms for path in paths_of(arm)):
        notes.append("Where one of the two is a choice, nothing is told between the trials.")
    if any(arm.pruned for arm in arms):
        notes.append("Pruned trials are marked and not counted: they were measured after fewer epochs.")
    if any(arm.lost for arm in arms):
        notes.append("A cross is a trial that diverged or failed: beside a curve it lies at the worst value.")
    return notes


def _beyond(arms: Sequence[DrawnArm], metric: str) -> list[str]:
    """On a map they have the colour of the worst."""
    beyond = sum(values_of(arm, metric).beyond for arm in arms if not is_map(arm))
    return Values(metric, (0.0, 0.0), beyond).notes()


def _best(arm: DrawnArm, subject: Subject) -> str:
    if arm.best is None:
        return f"{arm.name}: no trial has completed yet."
    found = arm.best.configuration
    where = settings({path: found[path] for path in paths_of(arm) if path in found})
    return f"{arm.name} is best at {where}: {subject.metric} {arm.best.value:.4g} (trial {arm.best.number})."


def _rows(arm: DrawnArm) -> list[tuple[Cell, ...]]:
    """The best five of the arm."""
    sign = -1.0 if arm.maximise else 1.0
    best = sorted(arm.completed, key=lambda one: sign * number(one.value))[:5]
    return [
        (
            arm.name,
            *(_cell(trial.configuration.get(path)) for path in (NOISE, DECORRELATION)),
            trial.value,
            trial.number,
        )
        for trial in best
    ]


def _cell(value: Value) -> Cell:
    return value if isinstance(value, int | float) or value is None else configured(value)
