"""Importance beside other threads."""

import random
import threading
import warnings

from sweeps.search.importance import importances
from sweeps.space import Float


def test_threads_at_once_leave_the_processs_warnings_as_they_were() -> None:
    chance, space = random.Random(0), {"a": Float(low=0.0, high=1.0), "b": Float(low=0.0, high=1.0)}
    tried = [({"a": chance.random(), "b": chance.random()}, chance.random()) for _ in range(60)]
    before = list(warnings.filters)
    threads = [threading.Thread(target=importances, args=(space, tried, True, 10)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before
