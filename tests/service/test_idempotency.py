"""A POST under an idempotency key is carried out once, whatever happens to its connection or to the service."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from service.app import create_app
from service.client import Client
from service.settings import ServiceSettings
from sweeps.ledger import Ledger
from sweeps.ledger import answers as answers_module
from sweeps.ledger.answers import Answer
from sweeps.ledger.errors import KeyInUse, KeyReused
from sweeps.ledger.once import Claim, under
from sweeps.roles import Scope
from sweeps.states import SweepState
from tests.service.conftest import Document, small_spec
from tests.service.cutting_proxy import CuttingProxy
from tests.service.live import served
from tests.service.memory_cluster import MemoryCluster

Post = Callable[[Document], int]
KEY = {"Idempotency-Key": "k-1"}
PREFIX = "urn:npsweep:problem:"
SWEEPS, CLIENTS = 500, 20


def test_a_repetition_is_answered_as_the_first_and_posts_nothing(
    api: httpx.Client, spec: Document, ledger: Ledger
) -> None:
    first = api.post("/api/v1/sweeps", json=spec, headers=KEY)
    again = api.post("/api/v1/sweeps", json=spec, headers=KEY)
    assert (first.status_code, again.status_code, again.content) == (202, 202, first.content)
    assert [again.headers[name] for name in ("location", "content-type", "etag")] == [
        first.headers[name] for name in ("location", "content-type", "etag")
    ]
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert len(ledger.lists.sweeps(1)) == 1


def test_without_a_key_every_post_counts(api: httpx.Client, spec: Document, ledger: Ledger) -> None:
    for _ in range(2):
        assert api.post("/api/v1/sweeps", json=spec).status_code == 202
    assert len(ledger.lists.sweeps(1)) == 2


def test_a_key_belongs_to_one_request(api: httpx.Client, spec: Document, ledger: Ledger) -> None:
    api.post("/api/v1/sweeps", json=spec, headers=KEY)
    others = (
        api.post("/api/v1/sweeps", json=spec | {"name": "another"}, headers=KEY),
        api.post("/api/v1/sweeps/validate", json=spec, headers=KEY),
        api.post("/api/v1/sweeps?x=1", json=spec, headers=KEY),
    )
    for answer in others:
        assert (answer.status_code, answer.json()["type"]) == (409, PREFIX + "idempotency-key-reused")
    assert len(ledger.lists.sweeps(1)) == 1


def test_users_have_keys_of_their_own(api: httpx.Client, spec: Document, ledger: Ledger) -> None:
    other = {"Authorization": f"Bearer {ledger.accounts.add_team('others', 'eve')}"} | KEY
    first = api.post("/api/v1/sweeps", json=spec, headers=KEY).json()["id"]
    assert api.post("/api/v1/sweeps", json=spec, headers=other).json()["id"] != first


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 201])
def test_a_key_that_is_none_is_refused(key: str, api: httpx.Client, spec: Document, ledger: Ledger) -> None:
    answer = api.post("/api/v1/sweeps", json=spec, headers={b"Idempotency-Key": key.encode("utf-8")})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert ledger.lists.sweeps(1) == []


def test_what_a_specification_breaks_is_said_again_and_what_a_state_forbids_is_looked_at_again(
    api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    bad = [api.post("/api/v1/sweeps", json=spec | {"replicates": 0}, headers=KEY) for _ in range(2)]
    assert [answer.status_code for answer in bad] == [422, 422]
    assert bad[1].headers["idempotency-replayed"] == "true"
    sweep_id = post(spec)
    retry, other = f"/api/v1/sweeps/{sweep_id}/resume", {"Idempotency-Key": "k-2"}
    attempt = ledger.sweeps.start_attempt(sweep_id)
    ledger.lifecycle.stop(sweep_id)
    assert api.post(retry, headers=other).status_code == 409
    ledger.sweeps.end(sweep_id, SweepState.STOPPED, attempt=attempt)
    assert api.post(retry, headers=other).json()["state"] == "queued"


def test_a_body_above_the_limit_is_refused_under_a_key_too(api: httpx.Client) -> None:
    chunks = (b"x" * 100_000 for _ in range(20))
    answer = api.post("/api/v1/sweeps", content=chunks, headers=KEY | {"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (413, PREFIX + "body-too-large")


def test_a_key_without_a_valid_token_is_401_and_nothing_is_kept(address: str, spec: Document, ledger: Ledger) -> None:
    answer = httpx.post(f"{address}/api/v1/sweeps", json=spec, headers=KEY | {"Authorization": "Bearer nps_x"})
    assert answer.status_code == 401
    assert isinstance(ledger.answers.claim(1, "k-1", "digest"), Claim)


def test_every_verb_is_carried_out_once(api: httpx.Client, spec: Document, post: Post, ledger: Ledger) -> None:
    sweep_id = post(spec)
    wish = {"arm": "bp", "configuration": {"learning_rate": 0.01}}
    asked = [
        api.post(f"/api/v1/sweeps/{sweep_id}/{verb}", json=body, headers={"Idempotency-Key": f"{verb}-key"})
        for verb, body in (("enqueue", wish), ("reconcile", {"mend": False}))
        for _ in range(2)
    ]
    assert [answer.status_code for answer in asked] == [202] * 4
    assert (asked[0].json(), asked[2].json()) == (asked[1].json(), asked[3].json())
    assert ledger.sweeps.get(sweep_id).spec["compare"][0]["enqueued"] == [{"learning_rate": 0.01}]
    kinds = [event.kind for event in ledger.events.after(sweep_id, 0)]
    assert kinds.count("reconciliation.asked") == 1


def test_twenty_who_repeat_one_request_at_once_post_one_sweep(
    address: str, token: str, spec: Document, ledger: Ledger
) -> None:
    barrier = threading.Barrier(CLIENTS)

    def post_it(_: int) -> httpx.Response:
        barrier.wait()
        headers = KEY | {"Authorization": f"Bearer {token}"}
        return httpx.post(f"{address}/api/v1/sweeps", json=spec, headers=headers, timeout=60)

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(post_it, range(CLIENTS)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.content for answer in answers if answer.status_code == 202}) == 1
    for refused in (answer for answer in answers if answer.status_code == 409):
        assert (refused.json()["type"], refused.headers["retry-after"]) == (PREFIX + "idempotency-key-in-use", "1")
    assert len(ledger.lists.sweeps(1)) == 1


@pytest.fixture
def shared(ledger_url: str) -> Iterator[Ledger]:
    """A ledger of each kind."""
    ledger = Ledger(ledger_url)
    ledger.migrate()
    yield ledger
    ledger.close()


def test_500_sweeps_posted_over_connections_that_break_are_500_sweeps(
    shared: Ledger, ledger_url: str, settings: ServiceSettings
) -> None:
    token = shared.accounts.first_admin() or ""
    of_this_ledger = settings.model_copy(update={"ledger_url": ledger_url})

    def post_some(number: int) -> list[int]:
        with Client(proxy.address, token, timeout=60.0, tries=1_000) as client:
            return [
                client.submit(small_spec() | {"name": f"sweep {number} {one}"}).id for one in range(SWEEPS // CLIENTS)
            ]

    with served(lambda closing: create_app(of_this_ledger, MemoryCluster(), closing)) as address:
        host, port = address.removeprefix("http://").split(":")
        with CuttingProxy(host, int(port), seed=17) as proxy, ThreadPoolExecutor(CLIENTS) as pool:
            answered = [sweep for posted in pool.map(post_some, range(CLIENTS)) for sweep in posted]
    there = shared.lists.sweeps(1)
    assert proxy.cuts > SWEEPS / 10
    assert len({sweep.name for sweep in there}) == len(there) == SWEEPS
    assert sorted(answered) == sorted(sweep.id for sweep in there)


@contextmanager
def service_process(ledger_url: str, folder: Path, fate: str) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.service.dying_service", ledger_url, str(folder), fate]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_service_that_is_killed_between_commit_and_answer_posts_nothing_twice(
    shared: Ledger, ledger_url: str, tmp_path: Path
) -> None:
    headers = KEY | {"Authorization": f"Bearer {shared.accounts.first_admin()}"}
    with service_process(ledger_url, tmp_path, "dies") as address, pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"{address}/api/v1/sweeps", json=small_spec(), headers=headers, timeout=60)
    (posted,) = shared.lists.sweeps(1)
    with service_process(ledger_url, tmp_path, "lives") as address:
        answer = httpx.post(f"{address}/api/v1/sweeps", json=small_spec(), headers=headers, timeout=60)
        while answer.status_code == 409:
            assert answer.json()["type"] == PREFIX + "idempotency-key-in-use"
            time.sleep(float(answer.headers["retry-after"]))
            answer = httpx.post(f"{address}/api/v1/sweeps", json=small_spec(), headers=headers, timeout=60)
    assert (answer.status_code, answer.json()["id"]) == (202, posted.id)
    assert len(shared.lists.sweeps(1)) == 1


def test_who_has_lost_a_claim_can_commit_nothing(shared: Ledger) -> None:
    token = shared.accounts.first_admin()
    caller = shared.accounts.caller(token or "")
    assert caller is not None
    slow = shared.answers.claim(caller.user_id, "k", "digest", lease=0.0)
    fast = shared.answers.claim(caller.user_id, "k", "digest")
    assert isinstance(slow, Claim)
    assert isinstance(fast, Claim)
    with under(slow), pytest.raises(KeyInUse):
        shared.sweeps.post(1, 1, small_spec())
    assert shared.lists.sweeps(1) == []
    with under(fast):
        first = shared.sweeps.post(1, 1, small_spec())
        assert shared.sweeps.post(1, 1, small_spec()) == first
    shared.answers.finish(slow, Answer(500, {}, b"late"))
    shared.answers.finish(fast, Answer(202, {}, b"kept"))
    assert shared.answers.claim(caller.user_id, "k", "digest") == Answer(202, {}, b"kept")


def test_a_released_key_is_free_and_remembers_what_was_made(shared: Ledger) -> None:
    shared.accounts.first_admin()
    first = shared.answers.claim(1, "k", "digest")
    assert isinstance(first, Claim)
    with pytest.raises(KeyInUse):
        shared.answers.claim(1, "k", "digest")
    with under(first):
        posted = shared.sweeps.post(1, 1, small_spec())
    shared.answers.release(first)
    second = shared.answers.claim(1, "k", "digest")
    assert isinstance(second, Claim)
    with under(second):
        assert shared.sweeps.post(1, 1, small_spec()).id == posted.id


def test_an_answer_with_a_secret_is_kept_without_it(shared: Ledger) -> None:
    shared.accounts.first_admin()
    claim = shared.answers.claim(1, "k", "digest")
    assert isinstance(claim, Claim)
    shared.answers.finish(claim, Answer(201, {}, None))
    with pytest.raises(KeyReused, match="shown once"):
        shared.answers.claim(1, "k", "digest")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("tokens", {"name": "laptop", "scope": "read", "days": 1}),
        ("users", {"name": "ada", "role": "member"}),
        ("teams", {"name": "vision", "admin": "ada"}),
    ],
)
def test_a_secret_is_shown_once_and_kept_nowhere(
    path: str, body: Document, api: httpx.Client, tmp_path: Path, ledger: Ledger
) -> None:
    first = api.post(f"/api/v1/{path}", json=body, headers=KEY)
    again = api.post(f"/api/v1/{path}", json=body, headers=KEY)
    assert (first.status_code, again.status_code, again.json()["type"]) == (
        201,
        409,
        PREFIX + "idempotency-key-reused",
    )
    assert "shown once" in again.json()["detail"]
    (secret,) = re.findall(r"nps_[\w-]{43}", first.text)
    ledger.close()
    assert all(secret.encode() not in file.read_bytes() for file in tmp_path.glob("ledger.db*"))


def test_another_token_of_the_same_user_is_not_shown_the_answer(
    api: httpx.Client, spec: Document, ledger: Ledger
) -> None:
    other = ledger.tokens.add(1, "other", Scope.READ).secret
    assert api.post("/api/v1/sweeps", json=spec, headers=KEY).status_code == 202
    answer = api.post("/api/v1/sweeps", json=spec, headers=KEY | {"Authorization": f"Bearer {other}"})
    assert (answer.status_code, answer.json()["type"]) == (409, PREFIX + "idempotency-key-reused")


def test_what_only_checks_keeps_nothing(api: httpx.Client, spec: Document, ledger: Ledger) -> None:
    for _ in range(2):
        answer = api.post("/api/v1/sweeps/validate", json=spec, headers=KEY)
        assert (answer.status_code, "idempotency-replayed" in answer.headers) == (200, False)
    assert not _is_kept(ledger, KEY["Idempotency-Key"])


def test_answers_are_kept_for_a_day_and_then_deleted_faster_than_others_come(
    shared: Ledger, ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.accounts.first_admin()
    for number in range(5):
        claim = shared.answers.claim(1, f"k{number}", "digest")
        assert isinstance(claim, Claim)
        shared.answers.finish(claim, Answer(202, {}, b"{}"))
    assert isinstance(shared.answers.claim(1, "k0", "digest"), Answer)
    monkeypatch.setattr(answers_module, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(answers_module, "MOST_SWEPT", 3)
    ledger = Ledger(ledger_url)
    left = []
    for number in range(3):
        ledger.answers.claim(1, f"another {number}", "digest", lease=0.0)
        left.append([number for number in range(5) if _is_kept(shared, f"k{number}")])
    ledger.close()
    assert left == [[3, 4], [], []]


def _is_kept(ledger: Ledger, key: str) -> bool:
    """Whether the key is still taken: another request under it is then refused."""
    try:
        claim = ledger.answers.claim(1, key, "another digest")
    except KeyReused:
        return True
    assert isinstance(claim, Claim)
    ledger.answers.release(claim)
    return False


def test_the_document_says_which_posts_take_a_key(api: httpx.Client) -> None:
    for path, methods in api.get("/openapi.json").json()["paths"].items():
        if "post" in methods and path.startswith("/api"):
            names = [parameter["name"] for parameter in methods["post"]["parameters"]]
            assert "Idempotency-Key" in names, path
            assert "409" in methods["post"]["responses"]
