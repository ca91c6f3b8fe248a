"""Lists: filtered, sorted, and page by page without losing or doubling a row, whatever is added meanwhile."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from service.app import create_app
from service.settings import ServiceSettings
from sweeps.ledger import Ledger, tables
from sweeps.ledger.trials import Batch
from sweeps.spec import SweepSpec
from sweeps.states import Origin, SweepState, TrialState
from tests.service.conftest import small_spec
from tests.service.live import served
from tests.service.memory_cluster import MemoryCluster
from tests.service.test_sweeps_api import trial

Names = list[str]
VALUES = [0.5, 0.25, 0.5, 1e-300, 0.75, None, -0.1]


class Lab:
    """A team whose sweeps are called a to f, over each kind of ledger."""

    def __init__(self, ledger: Ledger, api: httpx.Client) -> None:
        self.ledger = ledger
        self.api = api
        for name in "cafbde":
            self.post(name)

    def post(self, name: str) -> int:
        spec = SweepSpec.model_validate(small_spec() | {"name": name}).model_dump(mode="json")
        return self.ledger.sweeps.post(1, 1, spec).id

    def change(self, name: str, **values: Any) -> None:
        with self.ledger.sweeps._writing.begin() as connection:
            connection.execute(update(tables.sweeps).where(tables.sweeps.c.name == name).values(values))

    def names(self, **params: Any) -> str:
        return "".join(one["name"] for one in self.pages("/api/v1/sweeps", **params))

    def pages(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Every item, two at a time."""
        while True:
            page = self.api.get(path, params={"limit": 2} | params).raise_for_status().json()
            yield from page["items"]
            if page["next"] is None:
                return
            params["cursor"] = page["next"]


@pytest.fixture
def lab(ledger_url: str, settings: ServiceSettings) -> Iterator[Lab]:
    ledger = Ledger(ledger_url)
    ledger.migrate()
    headers = {"Authorization": f"Bearer {ledger.accounts.first_admin()}"}
    of_this_ledger = settings.model_copy(update={"ledger_url": ledger_url})
    with (
        served(lambda closing: create_app(of_this_ledger, MemoryCluster(), closing)) as address,
        httpx.Client(base_url=address, headers=headers) as api,
    ):
        yield Lab(ledger, api)
    ledger.close()


def test_sweeps_are_sorted_both_ways_by_what_was_asked_for(lab: Lab) -> None:
    for name, finished_at in (("a", 30.5), ("b", 10.25), ("c", 30.5), ("d", 20.0)):
        lab.change(name, finished_at=finished_at)
    assert (lab.names(), lab.names(sort="-created"), lab.names(sort="created")) == ("edbfac", "edbfac", "cafbde")
    assert (lab.names(sort="name"), lab.names(sort="-name")) == ("abcdef", "fedcba")
    assert (lab.names(sort="finished"), lab.names(sort="-finished")) == ("bdca", "acdb")


def test_sweeps_are_filtered_by_state_name_label_user_archive_and_time(lab: Lab) -> None:
    lab.ledger.lifecycle.stop(1)
    lab.ledger.lifecycle.pause(2)
    lab.change("b", labels=["good", "x%y"], created_at=1_000.0)
    lab.change("d", labels=["goods"], created_at=2_000.0)
    lab.change("e", labels=None, archived_at=5.0)
    assert lab.names(state="stopped") == "c"
    assert lab.names(state=["stopped", "paused"]) == "ac"
    assert (lab.names(name="A"), lab.names(name="%"), lab.names(name="nowhere")) == ("a", "", "")
    assert (lab.names(label="good"), lab.names(label="x%y"), lab.names(label="GOOD")) == ("b", "b", "")
    assert (lab.names(user="admin"), lab.names(user="eve")) == ("dbfac", "")
    assert (lab.names(archived="true"), lab.names(archived="any")) == ("e", "edbfac")
    before = {"created_until": "2000-01-01", "sort": "created"}
    assert lab.names(**before) == "bd"
    assert lab.names(**before, created_since="1970-01-01T00:16:41Z") == "d"


@pytest.mark.parametrize("sort", ["created", "-created", "name", "-name"])
def test_what_is_added_between_two_pages_neither_doubles_nor_hides_a_row(sort: str, lab: Lab) -> None:
    pages = lab.pages("/api/v1/sweeps", sort=sort)
    seen = [next(pages)["name"], next(pages)["name"]]
    lab.post("A")
    lab.post("z")
    seen += [one["name"] for one in pages]
    assert set("abcdef") <= set(seen)
    assert len(set(seen)) == len(seen)


def book(lab: Lab) -> str:
    """A sweep with a trial for each of VALUES; where its list is."""
    attempt = lab.ledger.sweeps.start_attempt(1)
    lab.ledger.sweeps.move(1, SweepState.RUNNING)
    trials = {}
    for number, value in enumerate(VALUES):
        state = TrialState.RUNNING if value is None else TrialState.COMPLETED
        made = replace(trial(1, number, state, value), finished_at=None if value is None else 100.0 - number)
        trials[number] = replace(made, origin=Origin.ENQUEUED) if number == 1 else made
    lab.ledger.trials.book(1, attempt, Batch(trials))
    return "/api/v1/sweeps/1/trials"


def test_trials_are_sorted_and_filtered(lab: Lab) -> None:
    path = book(lab)

    def numbers(**params: Any) -> list[int]:
        return [one["number"] for one in lab.pages(path, **params)]

    assert (numbers(), numbers(sort="-number")) == ([0, 1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1, 0])
    assert (numbers(sort="value"), numbers(sort="-value")) == ([6, 3, 1, 0, 2, 4], [4, 2, 0, 1, 3, 6])
    assert (numbers(sort="finished"), numbers(sort="-finished")) == ([6, 4, 3, 2, 1, 0], [0, 1, 2, 3, 4, 6])
    assert (numbers(value_from=0.25, value_to=0.5), numbers(value_to=0.0)) == ([0, 1, 2], [6])
    assert (numbers(origin="enqueued"), numbers(state=["running"]), numbers(arm="danp")) == ([1], [5], [1, 3, 5])
    assert numbers(sort="-value", arm="bp", state="completed") == [4, 2, 0, 6]


@pytest.mark.parametrize(
    ("path", "params", "field", "remedy"),
    [
        ("", {"created_since": "2026-02-01", "created_until": "2026-01-01"}, "created_until", "exchange them"),
        ("", {"sort": "finished", "state": "queued"}, "sort", "sort by created or name"),
        ("", {"sort": "value"}, "sort", "write"),
        ("", {"archived": "maybe"}, "archived", "write"),
        ("", {"name": "a\0"}, "name", ""),
        ("/1/trials", {"value_from": 1, "value_to": 0}, "value_to", "exchange them"),
        ("/1/trials", {"value_from": "nan"}, "value_from", ""),
        ("/1/trials", {"sort": "name"}, "sort", "write"),
    ],
)
def test_what_excludes_each_other_is_refused_with_the_remedy(
    path: str, params: dict[str, Any], field: str, remedy: str, lab: Lab
) -> None:
    answer = lab.api.get(f"/api/v1/sweeps{path}", params=params)
    assert answer.status_code == 422
    finding = answer.json()["errors"][0]
    assert (finding["field"], remedy in finding["remedy"]) == (field, True), finding


@pytest.mark.parametrize(
    ("path", "sort", "other"),
    [("", "created", "-created"), ("", "name", "created"), ("/1/trials", "number", "value")],
)
def test_a_cursor_belongs_to_its_sort(path: str, sort: str, other: str, lab: Lab) -> None:
    book(lab)
    cursor = lab.api.get(f"/api/v1/sweeps{path}", params={"limit": 2, "sort": sort}).json()["next"]
    answer = lab.api.get(f"/api/v1/sweeps{path}", params={"sort": other, "cursor": cursor})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:npsweep:problem:bad-cursor")
    assert repr(sort) in answer.json()["detail"]


@pytest.mark.parametrize("path", ["", "/1/trials", "/1/inherited"])
@pytest.mark.parametrize(
    "cursor",
    ["x", "7", "W10", "bnVsbA", "ä", "WyItY3JlYXRlZCIsMTAwMDAwMDAwMDAwMDAwMDAwMDAwMF0", "WyIiLCJhIiwiYiJd", "="],
)
def test_what_is_no_cursor_is_refused(path: str, cursor: str, lab: Lab) -> None:
    answer = lab.api.get(f"/api/v1/sweeps{path}", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:npsweep:problem:bad-cursor")


def test_ids_that_no_database_column_holds_are_no_error_of_ours(lab: Lab) -> None:
    for biggest in (2**31 - 1, 2**31, 2**63 - 1, 2**63):
        for path in (f"/{biggest}", f"/1/trials/{biggest}", f"/1/reconciliations/{biggest}"):
            assert lab.api.get(f"/api/v1/sweeps{path}").status_code in (404, 422)
    for answer in (
        lab.api.get("/api/v1/sweeps/compare", params={"ids": [1, 2**31]}),
        lab.api.post("/api/v1/tokens", json={"name": "of nobody", "user": 2**31}),
    ):
        assert (answer.status_code, int(answer.json()["errors"][0]["value"])) == (422, 2**31), answer.text
