"""Every request has an id, in its answer, its problem and its lines of the log; the log holds no secret."""

import io
import json
import logging
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from service.logs import JsonLines, TextLines
from service.request_ids import request_id
from tests.service.conftest import Document

Post = Callable[[Document], int]


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    """What the service logs, as JSON lines."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    handler.addFilter(lambda record: record.name.startswith("npsweep"))  # neither our client nor uvicorn
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def lines(told: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in told.getvalue().splitlines()]


def test_a_sane_id_is_taken_over_and_any_other_is_replaced(api: httpx.Client) -> None:
    assert api.get("/healthz", headers={"X-Request-Id": "mine-1.2_3"}).headers["x-request-id"] == "mine-1.2_3"
    made = {
        api.get("/healthz", headers={"X-Request-Id": bad}).headers["x-request-id"] for bad in ("a b", "x" * 65, "u=")
    }
    assert len(made) == 3
    assert all(len(one) == 32 for one in made)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/sweeps/99", 404),
        ("GET", "/nothing", 404),
        ("DELETE", "/api/v1/sweeps", 405),
        ("GET", "/api/v1/sweeps?limit=0", 422),
        ("POST", "/api/v1/sweeps", 422),
    ],
)
def test_a_problem_says_the_id_of_its_request(method: str, path: str, status: int, api: httpx.Client) -> None:
    answer = api.request(method, path, headers={"X-Request-Id": "mine"})
    assert (answer.status_code, answer.json()["request_id"], answer.headers["x-request-id"]) == (status, "mine", "mine")


def test_a_refused_token_and_a_large_body_have_an_id_too(address: str, api: httpx.Client) -> None:
    assert httpx.get(f"{address}/api/v1/sweeps", headers={"X-Request-Id": "a"}).json()["request_id"] == "a"
    large = api.post("/api/v1/sweeps", content=b"x" * 1_000_001, headers={"X-Request-Id": "b"})
    assert (large.status_code, large.json()["request_id"]) == (413, "b")


def test_each_request_is_one_line_with_its_route_status_caller_and_id_and_without_its_secrets(
    api: httpx.Client, spec: Document, post: Post, told: io.StringIO, token: str
) -> None:
    sweep_id = post(spec)
    api.get(f"/api/v1/sweeps/{sweep_id}", params={"password": "hidden"}, headers={"X-Request-Id": "shown"})
    api.get("/somewhere/else")
    while len(lines(told)) < 3:  # a line is written when its answer was sent
        time.sleep(0.01)
    posted, shown, missed = lines(told)
    assert (posted["method"], posted["route"], posted["status"]) == ("POST", "/api/v1/sweeps", 202)
    assert (shown["route"], shown["status"], shown["request_id"]) == ("/api/v1/sweeps/{sweep_id}", 422, "shown")
    assert (shown["team"], shown["user"]) == (1, 1)
    assert isinstance(shown["ms"], float)
    assert (missed["route"], missed["status"], missed["team"]) == ("unmatched", 404, None)
    for secret in (token, "hidden", spec["name"], "somewhere"):
        assert secret not in told.getvalue()


def test_where_we_fail_the_answer_and_the_log_have_the_same_id(
    api: httpx.Client, told: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing() -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("service.answers.catalogue.rules", failing)
    answer = api.get("/api/v1/rules", headers={"X-Request-Id": "lost"})
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (500, "nosniff")
    assert (answer.json()["type"], answer.json()["request_id"]) == ("urn:npsweep:problem:internal-error", "lost")
    while len(lines(told)) < 2:
        time.sleep(0.01)
    failure, access = lines(told)
    assert (failure["request_id"], "RuntimeError" in str(failure["exception"])) == ("lost", True)
    assert (access["request_id"], access["status"]) == ("lost", 500)
    assert "hunter2" not in told.getvalue()


def test_the_text_format_has_the_id_and_no_secret() -> None:
    record = logging.LogRecord("here", logging.INFO, __file__, 1, "token=%s", ("nps_secret",), None)
    token = request_id.set("mine")
    try:
        line = TextLines().format(record)
    finally:
        request_id.reset(token)
    assert line.endswith("INFO here [mine]: token=***")
