"""The report as the API hands it out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.cli import main
from service.client import Client

Post = Callable[[dict[str, Any]], int]


@pytest.mark.parametrize(
    ("format", "media", "begins"),
    [
        ("json", "application/json", "{"),
        ("md", "text/markdown", "# "),
        ("csv", "text/csv", "sweep,"),
        ("table", "text/plain", "sweep "),
        ("tex", "application/x-tex", "% Made by npsweep"),
        ("html", "text/html", "<!doctype html>"),
    ],
)
def test_a_report_comes_in_every_format(
    format: str, media: str, begins: str, api: httpx.Client, spec: dict[str, Any], post: Post
) -> None:
    path = f"/api/v1/sweeps/{post(spec)}/report"
    for answer in (api.get(path, params={"format": format}), api.get(path, headers={"Accept": media})):
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, media)
        assert answer.text.startswith(begins)
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_figure_without_anything_to_show_and_one_that_is_unknown_are_refused(
    api: httpx.Client, spec: dict[str, Any], post: Post
) -> None:
    path = f"/api/v1/sweeps/{post(spec)}/report/figures"
    nothing, unknown = api.get(f"{path}/arms"), api.get(f"{path}/secret")
    assert (nothing.status_code, nothing.json()["type"].rsplit(":")[-1]) == (404, "nothing-to-show")
    assert unknown.status_code == 422
    assert api.get("/api/v1/sweeps/99/report/figures/arms").json()["type"].rsplit(":")[-1] == "no-such-sweep"


def test_client_and_command_line_fetch_it(
    address: str, token: str, spec: dict[str, Any], post: Post, tmp_path: Path
) -> None:
    sweep, file = post(spec), tmp_path / "report.tex"
    where = ["--url", address, "--token", token]
    with pytest.raises(SystemExit) as ended:
        main(["report", str(sweep), "--format", "tex", "--output", str(file), *where])
    assert ended.value.code in (0, None)
    with Client(address, token) as client:
        assert file.read_text() == client.report(sweep, "tex")
