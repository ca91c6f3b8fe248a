"""One trial trained alone again."""

from pathlib import Path

import yaml

from sweeps.alone import alone
from sweeps.yaml_text import parse_yaml
from tests.sweeps.running import Desk, assert_nearly_equal

ASHA = {"name": "asha", "min_epochs": 1, "factor": 2}


def test_a_trial_alone_measures_what_it_measured_among_others_also_where_it_was_pruned_then(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    search = {
        "sampler": "random",
        "pruner": ASHA,
        "space": {"noise_scale": {"kind": "float", "low": 1e-4, "high": 1e-1, "log": True}},
    }
    first = desk.post(search=search, budget={"trials": 4}, replicates=2)
    desk.run(first, places=8)
    for trial in desk.ledger.trials.page(first)[2:4]:
        written = yaml.safe_dump(alone(desk.ledger.sweeps.get(first).spec, trial))
        document = parse_yaml(written)
        assert isinstance(document, dict)
        again = desk.post(**document)
        desk.run(again)
        (repeated,) = desk.ledger.trials.page(again)
        assert repeated.configuration == trial.configuration
        assert repeated.epoch == 4 >= trial.epoch
        before, after = (
            {
                (one.seed, one.epoch): one.metrics
                for one in desk.ledger.trials.epochs(sweep_id, number)
                if one.phase == "search"
            }
            for sweep_id, number in ((first, trial.number), (again, 0))
        )
        assert before
        assert_nearly_equal([before[key] for key in sorted(before)], [after[key] for key in sorted(before)])
