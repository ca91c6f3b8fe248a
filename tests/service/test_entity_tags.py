"""What a client has is not sent again, and nobody changes what has changed meanwhile."""

from collections.abc import Callable

import httpx
import pytest

from sweeps.ledger import Ledger
from sweeps.ledger.trials import Batch
from sweeps.roles import Role
from sweeps.states import SweepState, TrialState
from tests.service.conftest import Document
from tests.service.test_sweeps_api import trial, with_trials

Post = Callable[[Document], int]


@pytest.mark.parametrize("path", ["/sweeps", "/sweeps/1", "/sweeps/1/trials", "/sweeps/1/report?format=md", "/rules"])
def test_an_answer_that_still_holds_is_not_sent_again(
    path: str, api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    ledger.lifecycle.stop(post(spec))
    first = api.get(f"/api/v1{path}")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    for known in (tag, f'"other", W/{tag}', f'W/"other",W/{tag}'):
        again = api.get(f"/api/v1{path}", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert api.get(f"/api/v1{path}", headers={"If-None-Match": "*"}).status_code == 304
    assert api.get(f"/api/v1{path}", headers={"If-None-Match": '"other"'}).content == first.content


def test_an_answer_that_has_changed_is_sent(api: httpx.Client, spec: Document, post: Post, ledger: Ledger) -> None:
    sweep_id = post(spec)
    tags = [api.get(f"/api/v1/sweeps/{sweep_id}").headers["etag"]]
    with_trials(ledger, sweep_id)
    answer = api.get(f"/api/v1/sweeps/{sweep_id}", headers={"If-None-Match": tags[0]})
    assert (answer.status_code, answer.json()["arms"][0]["completed"]) == (200, 2)


def test_a_sweep_is_changed_only_as_it_was_seen(api: httpx.Client, spec: Document, post: Post) -> None:
    sweep = f"/api/v1/sweeps/{post(spec)}"
    seen = {"If-Match": api.get(sweep).headers["etag"]}
    extended = api.post(f"{sweep}/extend", json={"trials": 5}, headers=seen)
    assert extended.status_code == 202
    late = api.post(f"{sweep}/extend", json={"trials": 9}, headers=seen)
    assert (late.status_code, late.json()["type"]) == (412, "urn:npsweep:problem:changed-meanwhile")
    assert api.get(sweep).json()["arms"][0]["budget"] == 5
    anew = {"If-Match": extended.headers["etag"]}
    assert api.post(f"{sweep}/extend", json={"trials": 9}, headers=anew).status_code == 202


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("stop", None),
        ("pause", None),
        ("extend", {"trials": 8}),
        ("lanes", {"lanes": 2}),
        ("enqueue", {"arm": "bp", "configuration": {"learning_rate": 0.01}}),
    ],
)
def test_whatever_people_change_is_another_version(
    verb: str, body: Document | None, api: httpx.Client, spec: Document, post: Post
) -> None:
    sweep = f"/api/v1/sweeps/{post(spec)}"
    seen = {"If-Match": api.get(sweep).headers["etag"]}
    assert api.post(f"{sweep}/{verb}", json=body, headers=seen).status_code == 202
    assert api.post(f"{sweep}/stop", headers=seen).status_code == 412


def test_progress_is_no_change_and_a_moved_state_is_one(
    api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = post(spec)
    attempt = ledger.sweeps.start_attempt(sweep_id)
    queued = {"If-Match": api.get(f"/api/v1/sweeps/{sweep_id}").headers["etag"]}
    ledger.sweeps.move(sweep_id, SweepState.RUNNING)
    assert api.post(f"/api/v1/sweeps/{sweep_id}/pause", headers=queued).status_code == 412
    running = {"If-Match": api.get(f"/api/v1/sweeps/{sweep_id}").headers["etag"]}
    book_one(ledger, sweep_id, attempt)
    assert api.get(f"/api/v1/sweeps/{sweep_id}").headers["etag"] != running["If-Match"]
    assert api.post(f"/api/v1/sweeps/{sweep_id}/pause", headers=running).status_code == 202


def book_one(ledger: Ledger, sweep_id: int, attempt: int) -> None:
    ledger.trials.book(sweep_id, attempt, Batch({0: trial(sweep_id, 0, TrialState.COMPLETED, 0.5)}))


def test_two_encodings_of_an_answer_have_two_tags_and_either_is_known_again(
    api: httpx.Client, spec: Document, post: Post
) -> None:
    sweep = f"/api/v1/sweeps/{post(spec)}"
    plain, packed = (api.get(sweep, headers={"Accept-Encoding": coding}) for coding in ("identity", "gzip"))
    assert (plain.headers.get("content-encoding"), packed.headers["content-encoding"]) == (None, "gzip")
    assert plain.content == packed.content
    tags = [answer.headers["etag"] for answer in (plain, packed)]
    assert tags[1] == f'{tags[0][:-1]}-gzip"'
    for coding in ("identity", "gzip"):
        for tag in tags:
            headers = {"Accept-Encoding": coding, "If-None-Match": f'"other", {tag}'}
            again = api.get(sweep, headers=headers)
            assert (again.status_code, again.headers["etag"]) == (304, tag)
    assert api.post(f"{sweep}/pause", headers={"If-Match": f"W/{tags[1]}"}).status_code == 412, "compared strongly"
    assert api.post(f"{sweep}/pause", headers={"If-Match": tags[1]}).status_code == 202


@pytest.mark.parametrize(("verb", "body"), [("clone", {}), ("reconcile", {"mend": False})])
def test_what_leaves_the_sweep_as_it_is_keeps_to_how_it_was_seen_too(
    verb: str, body: Document, api: httpx.Client, spec: Document, post: Post, ledger: Ledger
) -> None:
    sweep_id = post(spec)
    sweep = f"/api/v1/sweeps/{sweep_id}"
    seen = {"If-Match": api.get(sweep).headers["etag"]}
    assert api.post(f"{sweep}/{verb}", json=body, headers=seen).status_code == 202
    api.post(f"{sweep}/pause")
    before = ledger.events.newest(sweep_id), len(ledger.lists.sweeps(1))
    late = api.post(f"{sweep}/{verb}", json=body, headers=seen)
    assert (late.status_code, late.json()["type"]) == (412, "urn:npsweep:problem:changed-meanwhile")
    assert (ledger.events.newest(sweep_id), len(ledger.lists.sweeps(1))) == before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "teams/1", {"max_lanes": 4}),
        ("PATCH", "users/2", {"role": "viewer"}),
        ("POST", "tokens", {"name": "laptop", "scope": "read", "days": 1}),
        ("DELETE", "tokens/2", None),
    ],
)
def test_what_has_no_version_is_not_changed_by_one(
    method: str, path: str, body: Document | None, api: httpx.Client, ledger: Ledger
) -> None:
    ledger.users.add(1, "ada", Role.MEMBER)

    def everything() -> tuple[object, ...]:
        return ledger.teams.get(1), ledger.users.get(2, 1), [token.revoked_at for token in ledger.tokens.page(1, 10)]

    before = everything()
    refused = api.request(method, f"/api/v1/{path}", json=body, headers={"If-Match": '"0-x"'})
    assert (refused.status_code, refused.json()["type"]) == (412, "urn:npsweep:problem:no-versions")
    assert "leave it out" in refused.json()["detail"]
    assert everything() == before
    assert api.request(method, f"/api/v1/{path}", json=body, headers={"If-Match": "*"}).is_success


@pytest.mark.parametrize("path", ["sweeps/1/report", "sweeps/compare?ids=1&ids=2"])
def test_an_answer_that_depends_on_accept_says_so_to_caches(
    path: str, api: httpx.Client, spec: Document, post: Post
) -> None:
    for _ in range(2):
        post(spec)
    for media in ("application/json", "text/markdown"):
        answer = api.get(f"/api/v1/{path}", headers={"Accept": media})
        assert answer.headers["content-type"].startswith(media)
        assert "Accept" in [one.strip() for one in answer.headers["vary"].split(",")]


@pytest.mark.parametrize(
    ("tag", "status"),
    [("*", 202), ('"0-x", "1-y"', 202), ('W/"7-x","0-x"', 202), ('"7-x"', 412), ("nonsense", 412), ("", 412)],
)
def test_any_tag_that_names_the_version_will_do_and_what_names_none_matches_nothing(
    tag: str, status: int, api: httpx.Client, spec: Document, post: Post
) -> None:
    assert api.post(f"/api/v1/sweeps/{post(spec)}/stop", headers={"If-Match": tag}).status_code == status


def test_a_repetition_under_a_key_is_no_change_of_somebody_else(api: httpx.Client, spec: Document, post: Post) -> None:
    sweep = f"/api/v1/sweeps/{post(spec)}"
    headers = {"If-Match": api.get(sweep).headers["etag"], "Idempotency-Key": "k"}
    first, again = (api.post(f"{sweep}/extend", json={"trials": 5}, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code, again.content) == (202, 202, first.content)
