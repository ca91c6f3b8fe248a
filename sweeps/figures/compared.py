"""Arms of several sweeps side by side. Arms of one name have one colour; a sweep's arms stand together."""

from learning import higher_is_better
from sweeps.arm_colours import arm_style
from sweeps.comparison import ComparedArm, Comparison
from sweeps.figures.drawing import GREY, Drawing, Figure, nothing, plotly_figure
from sweeps.figures.seeds import NOTE, Column, beside_each_other, headings, row
from sweeps.figures.words import listed
from sweeps.report.best import best_in_words, best_mean, partners

TITLE = "Arms of these sweeps side by side"
SHOWS = "The test metric of each arm's best configuration in each sweep: every seed, the mean, its 95 % interval."


def draw_comparison(comparison: Comparison) -> Figure:
    """The arms that were measured by the first sweep's test metric."""
    return plotly_figure("compare", TITLE, SHOWS, _draw(comparison))


def _draw(comparison: Comparison) -> Drawing:
    if not comparison.sweeps:
        return nothing("Nothing to draw: no sweep is chosen.")
    metric = comparison.sweeps[0].test_metric
    own = {sweep.sweep_id for sweep in comparison.sweeps if sweep.test_metric == metric}
    arms = [arm for arm in comparison.arms if arm.sweep_id in own and arm.report.test]
    notes = _notes(comparison, own)
    if not arms:
        return nothing("Nothing to draw: none of these sweeps has a confirmed arm.", notes)
    names = list(dict.fromkeys(arm.report.label for arm in comparison.arms))
    columns = [
        Column(arm.name, arm_style(names.index(arm.report.label)), arm.report.seeds, arm.report.test) for arm in arms
    ]
    data, layout = beside_each_other(columns, metric)
    return Drawing(
        data=data,
        layout=layout | {"shapes": _borders(arms)},
        summary=_summary(comparison, arms, higher_is_better(metric)),
        notes=notes,
        columns=headings("sweep:arm", metric),
        rows=[row(column) for column in columns],
    )


def _borders(arms: list[ComparedArm]) -> list[dict[str, object]]:
    """A line between the sweeps."""
    places = [place for place in range(1, len(arms)) if arms[place].sweep_id != arms[place - 1].sweep_id]
    line = {"color": GREY, "width": 1, "dash": "dot"}
    return [
        {"type": "line", "x0": at - 0.5, "x1": at - 0.5, "y0": 0, "y1": 1, "yref": "paper", "line": line}
        for at in places
    ]


def _summary(comparison: Comparison, arms: list[ComparedArm], maximise: bool) -> str:
    """Arms without a pair were trained on different data."""
    tests = [(arm.name, arm.report.test) for arm in arms]
    best = best_mean(tests, maximise)
    if {name for name, _ in tests} - {best} - partners(best, comparison.differences):
        return "No arm is called best: these sweeps trained on different data."
    return best_in_words(tests, maximise, comparison.differences)


def _notes(comparison: Comparison, own: set[int]) -> list[str]:
    others = [str(sweep.sweep_id) for sweep in comparison.sweeps if sweep.sweep_id not in own]
    notes = [f"{NOTE} Arms of one name share a colour."]
    if others:
        notes.append(f"Sweeps {listed(others)} measured something else and are left out of the plot.")
    if len({sweep.data for sweep in comparison.sweeps}) > 1:
        notes.append("These sweeps trained on different data: their values do not compare.")
    return notes
