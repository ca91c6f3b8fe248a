"""Arms of several sweeps side by side. Arms of one name have one colour; a sweep's arms stand together."""

from sweeps.arm_colours import arm_style
from sweeps.comparison import ComparedArm, Comparison
from sweeps.figures.drawing import Drawing, Figure, Trace, figure, nothing
from sweeps.figures.seeds import columns_of_seeds
from sweeps.figures.words import label, listed, shown
from sweeps.report.rounding import interval, with_spread

TITLE = "Arms of these sweeps side by side"
SHOWS = "The test metric of each arm's best configuration in each sweep: every seed, the mean, its 95 % interval."


def draw_comparison(comparison: Comparison) -> Figure:
    """The arms that were measured by the first sweep's test metric."""
    return figure("compare", TITLE, SHOWS, _draw(comparison))


def _draw(comparison: Comparison) -> Drawing:
    if not comparison.sweeps:
        return nothing("Nothing to draw: no sweep is chosen.")
    if not comparison.sweeps:
        return nothing("Nothing to draw: no sweep is chosen.")
    metric = comparison.sweeps[0].test_metric
    own = {sweep.sweep_id for sweep in comparison.sweeps if sweep.test_metric == metric}
    arms = [arm for arm in comparison.arms if arm.sweep_id in own and arm.report.test]
    notes = _notes(comparison, own)
    if not arms:
        return nothing("Nothing to draw: none of these sweeps has a confirmed arm.", notes)
    labels = list(dict.fromkeys(arm.report.label for arm in comparison.arms))
    data: list[Trace] = []
    for place, arm in enumerate(arms):
        values = [seed.test for seed in arm.report.seeds if seed.test is not None]
        style = arm_style(labels.index(arm.report.label))
        data += columns_of_seeds(place, label(arm.name), style, values, arm.report.test)
    return Drawing(
        data=data,
        layout={
            "height": 440,
            "showlegend": False,
            "xaxis": {
                "tickvals": list(range(len(arms))),
                "ticktext": [label(arm.name) for arm in arms],
                "range": [-0.6, len(arms) - 0.4],
                "zeroline": False,
                "showgrid": False,
            },
            "yaxis": {"title": {"text": shown(metric)}},
            "shapes": _borders(arms),
        },
        summary=_summary(arms, metric),
        notes=notes,
        columns=("sweep:arm", f"{metric}, mean ± standard deviation", "seeds", "95 % interval"),
        rows=[
            (
                arm.name,
                with_spread(arm.report.test.mean, arm.report.test.std),
                arm.report.test.n,
                interval(arm.report.test),
            )
            for arm in arms
            if arm.report.test
        ],
    )


def _borders(arms: list[ComparedArm]) -> list[dict[str, object]]:
    """A line between the sweeps."""
    places = [place for place in range(1, len(arms)) if arms[place].sweep_id != arms[place - 1].sweep_id]
    line = {"color": "#808080", "width": 1, "dash": "dot"}
    return [
        {"type": "line", "x0": at - 0.5, "x1": at - 0.5, "y0": 0, "y1": 1, "yref": "paper", "line": line}
        for at in places
    ]


def _summary(arms: list[ComparedArm], metric: str) -> str:
    measured = [(arm.report.test.mean, arm.name) for arm in arms if arm.report.test]
    best = (max if metric.endswith("_accuracy") else min)(measured)
    return f"{best[1]} is best: {metric} {best[0]:.4g}."


def _notes(comparison: Comparison, own: set[int]) -> list[str]:
    others = [str(sweep.sweep_id) for sweep in comparison.sweeps if sweep.sweep_id not in own]
    notes = ["Left: each confirmation seed. Right: their mean with its 95 % interval. Arms of one name share a colour."]
    if others:
        notes.append(f"Sweeps {listed(others)} measured something else and are left out of the plot.")
    if len({sweep.data for sweep in comparison.sweeps}) > 1:
        notes.append("These sweeps trained on different data: their values do not compare.")
    return notes
