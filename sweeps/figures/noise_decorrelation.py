"""Value over noise scale × decorrelation rate, a panel an arm: the question that the whole project asks."""

from collections.abc import Sequence

from sweeps.figures.axes import PANELS, Panel, panelled
from sweeps.figures.drawing import Cell, Drawing, Trace, nothing
from sweeps.figures.noise_panels import DECORRELATION, NOISE, axes_of, colours_of, is_map, panel_of, paths_of
from sweeps.figures.subject import DrawnArm, Subject, number
from sweeps.figures.thinning import POINTS, thinned
from sweeps.figures.words import listed


def draw(subject: Subject) -> Drawing:
    arms = [arm for arm in subject.arms if paths_of(arm)]
    without = [arm.name for arm in subject.arms if not paths_of(arm)]
    notes = [f"{listed(without)}: neither {NOISE} nor {DECORRELATION} is searched."] if without else []
    if not arms:
        return nothing(f"No arm here searches {NOISE} or {DECORRELATION}, so there is nothing to draw.", notes)
    if not any(arm.completed or arm.pruned or arm.lost for arm in arms):
        return nothing(subject.waits("trial with an outcome"), notes)
    if len(arms) > PANELS:
        notes.append(f"The first {PANELS} of {len(arms)} arms are drawn; ask for others by name.")
        arms = arms[:PANELS]
    is_narrow = subject.columns == 1
    most, colours = POINTS // len(arms), colours_of(arms, subject.metric, subject.maximise, is_narrow)
    layout = panelled(
        [axes_of(arm, subject.metric) for arm in arms], [arm.label for arm in arms], subject.columns, height=340.0
    )
    if any(is_map(arm) for arm in arms):
        layout["coloraxis"] = colours
        layout["margin"] |= {"b": 144} if is_narrow else {"r": 90}
    return Drawing(
        data=_said_once([trace for n, arm in enumerate(arms) for trace in panel_of(arm, Panel(n), most, colours)]),
        layout=layout,
        summary=" ".join(_best(arm, subject) for arm in arms),
        notes=notes + _notes(arms),
        columns=("arm", NOISE, DECORRELATION, subject.metric, "trial"),
        rows=[row for arm in arms for row in _rows(arm)],
    )


def _said_once(data: Sequence[Trace]) -> list[Trace]:
    """Each mark stands in the legend once, and there switches those of all panels."""
    seen: set[str] = set()
    for trace in data:
        name = trace.get("name", "")
        trace |= {"legendgroup": name, "showlegend": bool(name) and name not in seen}
        seen.add(name)
    return list(data)


def _notes(arms: Sequence[DrawnArm]) -> list[str]:
    notes = ["Between the trials: their mean, weighted by a Gaussian kernel; blank where no completed trial is near."]
    if any(arm.pruned for arm in arms):
        notes.append("Pruned trials are marked and not counted: they were measured after fewer epochs.")
    if any(arm.lost for arm in arms):
        notes.append("A cross is a trial that diverged or failed: beside a curve it lies at the worst value.")
    there = sum(len(arm.completed) + len(arm.pruned) + len(arm.lost) for arm in arms)
    return notes + thinned(min(POINTS, there), there)


def _best(arm: DrawnArm, subject: Subject) -> str:
    if arm.best is None:
        return f"{arm.name}: no trial has completed yet."
    found = arm.best.configuration
    where = listed([f"{path} {found[path]:.4g}" for path in paths_of(arm) if path in found])
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


def _cell(value: object) -> Cell:
    return value if isinstance(value, int | float) else None
