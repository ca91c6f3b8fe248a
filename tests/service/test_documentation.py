"""The documentation page needs nothing but our own host."""

import re

import httpx


def test_the_page_and_everything_it_loads_come_from_our_own_host(api: httpx.Client) -> None:
    page = api.get("/docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "://" not in page.text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert {path.rsplit(".", 1)[1] for path in loaded} == {"js", "css", "png"}
    types = {path.rsplit(".", 1)[1]: api.get(path).raise_for_status().headers["content-type"] for path in loaded}
    assert "javascript" in types["js"]
    assert types["css"].startswith("text/css")
    assert types["png"] == "image/png"


def test_the_page_shows_our_own_document(api: httpx.Client) -> None:
    assert "url: '/openapi.json'" in api.get("/docs").text
    assert api.get("/openapi.json").json()["info"]["title"] == "npsweep"


def test_an_asset_that_is_not_there_is_a_problem_like_every_other_page(api: httpx.Client) -> None:
    answer = api.get("/docs/assets/nothing.js")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_client_can_be_generated_from_the_document(api: httpx.Client) -> None:
    """Every operation is named, explained and lists its refusals; every parameter is explained."""
    document = api.get("/openapi.json").json()
    names = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            names.append(operation["operationId"])
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
            assert all(one["description"] for one in operation.get("parameters", [])), (method, path)
            if path.startswith("/api/"):
                assert operation["security"] == [{"HTTPBearer": []}], (method, path)
                assert {"401", "429", "503"} <= operation["responses"].keys(), (method, path)
            if path.startswith("/api/") and method == "post":
                assert {"409", "422"} <= operation["responses"].keys(), (method, path)
            if "{sweep_id}" in path and method != "get":
                assert {"403", "404", "412"} <= operation["responses"].keys(), (method, path)
    assert len(set(names)) == len(names)
