"""How many members a lane trains at once: the knee of the curve is found, and memory's end is survived."""

import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeps.places import SAMPLES, Places
from sweeps.search.study import ArmSearch, Suggestion
from sweeps.space import Value
from tests.sweeps.running import Desk


def measured(places: Places, knee: int, noise: list[float]) -> int:
    """The count that is found on a device which trains `knee` members as fast as one, and more only in turn."""
    for epoch in range(100):
        seconds = max(1.0, places.count / knee) * noise[epoch % len(noise)]
        places.trained("shape", places.count, seconds if epoch else 10.0)  # the first claims its memory
    return places.count


@given(knee=st.sampled_from([8, 16, 32, 64, 128, 1024]), noise=st.lists(st.floats(0.98, 1.02), min_size=1, max_size=20))
def test_the_count_from_which_training_gets_no_faster_is_found(knee: int, noise: list[float]) -> None:
    assert measured(Places(8, most=256), knee, noise) == min(knee, 256)


def test_a_count_that_was_given_stays() -> None:
    assert measured(Places(8), 64, [1.0]) == 8


def test_a_lane_that_is_not_full_says_nothing() -> None:
    places = Places(8, most=64)
    for _ in range(10 * SAMPLES):
        places.trained("shape", 7, 1.0)
    assert places.count == 8


def test_a_count_is_compared_only_with_the_same_kind_of_network() -> None:
    places = Places(8, most=16)
    for _ in range(1 + SAMPLES):
        places.trained("small", 8, 1.0)
    for _ in range(1 + SAMPLES):
        places.trained("large", 16, 100.0)
    assert places.count == 16


def test_where_memory_ends_half_go_on_and_it_never_grows_again() -> None:
    places = Places(32, most=1024)
    assert places.halve(20)
    assert measured(places, 1024, [1.0]) == 10
    assert not Places(4).halve(1)


def test_a_lane_without_memory_for_its_members_goes_on_with_half_of_them(tmp_path: Path) -> None:
    """A process whose memory is limited to little more than it has: eight do not fit, and nothing fails or is lost."""
    code = f"""
import logging, resource
from pathlib import Path
import torch
from tests.sweeps.running import Desk, finish
logging.basicConfig(level=logging.WARNING)
torch.set_num_threads(1)
desk = Desk(Path({str(tmp_path)!r}))
sweep_id = desk.post(
    network={{"kind": "dense", "hidden": [1200, 1200]}}, training={{"epochs": 1, "batch_size": 500}},
    search={{"sampler": {{"name": "grid", "points": 8}}}}, budget={{"trials": 8}}, compare=[{{"rule": "bp"}}],
    confirmation={{"seeds": 1}},
)
coordinator = desk.attempt(sweep_id)
lane = desk.lane(coordinator, sweep_id, places=8)
now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + 320 * 2**20, resource.RLIM_INFINITY))
print(finish(coordinator, [lane]), lane._places.count)
print([(trial.state.value, trial.reason) for trial in desk.ledger.trials.page(sweep_id)])
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    outcome, trials = answer.stdout.splitlines()
    assert outcome in ("done 4", "done 2", "done 1"), answer.stderr
    assert trials == str([("completed", None)] * 8)
    assert "no memory for 8 networks at once" in answer.stderr


def test_what_is_left_is_shared_evenly_between_the_lanes(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    sweep_id = desk.post(budget={"trials": 5}, search={"sampler": "random"}, compare=[{"rule": "bp"}])
    coordinator = desk.attempt(sweep_id)
    passes = [coordinator.register(number) for number in range(2)]
    assert [len(coordinator.exchange(one, [], free=8).start) for one in passes] == [3, 2]


def test_an_exchange_does_not_wait_for_a_suggestion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path)
    sweep_id = desk.post(budget={"trials": 5}, search={"sampler": "tpe"}, compare=[{"rule": "bp"}])
    coordinator = desk.attempt(sweep_id)
    lane = coordinator.register(0)
    assert len(coordinator.exchange(lane, [], free=1).start) == 1
    ask, asked, go = ArmSearch.ask, threading.Event(), threading.Event()

    def slow(search: ArmSearch, enqueued: Mapping[str, Value] | None = None) -> Suggestion:
        asked.set()
        assert go.wait(60)
        return ask(search, enqueued)

    monkeypatch.setattr(ArmSearch, "ask", slow)
    asking = threading.Thread(target=coordinator.tick)
    asking.start()
    assert asked.wait(60)
    assert coordinator.exchange(lane, [], free=1).start == (), "it returns while the sampler is still thinking"
    go.set()
    asking.join()
    assert [one.member.trial for one in coordinator.exchange(lane, [], free=1).start] == [1]
