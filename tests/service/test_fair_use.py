"""Rate limits, metrics, compression, browsers, and the methods that every address takes."""

import gzip
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

import httpx
import pytest

from service.app import create_app
from service.layers.buckets import Buckets
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from sweeps.roles import Scope
from tests.service.conftest import Document
from tests.service.live import served
from tests.service.memory_cluster import MemoryCluster

Post = Callable[[Document], int]
Serve = Callable[..., AbstractContextManager[str]]
PREFIX = "urn:npsweep:problem:"


@pytest.fixture
def serve(settings: ServiceSettings) -> Serve:
    """Serves an API with other settings."""
    return lambda **changes: served(
        lambda closing: create_app(settings.model_copy(update=changes), MemoryCluster(), closing)
    )


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_bucket_gives_what_was_saved_and_then_says_how_long_to_wait() -> None:
    buckets = Buckets(rate=0.5, burst=2)
    assert [buckets.take("a") for _ in range(2)] == [0.0, 0.0]
    assert 1.5 < buckets.take("a") <= 2.0
    assert buckets.take("b") == 0.0
    assert [Buckets(rate=0, burst=1).take("a") for _ in range(3)] == [0.0] * 3


def test_a_token_that_asks_too_much_is_told_when_to_go_on_and_no_other_is_held_up(
    serve: Serve, token: str, ledger: Ledger
) -> None:
    other = ledger.accounts.new_token("admin", "other")
    with serve(rate_per_second=0.01, rate_burst=3.0) as address:
        answers = [httpx.get(f"{address}/api/v1/rules", headers=bearer(token)) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[3].json()["type"] == PREFIX + "too-many-requests"
        assert 90 <= int(answers[3].headers["retry-after"]) <= 100
        assert httpx.get(f"{address}/api/v1/rules", headers=bearer(other)).status_code == 200
        assert httpx.get(f"{address}/healthz", headers=bearer(token)).status_code == 200


def test_who_tries_tokens_is_held_up_and_a_good_token_never_seen_before_is_not(
    serve: Serve, token: str, ledger: Ledger
) -> None:
    late = ledger.accounts.new_token("admin", "late")
    with serve(failures_per_second=0.01, failures_burst=3.0) as address:
        assert httpx.get(f"{address}/api/v1/rules", headers=bearer(token)).status_code == 200
        tried = [httpx.get(f"{address}/api/v1/rules", headers=bearer(f"nps_{n}")).status_code for n in range(4)]
        assert tried == [401, 401, 401, 429]
        assert httpx.get(f"{address}/api/v1/rules").json()["type"] == PREFIX + "too-many-failures"
        assert httpx.get(f"{address}/api/v1/rules", headers=bearer(token)).status_code == 200
        assert httpx.get(f"{address}/api/v1/rules", headers=bearer(late)).status_code == 200


def test_what_is_open_to_all_makes_no_token_good(serve: Serve) -> None:
    with serve(open_metrics=True, failures_per_second=0.01, failures_burst=1.0) as address:
        assert httpx.get(f"{address}/metrics", headers=bearer("nps_1")).status_code == 200
        tried = [httpx.get(f"{address}/api/v1/rules", headers=bearer("nps_1")).status_code for _ in range(2)]
        assert tried == [401, 429]


def test_metrics_count_requests_by_route_and_sweeps_by_state_and_name_nobody(
    api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    ledger.lifecycle.stop(post(spec | {"name": "unmistakable"}))
    post(spec)
    api.get("/api/v1/sweeps/1")
    api.get("/api/v1/sweeps/77")
    api.get("/somewhere/else")
    answer = api.get("/metrics")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/plain")
    route = 'route="/api/v1/sweeps/{sweep_id}"'
    for line in (
        f'npsweep_requests_total{{method="GET",{route},status="200"}} 1.0',
        f'npsweep_requests_total{{method="GET",{route},status="404"}} 1.0',
        'npsweep_requests_total{method="GET",route="unmatched",status="404"} 1.0',
        f'npsweep_request_seconds_count{{method="GET",{route}}} 2.0',
        'npsweep_sweeps{state="queued"} 1.0',
        'npsweep_sweeps{state="stopped"} 1.0',
        "npsweep_open_streams 0.0",
        "npsweep_reconciler_looks 0.0",
        "npsweep_ledger_errors_total 0.0",
    ):
        assert line in answer.text.splitlines(), line
    assert not any(name in answer.text for name in ("unmistakable", "default", "admin", "somewhere"))


def test_open_streams_are_counted(api: httpx.Client, spec: Document, post: Post) -> None:
    with api.stream("GET", f"/api/v1/sweeps/{post(spec)}/events") as answer:
        lines = answer.iter_lines()  # which closes the stream when it goes
        assert next(lines)
        assert "npsweep_open_streams 1.0" in api.get("/metrics").text


def test_a_token_may_have_so_many_streams_open_and_others_theirs(serve: Serve, token: str, ledger: Ledger) -> None:
    other = ledger.tokens.add(1, "other", Scope.READ).secret
    with serve(streams_per_token=2) as address, httpx.Client(base_url=address, timeout=10) as client:
        path = "/api/v1/events"
        with ExitStack() as held:
            for _ in range(2):
                stream = held.enter_context(client.stream("GET", path, headers=bearer(token)))
                assert stream.status_code == 200
            refused = client.get(path, headers=bearer(token))
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
            assert refused.json()["type"] == "urn:npsweep:problem:too-many-streams"
            assert "your token has 2 event streams open" in refused.json()["detail"]
            with client.stream("GET", path, headers=bearer(other)) as theirs:
                assert theirs.status_code == 200
        while client.head(path, headers=bearer(token)).status_code == 429:
            time.sleep(0.05)  # until the service has noticed that they were closed


def test_metrics_are_for_who_has_a_token_or_for_all(serve: Serve) -> None:
    with serve() as closed:
        assert httpx.get(f"{closed}/metrics").status_code == 401
    with serve(open_metrics=True) as opened:
        assert httpx.get(f"{opened}/metrics").status_code == 200


def test_long_answers_are_compressed_and_streams_are_not(
    api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = post(spec)
    ledger.lifecycle.stop(sweep_id)
    plain = api.get(f"/api/v1/sweeps/{sweep_id}", headers={"Accept-Encoding": "identity"})
    with api.stream("GET", f"/api/v1/sweeps/{sweep_id}") as short:
        raw = b"".join(short.iter_raw())
    assert (short.headers["content-encoding"], "Accept-Encoding" in short.headers["vary"]) == ("gzip", True)
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 2
    assert "content-encoding" not in api.get("/healthz").headers
    assert "content-encoding" not in api.get(f"/api/v1/sweeps/{sweep_id}/events").headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_no_page_of_another_origin_may_read_an_answer(origin: str, api: httpx.Client) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for answer in (api.get("/api/v1/rules", headers=headers), api.options("/api/v1/sweeps", headers=headers)):
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_pages_of_an_allowed_origin_may(serve: Serve) -> None:
    lab, evil = {"Origin": "https://lab.example"}, {"Origin": "https://evil.example"}
    question = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "idempotency-key"}
    with serve(cors_origins=["https://lab.example"]) as address:
        preflight = httpx.options(f"{address}/api/v1/sweeps", headers=lab | question)
        assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, lab["Origin"])
        answer = httpx.get(f"{address}/api/v1/rules", headers=lab)
        assert "ETag" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-origin" not in httpx.get(f"{address}/healthz", headers=evil).headers


def test_an_allowed_page_can_read_that_we_have_failed(serve: Serve, token: str, spec: Document, ledger: Ledger) -> None:
    sweep = ledger.sweeps.post(1, 1, spec | {"compare": "damaged"})
    headers = bearer(token) | {"Origin": "https://lab.example", "X-Request-Id": "mine"}
    with serve(cors_origins=["https://lab.example"]) as address:
        answer = httpx.get(f"{address}/api/v1/sweeps/{sweep.id}", headers=headers)
    assert (answer.status_code, answer.json()["request_id"]) == (500, "mine")
    wanted = {
        "access-control-allow-origin": "https://lab.example",
        "x-request-id": "mine",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    }
    assert wanted.items() <= answer.headers.items()


def test_head_is_get_without_a_body_also_of_a_stream(api: httpx.Client, spec: Document, post: Post) -> None:
    sweep = f"/api/v1/sweeps/{post(spec)}"
    for path in ("/api/v1/rules", f"{sweep}/report", "/healthz", "/docs"):
        whole, head = api.get(path, headers={"Accept-Encoding": "identity"}), api.head(path)
        assert (head.status_code, head.content, head.headers["content-type"]) == (
            200,
            b"",
            whole.headers["content-type"],
        )
        assert head.headers.get("etag") == whole.headers.get("etag")
    assert api.head(f"{sweep}/events", timeout=5).headers["content-type"].startswith("text/event-stream")
    assert api.head("/api/v1/sweeps/99").status_code == 404


def test_options_and_a_wrong_method_name_what_an_address_takes(api: httpx.Client) -> None:
    for answer, status in ((api.options("/api/v1/sweeps"), 204), (api.delete("/api/v1/sweeps"), 405)):
        assert (answer.status_code, answer.headers["allow"]) == (status, "GET, HEAD, OPTIONS, POST")
    assert api.options("/api/v1/sweeps").content == b""
    assert api.options("/nowhere").status_code == 404


def test_answers_tell_browsers_to_run_and_frame_nothing(api: httpx.Client) -> None:
    headers = api.get("/api/v1/rules").headers
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "content-security-policy" not in api.get("/docs").headers
