"""The page on which a sweep is written."""

import html
import re
from typing import Any

import httpx
import yaml

from sweeps.cloning import unresolved
from sweeps.ledger import Ledger
from sweeps.roles import Role
from sweeps.spec import SweepSpec
from tests.service.memory_cluster import MemoryCluster
from tests.service.pages.conftest import Browse
from tests.sweeps.booked import BookedSweep


def written(page: str) -> str:
    """What stands in the editor, as a browser sends it."""
    found = re.search(r"<textarea id=.specification[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def posted_at(answer: httpx.Response) -> int:
    """The id of the sweep that a post leads to."""
    found = re.fullmatch(r"/sweeps/(\d+)#posted", answer.headers["location"])
    assert found is not None
    return int(found[1])


def check(browser: httpx.Client, text: str) -> str:
    answer = browser.post("/sweeps/new/check", data={"specification": text})
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def test_every_example_can_run_as_it_is_and_is_posted(browser: httpx.Client, ledger: Ledger) -> None:
    names = re.findall(r'href="/sweeps/new\?example=([^"]+)"', browser.get("/sweeps/new").text)
    assert {"quickstart", "fashion"} <= set(names)
    for name in names:
        text = written(browser.get("/sweeps/new", params={"example": name}).text)
        assert "It can run" in check(browser, text)
    answer = browser.post("/sweeps/new", data={"specification": text}, follow_redirects=False)
    assert answer.status_code == 303
    sweep = ledger.sweeps.get(posted_at(answer), 1)
    assert sweep.spec == SweepSpec.model_validate(yaml.safe_load(text)).model_dump(mode="json")


def test_a_finding_is_the_apis_own_with_its_line(
    browser: httpx.Client, api: httpx.Client, spec: dict[str, Any], ledger: Ledger
) -> None:
    wrong = spec | {"budget": {"trails": 3}, "compare": [{"rule": "bp"}, {"rule": "anq"}]}
    text = yaml.safe_dump(wrong, sort_keys=False)
    said, told = check(browser, text), api.post("/api/v1/sweeps/validate", json=wrong).json()["errors"]
    assert len(told) >= 3
    for one in told:
        assert f"{one['field']} {one['rule']}" in said
        assert one["remedy"] in said
    line = 1 + text.split("\n").index("  trails: 3")
    assert f"Line {line} budget.trails" in said
    back = browser.post("/sweeps/new", data={"specification": text})
    assert (back.status_code, written(back.text)) == (422, text)
    assert "budget.trails" in back.text
    assert ledger.lists.sweeps(1) == []


def test_a_wrong_value_is_shown_as_it_was_written_and_as_text(browser: httpx.Client) -> None:
    text = 'data: ["it\'s <b>σ</b>"]'
    assert """it is ["it's <b>σ</b>"]""" in check(browser, text)
    assert "<b>" not in browser.post("/sweeps/new/check", data={"specification": text}).text


def test_the_plan_is_told_before_anything_is_posted(
    browser: httpx.Client, spec: dict[str, Any], cluster: MemoryCluster, ledger: Ledger
) -> None:
    said = check(browser, yaml.safe_dump(spec))
    assert "Trials 6 Members 12" in said
    assert "with 2 lanes on a free cluster" in said
    cluster.unreachable = True
    assert "known when the cluster answers" in check(browser, yaml.safe_dump(spec))
    assert ledger.lists.sweeps(1) == []


def test_what_is_no_yaml_too_long_or_empty_is_said(browser: httpx.Client) -> None:
    assert "Line 2 specification" in check(browser, "name: a\n  b: 1")
    assert "is empty" in check(browser, "# nothing\n")
    assert "is no object" in check(browser, "- a")
    assert "post it to the API" in check(browser, "a" * 70_000)
    assert "Line 2 specification a tag" in check(browser, "name: a\nseed: !!bool foo")
    number = "0x" + "f" * 20_000
    assert "larger than 64 bits" in check(browser, f"name: a\nseed: {number}")
    assert browser.post("/sweeps/new", data={"specification": f"seed: {number}"}).status_code == 422


def test_a_clone_begins_with_the_specification_as_it_was_written(
    browser: httpx.Client, spec: dict[str, Any], ledger: Ledger
) -> None:
    first = ledger.sweeps.post(1, 1, SweepSpec.model_validate(spec).model_dump(mode="json"))
    text = written(browser.get("/sweeps/new", params={"clone": first.id}).text)
    assert yaml.safe_load(text) == unresolved(first.spec)
    answer = browser.post(f"/sweeps/new?clone={first.id}", data={"specification": text}, follow_redirects=False)
    second = ledger.sweeps.get(posted_at(answer))
    assert second.spec == first.spec
    assert [e.data for e in ledger.events.after(second.id, 0) if e.kind == "sweep.cloned"] == [{"source": first.id}]


def test_nobody_clones_another_teams_sweep_and_a_viewer_posts_none(
    browse: Browse, browser: httpx.Client, ledger: Ledger
) -> None:
    booked = BookedSweep(ledger, team="others")
    text = yaml.safe_dump(booked.spec.model_dump(mode="json"))
    for method in ("GET", "POST"):
        answer = browser.request(method, f"/sweeps/new?clone={booked.id}", data={"specification": text})
        assert answer.status_code == 404
    viewer = browse(ledger.accounts.add_team("lookers", "vera", "viewer"))
    assert viewer.get("/sweeps/new").status_code == 403
    assert viewer.post("/sweeps/new", data={"specification": text}).status_code == 403
    assert "vera is a viewer" in viewer.get("/sweeps/new").text


def test_labels_note_and_priority_are_posted_with_it(
    browser: httpx.Client, spec: dict[str, Any], ledger: Ledger
) -> None:
    sent = {"specification": yaml.safe_dump(spec), "labels": " paper , figure 3,", "note": " wider\n", "priority": "-7"}
    sweep = ledger.sweeps.get(posted_at(browser.post("/sweeps/new", data=sent, follow_redirects=False)))
    assert (sweep.labels, sweep.note, sweep.priority) == (["paper", "figure 3"], "wider", -7)
    empty = sent | {"labels": "", "note": "", "priority": ""}
    sweep = ledger.sweeps.get(posted_at(browser.post("/sweeps/new", data=empty, follow_redirects=False)))
    assert (sweep.labels, sweep.note, sweep.priority) == ([], None, 0)


def test_what_cannot_stand_beside_it_is_said_and_everything_is_kept(
    browse: Browse, spec: dict[str, Any], ledger: Ledger, token: str
) -> None:
    assert token
    member = browse(ledger.users.add(1, "ada", Role.MEMBER)[1].secret)
    text = yaml.safe_dump(spec)
    for changes, said in (
        ({"labels": "fine, <b>"}, "labels[1]"),
        ({"priority": "1.5"}, "is no whole number"),
        ({"priority": "101"}, "must be at most 100"),
        ({"priority": "1"}, "only an operator gives a sweep a priority above 0"),
        ({"note": "a" * 10_001}, "is too long"),
    ):
        sent = {"specification": text, "labels": "kept", "note": "kept too"} | changes
        answer = member.post("/sweeps/new", data=sent)
        assert (answer.status_code, said in answer.text, written(answer.text)) == (422, True, text), said
        assert f'value="{html.escape(sent["labels"])}"' in answer.text
        assert sent["note"] in answer.text
    assert ledger.lists.sweeps(1) == []


def test_a_full_queue_keeps_the_text(browser: httpx.Client, spec: dict[str, Any], ledger: Ledger) -> None:
    ledger.teams.change(1, {"max_queued": 0})
    text = yaml.safe_dump(spec)
    answer = browser.post("/sweeps/new", data={"specification": text})
    assert (answer.status_code, written(answer.text)) == (422, text)
    assert "quota" in answer.text


def test_a_text_that_cannot_be_posted_leads_back_to_the_page_that_holds_it(
    browser: httpx.Client, address: str, spec: dict[str, Any]
) -> None:
    sent, page = {"specification": yaml.safe_dump(spec)}, "/sweeps/new?example=quickstart"
    foreign = {"Referer": address + page, "Sec-Fetch-Site": "cross-site"}
    assert f'href="{page}">Back to the form' in browser.post(page, data=sent, headers=foreign).text
    browser.cookies.clear()
    asked = browser.post(page, data=sent, headers={"Referer": address + page})
    assert (asked.url.path, asked.url.params["next"]) == ("/login", page)
    for elsewhere in ("https://evil.example/sweeps/new", f"{address}//evil.example", "", "http://[", "x"):
        assert "next" not in browser.post(page, data=sent, headers={"Referer": elsewhere}).url.params


def test_checking_is_not_in_the_audit_log_and_posting_is(
    browser: httpx.Client, api: httpx.Client, spec: dict[str, Any]
) -> None:
    check(browser, yaml.safe_dump(spec))
    browser.post("/sweeps/new", data={"specification": yaml.safe_dump(spec)}, follow_redirects=False)
    assert [one["action"] for one in api.get("/api/v1/audit").json()["items"]] == ["post_sweep", "log_in"]
