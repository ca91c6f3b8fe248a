"""What cannot run is refused: with field, value, rule and remedy, and without a row left behind."""

from typing import Any

import httpx
import pytest

from service.problems.details import LONGEST_VALUE, shown
from sweeps.ledger import Ledger
from tests.service.conftest import Document, small_spec
from tests.service.test_sweeps_api import Post

JSON = {"Content-Type": "application/json"}


def searched(rule: str, path: str, dimension: Document) -> Document:
    return {"compare": [{"rule": rule, "space": {path: dimension}}]}


RANGE = {"kind": "float", "low": 0.001, "high": 0.1}
BAD: dict[str, tuple[Document, str, Any, str]] = {
    "an unknown field": ({"bugdet": 3}, "bugdet", 3, "no field of this name"),
    "an unknown field of a rule": (
        {"compare": [{"rule": {"name": "anp", "noise": 2}}]},
        "compare[0].rule.noise",
        2,
        "no field of this name",
    ),
    "an unknown rule": ({"compare": [{"rule": "npp"}]}, "compare[0].rule", "npp", "is none of 'bp', 'np'"),
    "a range with low above high": (
        searched("anp", "learning_rate", {"kind": "float", "low": 1, "high": 0.5}),
        "compare[0].space.learning_rate",
        {"kind": "float", "low": 1, "high": 0.5},
        "low must be below high",
    ),
    "a log range with 0": (
        {"search": {"space": {"learning_rate": {"kind": "float", "low": 0, "high": 1, "log": True}}}},
        "search.space.learning_rate",
        {"kind": "float", "low": 0, "high": 1, "log": True},
        "must start above 0",
    ),
    "decorrelation_rate without decorrelation": (
        searched("anp", "decorrelation_rate", RANGE),
        "compare[0].space.decorrelation_rate",
        RANGE,
        "decorrelation_rate does not exist here",
    ),
    "noise_scale on bp": (
        searched("bp", "noise_scale", RANGE),
        "compare[0].space.noise_scale",
        RANGE,
        "noise_scale does not exist here",
    ),
    "a hidden size of 0": ({"network": {"kind": "dense", "hidden": [8, 0]}}, "network.hidden", [8, 0], "at least 1"),
    "0 trials": ({"budget": {"trials": 0}}, "budget.trials", 0, "at least 1"),
    "an unknown data set": ({"data": "mist"}, "data", "mist", "is none of 'digits'"),
    "0 replicates": ({"replicates": 0}, "replicates", 0, "at least 1"),
    "an enqueued value outside the range": (
        {"compare": [{"rule": "anp", "enqueued": [{"learning_rate": 5.0}]}]},
        "compare[0].enqueued[0].learning_rate",
        5.0,
        "is not between 0.0001 and 0.03",
    ),
    "a missing field": ({"budget": {}}, "budget.trials", None, "is required"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_specification_names_field_value_rule_and_remedy(name: str, api: httpx.Client, ledger: Ledger) -> None:
    changes, field, value, rule = BAD[name]
    answer = api.post("/api/v1/sweeps", json=small_spec() | changes)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (finding,) = answer.json()["errors"]
    assert (finding["field"], finding["value"]) == (field, value)
    assert rule in finding["rule"]
    assert finding["remedy"]
    assert field in answer.json()["detail"]
    assert ledger.lists.sweeps(team_id=1) == []


BODIES: dict[str, tuple[bytes, dict[str, str], int]] = {
    "no JSON": (b"{nope", JSON, 400),
    "JSON nested too deeply": (b"[" * 100_000, JSON, 400),
    "a number with too many digits": (b'{"name":' + b"1" * 5_000 + b"}", JSON, 400),
    "no UTF-8": (b"\xff\xfe\x00", JSON, 400),
    "no object": (b"[1]", JSON, 422),
    "nothing": (b"", JSON, 422),
    "NaN as a value": (b'{"name": NaN, "budget": {"trials": Infinity}}', JSON, 422),
    "half a surrogate pair": (b'{"notes": "\\ud800"}', JSON, 422),
    "a megabyte too much": (b'"' + b"x" * 2_000_000 + b'"', JSON, 413),
    "YAML": (b"name: small", {"Content-Type": "application/yaml"}, 415),
    "no declared type": (b"{}", {}, 415),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_specification_is_a_problem_of_the_client(
    name: str, api: httpx.Client, ledger: Ledger
) -> None:
    content, headers, status = BODIES[name]
    answer = api.post("/api/v1/sweeps", content=content, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]
    assert ledger.lists.sweeps(team_id=1) == []


def test_a_long_body_without_a_length_is_cut_off(api: httpx.Client) -> None:
    answer = api.post("/api/v1/sweeps", content=(b"x" * 100_000 for _ in range(20)), headers=JSON)
    assert answer.status_code == 413


def test_a_nul_character_is_refused(api: httpx.Client, spec: Document) -> None:
    answer = api.post("/api/v1/sweeps", json=spec | {"notes": "a\x00b"})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:npsweep:problem:not-text")


def test_every_finding_is_listed(api: httpx.Client, spec: Document) -> None:
    answer = api.post("/api/v1/sweeps", json=spec | {"replicates": 0, "budget": {"trials": 0}, "colour": "red"})
    assert {finding["field"] for finding in answer.json()["errors"]} == {"replicates", "budget.trials", "colour"}


@pytest.mark.parametrize(
    ("path", "params", "rule"),
    [
        ("usage", {"since": "yesterday"}, "is no date or time"),
        ("usage", {"since": "2026-13-01"}, "is no date or time"),
        ("sweeps/1/report", {"format": "xml"}, "is none of 'table', 'md', 'csv', 'json', 'tex' or 'html'"),
        ("sweeps/1/trials", {"state": "done"}, "is none of 'waiting', 'running', 'completed'"),
        ("sweeps/1/trials", {"arm": "dnp"}, "there is no arm 'dnp'"),
        ("sweeps/1/trials/export", {"epochs": "perhaps"}, "is neither true nor false"),
        ("sweeps/1/trials/export", {"format": "xls"}, "is none of 'csv' or 'parquet'"),
        ("sweeps", {"limit": "many"}, "is no whole number"),
        ("sweeps", {"limit": 10**30}, "must be at most"),
    ],
)
def test_a_parameter_that_cannot_be_is_explained_in_our_own_words(
    path: str, params: dict[str, str], rule: str, api: httpx.Client, spec: Document, post: Post
) -> None:
    post(spec)
    answer = api.get(f"/api/v1/{path}", params=params)
    (finding,) = answer.json()["errors"]
    assert (answer.status_code, finding["field"].partition("[")[0]) == (422, next(iter(params)))
    assert rule in finding["rule"]
    assert finding["remedy"]
    assert finding["rule"] in answer.json()["detail"]
    assert "nput should" not in answer.text


def test_what_may_be_a_number_or_a_word_and_is_neither_is_one_mistake(
    api: httpx.Client, spec: Document, post: Post
) -> None:
    verb = f"/api/v1/sweeps/{post(spec)}/lanes"
    for answer in (api.post("/api/v1/sweeps", json=spec | {"lanes": "many"}), api.post(verb, json={"lanes": "many"})):
        (finding,) = answer.json()["errors"]
        assert (finding["field"], finding["value"]) == ("lanes", "many")
        assert finding["rule"] == "is no whole number and is none of 'auto'"
        assert finding["remedy"] == "write a whole number, or write 'auto'"
    (finding,) = api.post(verb, json={"lanes": 0}).json()["errors"]
    assert (finding["rule"], finding["remedy"]) == (
        "must be at least 1 and is none of 'auto'",
        "give 1 or more, or write 'auto'",
    )


def test_each_kind_of_bad_request_has_a_type_of_its_own(api: httpx.Client, spec: Document, post: Post) -> None:
    ident = post(spec | {"search": {"sampler": "grid", "space": {"learning_rate": GRID}}, "compare": [{"rule": "bp"}]})
    answers = {
        "invalid-specification": api.post("/api/v1/sweeps", json=spec | {"replicates": 0}),
        "invalid-request": api.post("/api/v1/users", json={"name": ""}),
        "invalid-parameter": api.get("/api/v1/sweeps", params={"limit": 0}),
    }
    assert {answer.json()["type"].split(":")[-1]: answer for answer in answers.values()} == answers
    extended = api.post(f"/api/v1/sweeps/{ident}/extend", json={"trials": 9})
    assert (extended.status_code, extended.json()["type"]) == (422, "urn:npsweep:problem:invalid-specification")
    (finding,) = extended.json()["errors"]
    assert (finding["field"], "alue error" in extended.text) == ("compare[0]", False)


GRID: Document = {"kind": "choice", "values": [1e-3, 2e-3, 3e-3]}


def test_no_finding_has_a_remedy_that_only_repeats_the_rule(api: httpx.Client, spec: Document) -> None:
    """Parts that refuse each other in the words of the rooms below."""
    wrong: list[Document] = [
        {"compare": [{"rule": "bp", "fixed": {"training.batch_size": 0}}]},
        {"compare": [{"rule": "bp", "space": {"training.epochs": {"kind": "int", "low": 0, "high": 3}}}]},
        {"search": {"space": {"training.epochs": {"kind": "int", "low": 0, "high": 3}}}},
        {"compare": [{"rule": "bp", "enqueued": [{"learning_rate": 1e-3}] * 9}]},
        {"search": {"sampler": "cmaes"}, "compare": [{"rule": "bp", "space": {"network.hidden": WIDTHS}}]},
    ]
    for change in wrong:
        answer = api.post("/api/v1/sweeps", json=spec | change)
        assert answer.status_code == 422, answer.text
        assert all("documentation at /docs" not in one["remedy"] for one in answer.json()["errors"]), answer.text


WIDTHS: Document = {"kind": "choice", "values": [[8], [9]]}


def test_an_address_longer_than_any_of_ours_is_refused(api: httpx.Client) -> None:
    for address in ("/api/v1/sweeps/" + "a" * 40_000, "/api/v1/sweeps?cursor=" + "a" * 40_000):
        answer = api.get(address)
        assert (answer.status_code, answer.json()["type"]) == (414, "urn:npsweep:problem:address-too-long")


def test_a_parameter_that_a_route_does_not_know_is_named_with_those_that_it_knows(api: httpx.Client) -> None:
    """Every route of the document is asked, a new one too."""
    ids = {"sweep_id": 1, "number": 0, "user_id": 1, "token_id": 1, "team_id": 1, "name": "history", "figure": "arms"}
    for path, methods in api.get("/openapi.json").json()["paths"].items():
        for method, operation in methods.items() if path.startswith("/api/") else ():
            answer = api.request(method, path.format(**ids), params={"xyzzy": "running"}, json={})
            assert answer.status_code == 422, (method, path, answer.text)
            (finding,) = answer.json()["errors"]
            assert (finding["field"], finding["value"]) == ("xyzzy", "running")
            known = [one["name"] for one in operation["parameters"] if one["in"] == "query"]
            assert all(name in finding["remedy"] for name in known), (path, finding["remedy"])
    misspelt = api.get("/api/v1/sweeps", params={"statee": "running", "sort": "name"})
    assert misspelt.json()["detail"] == "statee: there is no parameter of this name; did you mean 'state'?"


def test_every_value_can_be_shown_in_a_problem() -> None:
    endless: list[Any] = []
    endless.append(endless)
    for value in (10**5_000, {"seed": -(10**5_000)}, endless, float("nan"), {1: b"\xff"}, "\ud800"):
        assert len(str(shown(value))) <= LONGEST_VALUE + 1
