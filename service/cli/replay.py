"""`npsweep replay ID`: makes every suggestion of a sweep again, here, from what the API tells of its trials."""

import json
from dataclasses import asdict
from itertools import groupby

from rich.console import Console
from rich.progress import Progress

from service.client import Client
from sweeps.replay import Replayed, replay
from sweeps.spec import SweepSpec


def replay_sweep(client: Client, sweep_id: int, as_json: bool) -> int:
    """Prints what agrees and what does not; 0 where all does."""
    spec = SweepSpec.model_validate(client.sweep(sweep_id).spec)
    inherited = list(client.inherited(sweep_id))
    trials = sorted(client.trials(sweep_id), key=lambda trial: trial.arm)
    results: dict[str, list[Replayed]] = {arm.name: [] for arm in spec.compare}
    errors = Console(stderr=True)
    with Progress(console=errors, transient=True, disable=as_json or not errors.is_terminal) as progress:
        bar = progress.add_task("suggesting again", total=len(trials))
        for name, own in groupby(trials, key=lambda trial: trial.arm):
            index = list(results).index(name)
            for one in replay(spec, index, own, [one for one in inherited if one.arm == name]):
                results[name].append(one)
                progress.advance(bar)
    _print_json(results) if as_json else _print(results)
    return 0 if all(one.agrees for found in results.values() for one in found) else 1


def _print(results: dict[str, list[Replayed]]) -> None:
    for arm, found in results.items():
        print(f"{arm}: {sum(one.agrees for one in found)} of {len(found)} suggestions made again")
        for one in found:
            if not one.agrees:
                print(f"  trial {one.trial}: logged {dict(one.logged)}, suggested now {dict(one.suggested)}")


def _print_json(results: dict[str, list[Replayed]]) -> None:
    print(json.dumps({arm: [asdict(one) | {"agrees": one.agrees} for one in found] for arm, found in results.items()}))
