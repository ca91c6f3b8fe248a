"""Compares what a sweep keeps in the storage, and the ledger's own sums, with the ledger's trials and networks."""

import math
import time
from collections import Counter
from collections.abc import Iterable

from sweeps.difference import Difference, Kind
from sweeps.ledger import Ledger
from sweeps.ledger.records import MemberRecord, SweepRecord, TrialRecord
from sweeps.member import MemberKey
from sweeps.spec import SweepSpec
from sweeps.states import SweepState, TrialState
from sweeps.storage import Storage
from sweeps.tracking.tracker import Run

RECENT_SECONDS = 60.0
"""A checkpoint that was touched since may be on its way: lanes remove one when the ledger has heard of the end."""
OVER = frozenset({TrialState.COMPLETED, TrialState.PRUNED, TrialState.DIVERGED})
"""Networks in these states are never trained on. A stopped or failed one can go on after `resume` and `retry`."""


def audit(
    ledger: Ledger, storage: Storage, sweep: SweepRecord, tracked: Run | None, labels: dict[int, str], mend: bool
) -> list[Difference]:
    """Everything of one sweep that is not a run at the tracker.

    `tracked`: the sweep's run, which holds the network of each arm too; `labels`: the arms' names in its paths.
    """
    spec = SweepSpec.model_validate(sweep.spec)
    trials, members = ledger.trials.page(sweep.id), ledger.trials.members(sweep.id)
    return [
        *_checkpoints_left(storage, sweep, members, mend),
        *_checkpoints_missing(storage, sweep, members),
        *_networks(storage, sweep, members, tracked, {trial.number: labels[trial.arm] for trial in trials}, mend),
        *_counts(sweep, spec, trials, members),
        *_accounts(trials, members),
    ]


def _checkpoints_left(
    storage: Storage, sweep: SweepRecord, members: list[MemberRecord], mend: bool
) -> Iterable[Difference]:
    states = {str(_key(member)): member.state for member in members}
    for name, touched in storage.checkpoints(sweep.id).items():
        state = states.get(name)
        is_over = state in OVER or (state is not None and state.is_final and sweep.state is SweepState.COMPLETED)
        if (is_over or state is None) and time.time() - touched > RECENT_SECONDS:
            why = f"which is {state}" if state else "of which the ledger has no network"
            if mend:
                storage.discard_checkpoint(sweep.id, name)
            yield _of(Kind.CHECKPOINT_LEFT, name, f"its checkpoint is still in the storage, {why}", mended=mend)


def _checkpoints_missing(storage: Storage, sweep: SweepRecord, members: list[MemberRecord]) -> Iterable[Difference]:
    """Of a paused sweep: while one trains, a network has none until its lane saves it."""
    for member in members if sweep.state is SweepState.PAUSED else ():
        waits = member.state is TrialState.WAITING and member.epoch > 0
        if waits and storage.load_checkpoint(sweep.id, _key(member)) is None:
            words = (
                f"it has trained {member.epoch} epochs and its checkpoint is not in the storage, or damaged; when the "
                "sweep goes on it trains them again from its seed, and what was booked of them stays"
            )
            yield _of(Kind.CHECKPOINT_MISSING, str(_key(member)), words, can_be_mended=False)


def _networks(
    storage: Storage,
    sweep: SweepRecord,
    members: list[MemberRecord],
    tracked: Run | None,
    labels: dict[int, str],
    mend: bool,
) -> Iterable[Difference]:
    for member in members:
        if member.phase != "confirmation" or member.state is not TrialState.COMPLETED:
            continue
        problem = storage.network_problem(sweep.id, _key(member))
        if problem is None:
            continue
        copy = _copy(tracked, labels[member.trial], member)
        if copy and mend:
            for name, data in copy.items():
                storage.put_network_file(sweep.id, _key(member), name, data)
        words = f"the trained network {problem} in the storage; " + (
            "MLflow has a copy" if copy else "no copy is in MLflow, which keeps the best of each arm: it is lost"
        )
        mended = bool(copy) and mend
        yield _of(Kind.NETWORK_MISSING, str(_key(member)), words, can_be_mended=bool(copy), mended=mended)


def _copy(tracked: Run | None, label: str, member: MemberRecord) -> dict[str, bytes]:
    """The files of this very network at the tracker, its description last; none where another one was kept."""
    folder = f"networks/{label}/"
    files = {path: data for path, data in tracked.files.items() if path.startswith(folder)} if tracked else {}
    described = files.get(f"{folder}network.json", b"").decode()
    is_this_one = f'"trial": {member.trial},' in described and f'"seed": {member.seed},' in described
    return {path.removeprefix(folder): files[path] for path in sorted(files, reverse=True)} if is_this_one else {}


def _counts(
    sweep: SweepRecord, spec: SweepSpec, trials: list[TrialRecord], members: list[MemberRecord]
) -> Iterable[Difference]:
    """A completed sweep has exactly its budget, and every trial its networks; nothing ever has more."""
    done = sweep.state is SweepState.COMPLETED
    by_arm = Counter(trial.arm for trial in trials if trial.state.is_final or not done)
    for arm, entry in enumerate(spec.compare):
        found, budget = by_arm[arm], spec.budget.trials
        if found > budget or (done and found < budget):
            words = f"it has {found} trials{' with an outcome' if done else ''}, and a budget of {budget}"
            yield _of(Kind.TRIALS, f"arm {entry.label()}", words, can_be_mended=False)
    networks = Counter((member.phase, member.trial) for member in members)
    for trial in trials:
        for phase, expected in (("search", spec.replicates), ("confirmation", spec.confirmation.seeds)):
            found = networks[phase, trial.number]  # type: ignore[index]
            if found != expected and (found or phase == "search"):
                words = f"it has {found} networks in the {phase}, and should have {expected}"
                yield _of(Kind.TRIALS, f"trial {trial.number}", words, can_be_mended=False)


def _accounts(trials: list[TrialRecord], members: list[MemberRecord]) -> Iterable[Difference]:
    """Of trials that have ended: the others' networks, which are read a moment later, may have gone on."""
    spent: dict[int, list[float]] = {}
    for member in members:
        if member.phase == "search":
            spent.setdefault(member.trial, []).append(member.device_seconds)
    for trial in (trial for trial in trials if trial.state.is_final):
        parts = math.fsum(spent.get(trial.number, []))
        if not math.isclose(parts, trial.device_seconds, rel_tol=1e-9, abs_tol=1e-6):
            words = f"it is booked with {trial.device_seconds:.6f} device seconds, and its networks with {parts:.6f}"
            yield _of(Kind.ACCOUNT, f"trial {trial.number}", words, can_be_mended=False)


def _key(member: MemberRecord) -> MemberKey:
    return MemberKey(member.phase, member.trial, member.seed)


def _of(kind: Kind, about: str, words: str, can_be_mended: bool = True, mended: bool = False) -> Difference:
    return Difference(kind=kind, about=about, words=words, can_be_mended=can_be_mended, mended=mended)
