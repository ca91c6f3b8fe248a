"""The plan: what is counted is what is then trained, and what it takes is what it took before."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from learning import Digits, Rule
from learning.cost import epoch_multiply_adds, steps_of
from sweeps.ledger import Ledger
from sweeps.planning.models import BasisKind, Devices, Plan
from sweeps.planning.plan import START_SECONDS, make_plan
from sweeps.planning.reference import reference
from sweeps.spec import SweepSpec
from tests.sweeps.booked import BookedSweep, open_ledger
from tests.sweeps.running import SPEC, Desk

TWO_CORES = Devices(cpus=2.0, gpus=0.0)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(tmp_path)


def planned(ledger: Ledger, devices: Devices | None = TWO_CORES, **changes: Any) -> Plan:
    return make_plan(SweepSpec.model_validate(SPEC | changes), ledger, devices)


def searched(path: str, values: list[Any]) -> dict[str, Any]:
    return {"search": {"sampler": "random", "space": {path: {"kind": "choice", "values": values}}}}


def test_what_a_plan_counts_is_what_is_then_trained(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    plan = planned(desk.ledger, replicates=2)
    desk.run(desk.post(replicates=2))
    members = desk.ledger.trials.members(1)
    assert plan.trials == len(desk.ledger.trials.page(1)) == 4
    assert plan.networks == len(members) == 4 * 2 + 2 * 2
    assert plan.epochs == sum(member.epoch for member in members)
    assert [(arm.name, arm.search_networks, arm.confirmation_networks) for arm in plan.arms] == [
        ("bp", 4, 2),
        ("danp", 4, 2),
    ]
    assert plan.populations == 2
    assert not plan.is_upper_bound


def test_where_nothing_was_measured_the_plan_rests_on_the_reference_machine_and_says_so(ledger: Ledger) -> None:
    plan = planned(ledger)
    assert [basis.kind for basis in plan.basis] == [BasisKind.REFERENCE]
    assert plan.basis[0].words.startswith("reference machine: ")
    assert plan.start_seconds == START_SECONDS
    assert plan.device_seconds > 0


def test_what_was_measured_is_what_is_expected_to_the_second(desk: Desk) -> None:
    desk.run(desk.post())
    plan, used = planned(desk.ledger), desk.ledger.usage.by_arm(1)
    assert [arm.device_seconds for arm in plan.arms] == pytest.approx([used[0], used[1]])
    assert {basis.words for basis in plan.basis} == {"measured here: 4 networks"}
    assert plan.device_hours == pytest.approx(sum(used.values()) / 3600)
    larger = planned(desk.ledger, budget={"trials": 6}, search={"sampler": "random"})
    assert larger.arms[0].device_seconds == pytest.approx(2 * used[0])


def test_another_shape_is_scaled_from_the_nearest_of_its_rule(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.run(desk.post())
    rates = {arm.name: arm.shapes[0].seconds_an_epoch for arm in planned(desk.ledger).arms}
    plan = planned(desk.ledger, network={"kind": "dense", "hidden": [256]})
    assert {basis.kind for basis in plan.basis} == {BasisKind.SCALED}
    assert plan.basis[0].words == "scaled from 4 networks of bp measured here, by multiply-adds and steps"
    for index, arm in enumerate(plan.arms):
        small, large = (
            SweepSpec.model_validate(SPEC | {"network": {"kind": "dense", "hidden": [units]}}).template(index).shape()
            for units in (8, 256)
        )
        law = reference().seconds_an_epoch
        expected = rates[arm.name] * law(large, Digits()) / law(small, Digits())
        assert arm.shapes[0].seconds_an_epoch == pytest.approx(expected)
    other = planned(desk.ledger, compare=[{"rule": "wp"}])
    assert "of another rule measured here" in other.basis[0].words


def test_structural_choices_are_averaged_over(ledger: Ledger) -> None:
    narrow, wide = (planned(ledger, network={"kind": "dense", "hidden": hidden}).arms[0] for hidden in ([8], [64, 64]))
    both = planned(ledger, **searched("network.hidden", [[8], [64, 64]]))
    assert [shape.network for shape in both.arms[0].shapes] == ["dense, hidden [8]", "dense, hidden [64, 64]"]
    assert [shape.share for shape in both.arms[0].shapes] == [0.5, 0.5]
    assert both.arms[0].device_seconds == pytest.approx((narrow.device_seconds + wide.device_seconds) / 2)
    assert both.populations == 4
    longer = planned(ledger, **searched("training.epochs", [2, 6]))
    assert longer.arms[0].epochs == narrow.epochs
    assert longer.populations == 2


def test_what_is_searched_only_beside_one_value_counts_with_that_values_share(ledger: Ledger) -> None:
    space = {
        "training.optimiser": {"kind": "choice", "values": ["adam", "sgd"]},
        "training.optimiser.momentum": {
            "kind": "choice",
            "values": [0.0, 0.5, 0.9],
            "when": {"training.optimiser": "sgd"},
        },
    }
    plan = planned(ledger, search={"sampler": "random", "space": space})
    assert sorted(shape.share for shape in plan.arms[0].shapes) == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 2])


def test_very_many_structures_are_sampled_always_the_same(ledger: Ledger) -> None:
    space = {
        f"network.{name}": {"kind": "choice", "values": values}
        for name, values in (
            ("hidden", [[units] for units in range(1, 41)]),
            ("activation", ["relu", "tanh", "leaky_relu", "linear"]),
        )
    } | {"training.batch_size": {"kind": "int", "low": 10, "high": 100}}
    plans = [planned(ledger, search={"sampler": "random", "space": space}) for _ in range(2)]
    assert plans[0] == plans[1]
    assert 80 < len(plans[0].arms[0].shapes) <= 100
    assert sum(shape.share for shape in plans[0].arms[0].shapes) == pytest.approx(1.0)


def test_another_teams_measurements_count_and_its_names_stay_its_own(ledger: Ledger) -> None:
    theirs = BookedSweep(ledger, team="secret-team", name="secret-sweep", compare=[{"rule": "bp", "name": "secret"}])
    theirs.trial(0)
    plan = planned(ledger, compare=[{"rule": "bp"}], training={"epochs": 3, "batch_size": 50})
    assert plan.basis[0].words == "measured here: 1 network"
    assert plan.arms[0].shapes[0].seconds_an_epoch == pytest.approx(2.0 / 3)
    assert "secret" not in json.dumps(plan.model_dump(mode="json"))


def test_lanes_and_time_follow_the_specification_and_the_cluster(ledger: Ledger) -> None:
    two = planned(ledger)
    assert two.lanes == 2
    assert two.wall_seconds == pytest.approx(two.start_seconds + two.device_seconds / 2)
    assert planned(ledger, Devices(cpus=16.0, gpus=4.0)).lanes == 4
    assert planned(ledger, Devices(cpus=64.0, gpus=0.0)).lanes == two.networks
    assert planned(ledger, lanes=8).lanes == 2
    unknown = planned(ledger, None)
    assert (unknown.lanes, unknown.wall_seconds) == (None, None)
    assert planned(ledger, None, lanes=3).lanes == 3


def test_the_start_is_the_median_of_earlier_ones(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.run(desk.post())
    (start,) = desk.ledger.rates.starts()
    assert planned(desk.ledger).start_seconds == start


def test_a_pruned_sweep_takes_at_most_what_is_planned(ledger: Ledger) -> None:
    assert planned(ledger, search={"sampler": "random", "pruner": "median"}).is_upper_bound


def test_a_sweep_of_another_version_that_cannot_be_read_is_left_out(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)
    sweep.trial(0)
    with ledger._engine.begin() as connection:
        connection.exec_driver_sql('UPDATE sweeps SET spec = replace(spec, \'"name": "bp"\', \'"name": "gone"\')')
    assert [basis.kind for basis in planned(ledger).basis] == [BasisKind.REFERENCE]


def test_the_reference_has_every_rule_with_and_without_decorrelation() -> None:
    names = {prefix + rule().name for rule in get_args(Rule) for prefix in ("", "d")}
    assert reference().rates.keys() == names
    for rate in reference().rates.values():
        assert rate.step_us > 0
        assert rate.multiply_add_ps > 0
    shape = SweepSpec.model_validate(SPEC).template(0).shape()
    rate = reference().rates["bp"]
    seconds = 1e-6 * rate.step_us * steps_of(shape, Digits())
    seconds += 1e-12 * rate.multiply_add_ps * epoch_multiply_adds(shape, Digits())
    assert reference().seconds_an_epoch(shape, Digits()) == pytest.approx(seconds)
