"""The arms side by side: every confirmation seed on the test split, the means and their confidence intervals."""

from collections.abc import Sequence

from sweeps.arm_colours import arm_style
from sweeps.figures.drawing import Drawing, nothing
from sweeps.figures.seeds import NOTE, Column, beside_each_other, headings, row
from sweeps.figures.subject import Subject
from sweeps.report.best import best_in_words
from sweeps.report.confirmed import confirmed, test_metric
from sweeps.report.pairs import best_pairs
from sweeps.report.rounding import counted
from sweeps.states import SweepState

Best = dict[int, int | None]
"""The number of each arm's best trial."""


def draw(subject: Subject) -> Drawing:
    trials = subject.ledger.trials
    best: Best = {arm.arm: arm.best_trial for arm in trials.progress(subject.sweep.id, subject.maximise)}
    numbers = [number for arm in subject.chosen if (number := best.get(arm)) is not None]
    members = trials.members_of(subject.sweep.id, numbers, "confirmation")
    columns = [
        Column(subject.spec.compare[arm].label(), arm_style(arm), *confirmed(subject.spec, members, best.get(arm)))
        for arm in subject.chosen
    ]
    metric = test_metric(subject.spec)
    if not any(column.test for column in columns):
        return nothing(subject.waits("confirmed arm", "The test split is measured after the search."))
    data, layout = beside_each_other(columns, metric)
    return Drawing(
        data=data,
        layout=layout,
        summary=_summary(subject, columns),
        notes=_notes(subject.chosen, columns, best),
        columns=headings("arm", metric),
        rows=[row(column) for column in columns],
    )


def _summary(subject: Subject, columns: Sequence[Column]) -> str:
    arms = [(column.name, column.test) for column in columns]
    drawn = "" if len(columns) == len(subject.spec.compare) else " of the arms drawn"
    differences, _ = best_pairs(arms, subject.maximise, most=0)
    said = best_in_words(arms, subject.maximise, differences, drawn)
    is_finished = subject.sweep.state is SweepState.COMPLETED
    return said if is_finished else f"{said} The sweep has not finished: figures are provisional."


def _notes(chosen: Sequence[int], columns: Sequence[Column], best: Best) -> list[str]:
    notes = [NOTE]
    for arm, column in zip(chosen, columns, strict=True):
        lost = sum(seed.test is None for seed in column.seeds)
        if lost:
            of = f"{counted(lost, 'seed')} of {len(column.seeds)}"
            notes.append(f"{column.name}: {of} without a value: not measured, or diverged.")
        if best.get(arm) is None:
            notes.append(f"{column.name}: no trial has completed, so there is nothing to confirm.")
    return notes
