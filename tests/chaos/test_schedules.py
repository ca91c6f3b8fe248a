"""Sweeps whose parts are killed with SIGKILL at random moments end with the table of an undisturbed one, bit by bit.

Repeat one: `pytest -m chaos -k schedule-17`. Schedules from 25 on are those of the shared deployment.
"""

import pytest

from tests.chaos.disturbed import Recovery, disturb, wait_until_told
from tests.chaos.embedded import EmbeddedStack
from tests.chaos.schedule import Schedule, draw
from tests.chaos.shared import SharedStack
from tests.chaos.stack import Stack
from tests.chaos.sweep import Table, assert_nothing_lost_or_counted_twice, assert_told_once, table

pytestmark = [pytest.mark.chaos, pytest.mark.stack, pytest.mark.timeout(900)]

EMBEDDED = range(1, 25)
SHARED = range(25, 43)


def drawn(numbers: range, kinds: tuple[str, ...], representative: int) -> list[object]:
    """One of them runs with every run of the tests."""
    return [
        pytest.param(
            draw(number, kinds, f"schedule-{number:02d}"),
            id=f"schedule-{number:02d}",
            marks=[pytest.mark.representative] if number == representative else [],
        )
        for number in numbers
    ]


@pytest.fixture(scope="module")
def undisturbed_embedded(embedded: EmbeddedStack) -> Table:
    return undisturbed(embedded)


@pytest.fixture(scope="module")
def undisturbed_shared(shared: SharedStack) -> Table:
    return undisturbed(shared)


def undisturbed(stack: Stack) -> Table:
    """What the sweep finds when nothing is killed."""
    done = disturb(stack, Schedule("undisturbed", 2, ()))
    assert_nothing_lost_or_counted_twice(stack.ledger, done.sweep_id)
    return table(stack.ledger, done.sweep_id)


@pytest.mark.parametrize("schedule", drawn(EMBEDDED, EmbeddedStack.kinds, representative=3))
def test_the_embedded_stack_loses_nothing(
    schedule: Schedule, embedded: EmbeddedStack, undisturbed_embedded: Table, recoveries: list[Recovery]
) -> None:
    assert_survived(schedule, embedded, undisturbed_embedded, recoveries)


@pytest.mark.parametrize("schedule", drawn(SHARED, SharedStack.kinds, representative=30))
def test_the_shared_deployment_loses_nothing(
    schedule: Schedule, shared: SharedStack, undisturbed_shared: Table, recoveries: list[Recovery]
) -> None:
    assert_survived(schedule, shared, undisturbed_shared, recoveries)


def assert_survived(schedule: Schedule, stack: Stack, reference: Table, recoveries: list[Recovery]) -> None:
    print(schedule)  # pytest shows it where this fails
    done = disturb(stack, schedule)
    recoveries += done.recoveries
    assert_nothing_lost_or_counted_twice(stack.ledger, done.sweep_id)
    assert table(stack.ledger, done.sweep_id) == reference, f"{schedule}: other numbers"
    wait_until_told(stack, done.sweep_id)
    assert_told_once(stack.ledger, stack.tracker, done.sweep_id)
