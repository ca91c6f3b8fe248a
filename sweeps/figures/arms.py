"""The arms side by side: every confirmation seed on the test split, the means and their confidence intervals."""

from sweeps.arm_colours import arm_style
from sweeps.figures.drawing import Cell, Drawing, Trace, nothing
from sweeps.figures.seeds import columns_of_seeds
from sweeps.figures.subject import Subject
from sweeps.figures.words import counted, label, shown
from sweeps.report.build import build_report
from sweeps.report.models import ArmReport, Report
from sweeps.report.rounding import interval, with_spread


def draw(subject: Subject) -> Drawing:
    report = build_report(subject.ledger, subject.sweep.id)
    arms = [report.arms[index] for index in subject.chosen]
    if not any(arm.test for arm in arms):
        return nothing(subject.waits("confirmed arm", "The test split is measured after the search."))
    data: list[Trace] = []
    for place, arm in enumerate(arms):
        values = [seed.test for seed in arm.seeds if seed.test is not None]
        data += columns_of_seeds(place, label(arm.label), arm_style(arm.arm), values, arm.test)
    return Drawing(
        data=data,
        layout={
            "height": 420,
            "showlegend": False,
            "xaxis": {
                "tickvals": list(range(len(arms))),
                "ticktext": [label(arm.label) for arm in arms],
                "range": [-0.6, len(arms) - 0.4],
                "zeroline": False,
                "showgrid": False,
            },
            "yaxis": {"title": {"text": shown(report.test_metric)}},
        },
        summary=_summary(report, arms),
        notes=_notes(arms),
        columns=("arm", f"{report.test_metric}, mean ± standard deviation", "seeds", "95 % interval", "seeds' values"),
        rows=[_row(arm) for arm in arms],
    )


def _summary(report: Report, arms: list[ArmReport]) -> str:
    measured = [(arm.test.mean, arm) for arm in arms if arm.test]
    best = (max if report.maximise else min)(measured, key=lambda pair: pair[0])[1]
    assert best.test is not None
    said = f"{best.label} is best on the test split: {with_spread(best.test.mean, best.test.std)}."
    return said if report.finished else f"{said} The sweep has not finished: figures are provisional."


def _notes(arms: list[ArmReport]) -> list[str]:
    notes = ["Left: each seed of the best configuration, trained anew. Right: their mean with its 95 % interval."]
    for arm in arms:
        lost = sum(seed.test is None for seed in arm.seeds)
        if lost:
            notes.append(
                f"{arm.label}: {counted(lost, 'seed')} of {len(arm.seeds)} without a value: not measured, or diverged."
            )
        if arm.best_trial is None:
            notes.append(f"{arm.label}: no trial has completed, so there is nothing to confirm.")
    return notes


def _row(arm: ArmReport) -> tuple[Cell, ...]:
    values = ", ".join(f"{seed.test:.5g}" for seed in arm.seeds if seed.test is not None)
    if arm.test is None:
        return (arm.label, None, 0, None, values)
    return (arm.label, with_spread(arm.test.mean, arm.test.std), arm.test.n, interval(arm.test), values)
