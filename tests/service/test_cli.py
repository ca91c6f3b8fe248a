"""The command line against a served API, and its messages where there is none."""

import csv
import io
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas
import pytest
import yaml
from rich.console import Console

from service.cli import main
from service.cli.specification import UnreadableFile, merge_patch
from service.cli.watch import watch
from service.client import Client
from sweeps.coordinator import Coordinator
from sweeps.ledger import Ledger
from sweeps.states import SweepState
from tests.service.conftest import Document
from tests.service.test_sweeps_api import with_trials

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def file(tmp_path: Path, spec: Document) -> Path:
    file = tmp_path / "small.yaml"
    file.write_text(yaml.safe_dump(spec))
    return file


@pytest.fixture
def run(address: str, token: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command against the served API: exit code, output, errors."""
    monkeypatch.setenv("NPSWEEP_URL", address)
    monkeypatch.setenv("NPSWEEP_TOKEN", token)
    monkeypatch.setenv("COLUMNS", "200")

    def called(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return int(exit.value.code or 0), captured.out, captured.err

    return called


def test_help_costs_less_than_a_second_of_computing() -> None:
    before = _childrens_seconds()
    subprocess.run([sys.executable, "-c", "from service.cli import main; main(['--help'])"], check=True, stdout=-3)
    assert _childrens_seconds() - before < 1.0


def test_the_command_line_imports_none_of_the_heavy_libraries() -> None:
    code = (
        "import sys, service.cli.commands, service.cli.show, service.client;"
        "print([name for name in ('torch', 'ray', 'mlflow', 'optuna', 'sqlalchemy', 'fastapi') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "[]"


def test_submitted_sweeps_are_listed_shown_stopped_and_reported(run: Run, file: Path) -> None:
    code, out, _ = run("submit", file)
    assert (code, "sweep 1 is queued" in out) == (0, True)
    listed = run("list")[1]
    assert ("small" in listed, "admin" in listed, "run time" in listed) == (True, True, True)
    shown = run("show", 1)[1]
    assert ("danp" in shown, "posted by admin" in shown) == (True, True)
    assert json.loads(run("list", "--json")[1])[0]["user"] == json.loads(run("show", 1, "--json")[1])["user"] == "admin"
    assert "team default" in run("usage", "--since", "2020-01-01")[1]
    assert json.loads(run("usage", "--json")[1])["sweeps"] == 1
    assert "stopped" in run("stop", 1)[1]
    for format, sign in (("table", "danp"), ("md", "| danp"), ("csv", "danp,"), ("json", '"danp"')):
        code, out, _ = run("report", 1, "--format", format)
        assert (code, sign in out) == (0, True)


def test_a_sweep_is_paused_extended_and_resumed(run: Run, file: Path) -> None:
    run("submit", file)
    assert "go on with `npsweep resume 1`" in run("pause", 1)[1]
    assert "with 9 trials for each arm" in run("extend", 1, "--trials", 9)[1]
    assert json.loads(run("resume", 1, "--json")[1])["arms"][0]["budget"] == 9
    code, _, errors = run("retry", 1)
    assert (code, "pause it, or let it end" in errors) == (1, True)


def test_every_reading_command_speaks_json(run: Run, file: Path) -> None:
    assert json.loads(run("submit", file, "--json")[1])["state"] == "queued"
    assert json.loads(run("list", "--json")[1])[0]["id"] == 1
    assert json.loads(run("show", 1, "--json")[1])["spec"]["name"] == "small"
    assert json.loads(run("stop", 1, "--json")[1])["state"] == "stopped"
    assert json.loads(run("report", 1, "--json")[1])
    assert json.loads(run("rules", "--json")[1])[0]["name"] == "bp"
    assert json.loads(run("datasets", "--json")[1])[0]["name"] == "digits"


def test_tables_name_rules_and_data_sets(run: Run) -> None:
    assert "anp" in run("rules")[1]
    assert "fashion-mnist" in run("datasets")[1]


def test_a_sweep_is_submitted_with_what_is_remembered_of_it(run: Run, file: Path) -> None:
    shown = json.loads(
        run("submit", file, "--label", "a", "--label", "b", "--note", "of ada", "--priority", -2, "--json")[1]
    )
    assert (shown["labels"], shown["note"], shown["priority"]) == (["a", "b"], "of ada", -2)
    assert json.loads(run("clone", 1, "--priority", -4, "--json")[1])["priority"] == -4
    assert run("--version")[1].startswith("npsweep ")


def test_a_dry_run_shows_the_specification_resolved_and_posts_nothing(run: Run, file: Path, ledger: Ledger) -> None:
    code, out, err = run("submit", file, "--dry-run")
    assert code == 0
    assert yaml.safe_load(out)["compare"][1]["name"] == "danp"
    assert "nothing was posted" in err
    assert "device hours" in err
    assert ledger.lists.sweeps(1) == []


def test_what_a_dry_run_prints_as_json_can_be_posted(run: Run, file: Path, tmp_path: Path, ledger: Ledger) -> None:
    code, out, _ = run("submit", file, "--dry-run", "--json")
    kept = tmp_path / "sweep.json"
    kept.write_text(out)
    assert code == 0
    assert run("submit", kept)[0] == 0
    assert ledger.sweeps.get(1).spec == json.loads(out)


def test_a_plan_says_what_is_trained_how_long_it_takes_and_what_that_rests_on(run: Run, file: Path) -> None:
    code, out, _ = run("plan", file)
    assert code == 0
    assert "with 2 lanes on a free cluster" in out
    assert "Rests on: reference machine" in out
    found = json.loads(run("plan", file, "--json")[1])
    assert [(arm["name"], arm["trials"]) for arm in found["arms"]] == [("bp", 3), ("danp", 3)]


def test_a_bad_specification_is_explained(run: Run, tmp_path: Path, spec: Document) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(spec | {"replicates": 0, "bugdet": 1}))
    code, _, err = run("submit", bad)
    assert code == 1
    assert "replicates = 0" in err
    assert "must be at least 1" in err
    assert "did you mean 'budget'?" in err
    problem = json.loads(run("submit", bad, "--json")[1])
    assert {finding["field"] for finding in problem["errors"]} == {"replicates", "bugdet"}


def test_watching_ends_with_the_sweep_and_says_whether_it_completed(run: Run, file: Path) -> None:
    run("submit", file)
    run("stop", 1)
    code, out, _ = run("watch", 1)
    assert code == 1, "it was stopped, it did not complete"
    assert "sweep 1 'small': stopped" in out
    assert "stopped before it ran" in out
    lines = run("watch", 1, "--json")[1].splitlines()
    assert json.loads(lines[-1])["state"] == "stopped"


def test_unknown_sweeps_and_tokens_are_explained(run: Run) -> None:
    code, _, err = run("show", 99)
    assert (code, "there is no sweep 99" in err) == (1, True)
    code, _, err = run("list", "--token", "wrong")
    assert (code, "unknown, revoked or has expired" in err) == (1, True)


def test_without_a_service_it_says_how_to_start_one(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NPSWEEP_URL", "http://127.0.0.1:9")
    code, _, err = run("list")
    assert (code, "npsweep up" in err) == (3, True)
    monkeypatch.delenv("NPSWEEP_URL")
    code, _, err = run("list", "--data-dir", tmp_path)
    assert (code, "no service is running" in err, "npsweep up" in err) == (3, True, True)


@pytest.mark.parametrize(("text", "reason"), [("a: [1", "not valid YAML"), (None, "cannot be read")])
def test_an_unreadable_file_is_explained(text: str | None, reason: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "odd.yaml"
    if text is not None:
        file.write_text(text)
    code, _, err = run("submit", file)
    assert (code, reason in err) == (1, True)


def test_the_local_data_folder_is_found_without_options(
    address: str, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / ".npsweep" / "run"
    run.mkdir(parents=True)
    (run / "stack.json").write_text(json.dumps({"ports": {"api": int(address.rsplit(":", 1)[1])}}))
    (run / "token").write_text(token)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", {k: v for k, v in os.environ.items() if not k.startswith("NPSWEEP_")})
    with pytest.raises(SystemExit) as exit:
        main(["list"])
    assert exit.value.code == 0
    assert "no sweeps yet" in capsys.readouterr().out


def test_a_demo_never_empties_a_folder_that_it_did_not_make(
    tmp_path: Path, ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as exit:
        main(["demo", "--data-dir", str(tmp_path)])
    signal.signal(signal.SIGTERM, before)
    assert exit.value.code == 1
    assert "was not made by a demo and is left alone" in capsys.readouterr().err
    assert (tmp_path / "ledger.db").exists()


def test_a_demo_of_an_unknown_example_names_those_that_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit:
        main(["demo", "--data-dir", str(tmp_path), "--example", "../paper"])
    assert exit.value.code == 1
    assert "fashion, paper-fashion, quickstart" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (["demo", "--report", "a-file"], "a-file cannot be made a folder"),
        (["report", "1", "--output", "nowhere/report.md"], "there is no folder nowhere"),
        (["export", "1", "--output", "."], "is a folder; name a file in it"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_before_anything_starts(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], refusal: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a-file").touch()
    code, _, errors = run(*command)
    assert code == 2
    assert refusal in " ".join(errors.replace("│", " ").split())
    assert [file.name for file in tmp_path.iterdir() if file.name == ".npsweep"] == []


def _childrens_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_an_enqueued_configuration_is_tried_next_and_every_suggestion_can_be_made_again(
    run: Run, file: Path, ledger: Ledger
) -> None:
    run("submit", file)
    code, told, _ = run("enqueue", 1, "--arm", "danp", "learning_rate=2e-3")
    assert (code, told) == (0, "sweep 1 is queued; arm danp tries learning_rate=2e-3 next\n")
    coordinator = Coordinator(ledger, 1, ledger.sweeps.start_attempt(1))
    lane, held = coordinator.register(0), 0
    while held < 6:  # an exchange asks the sampler for a short while only
        held += len(coordinator.exchange(lane, [], free=6 - held).start)
    coordinator.tick()
    assert ledger.trials.get(1, 1).configuration["learning_rate"] == 2e-3
    code, told, errors = run("replay", 1)
    assert errors == "", "nobody watches a bar"
    assert (code, told) == (0, "bp: 3 of 3 suggestions made again\ndanp: 3 of 3 suggestions made again\n")
    code, told, _ = run("replay", 1, "--json")
    assert all(one["agrees"] for found in json.loads(told).values() for one in found)


@pytest.mark.parametrize("text", ["learning_rate", "=3", "learning_rate=", "learning_rate={"])
def test_what_is_no_assignment_is_refused(text: str, run: Run) -> None:
    code, _, said = run("enqueue", 1, "--arm", "danp", text)
    assert code == 1
    assert repr(text) in said


def test_a_sweep_is_cloned_labelled_noted_archived_and_deleted(run: Run, file: Path, ledger: Ledger) -> None:
    run("submit", file)
    code, out, _ = run(
        *(
            "clone",
            1,
            "--set",
            "budget.trials=5",
            "--set",
            "search.space.network.hidden={kind: choice, values: [[8], [9]]}",
        ),
        *("--label", "wider", "--note", "as agreed", "--json"),
    )
    cloned = json.loads(out)
    assert (code, cloned["spec"]["budget"], cloned["labels"], cloned["note"]) == (
        0,
        {"trials": 5},
        ["wider"],
        "as agreed",
    )
    assert list(cloned["spec"]["search"]["space"]) == ["network.hidden"]
    code, out, _ = run("clone", 2, "--set", "search.space.network.hidden.values=[[8], [16]]", "--json")
    assert json.loads(out)["spec"]["compare"][0]["space"]["network.hidden"]["values"] == [[8], [16]]
    assert run("label", 1, "paper", "figure 3")[1] == "sweep 1: paper, figure 3\n"
    code, _, err = run("label", 1)
    assert (code, "--clear" in err) == (2, True)
    assert run("label", 3, "--clear")[1] == "sweep 3: no label\n"
    assert run("prioritise", 3, -3)[1].endswith("with priority -3\n")
    assert run("prioritise", 3, "--fast", 3)[0] == 2
    assert "figure 3" in run("list")[1]
    assert run("note", 1, "good one")[1] == "sweep 1: good one\n"
    assert "note: good one" in run("show", 1)[1]
    code, _, err = run("archive", 1)
    assert (code, "stop it first" in err) == (1, True)
    run("stop", 1)
    assert run("archive", 1)[0] == 0
    assert [sweep["id"] for sweep in json.loads(run("list", "--archived", "--json")[1])] == [1]
    assert [sweep["id"] for sweep in json.loads(run("list", "--json")[1])] == [3, 2]
    code, _, err = run("delete", 1)
    assert (code, "add --yes" in err) == (1, True)
    assert run("delete", 1, "--yes")[1] == "sweep 1 is deleted\n"
    assert run("show", 1)[0] == 1


def test_trials_are_listed_exported_and_compared(
    run: Run, file: Path, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("submit", file)
    run("submit", file)
    with_trials(ledger, 1)
    assert "learning_rate 0.01" in run("trials", 1, "--state", "completed")[1]
    assert [one["number"] for one in json.loads(run("trials", 1, "--arm", "danp", "--json")[1])] == [1, 3]
    rows = list(csv.DictReader(run("trials", 1, "--csv")[1].splitlines()))
    assert (rows[0]["number"], rows[0]["configuration.learning_rate"]) == ("0", "0.01")
    found = json.loads(run("trials", 1, "--sort", "-value", "--limit", 2, "--json")[1])
    assert [one["number"] for one in found] == [2, 0]
    code, _, err = run("trials", 1, "--arm", "dnp")
    assert (code, "arm = 'dnp'" in err, "this sweep compares bp, danp" in err) == (1, True, True)
    monkeypatch.chdir(tmp_path)
    assert "sweep-1-trials.csv" in run("export", 1)[2]
    assert len((tmp_path / "sweep-1-trials.csv").read_text().splitlines()) == 5
    run("export", 1, "--format", "parquet", "--epochs", "-o", tmp_path / "epochs.parquet")
    assert len(pandas.read_parquet(tmp_path / "epochs.parquet")) == 2
    assert run("export", 9, "-o", tmp_path / "nine.csv")[0] == 1
    code, _, err = run("export", 1)
    assert (code, "replace it with --force" in err) == (2, True)
    assert run("export", 1, "--force")[0] == 0
    assert [path.name for path in tmp_path.glob("*.part")] == []
    assert "1:bp" in run("compare", 1, 2)[1]
    code, _, err = run("compare", 1, 1)
    assert (code, "name two that differ" in err) == (1, True)
    assert "training now: danp trial 3 at epoch 1 of 2" in run("show", 1)[1]
    assert json.loads(run("compare", 1, 2, "--json")[1])["sweeps"][0]["sweep_id"] == 1


def test_watching_in_a_terminal_shows_bars_and_the_trials_that_ended_last(
    run: Run, file: Path, ledger: Ledger, address: str, token: str
) -> None:
    run("submit", file)
    with_trials(ledger, 1)
    ledger.lifecycle.stop(1)
    ledger.sweeps.end(1, SweepState.STOPPED)
    screen = Console(force_terminal=True, width=160, file=io.StringIO())
    with Client(address, token) as client:
        assert watch(client, 1, screen).state == "stopped"
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    assert "━" in shown
    assert "ended last" in shown
    assert "learning_rate 0.01" in shown


@pytest.mark.parametrize(
    ("assigned", "patch"),
    [
        ({"budget.trials": 4}, {"budget": {"trials": 4}}),
        ({"search.space.a.b.low": 4}, {"search": {"space": {"a.b": {"low": 4}}}}),
        ({"search.space.a.c": {"kind": "int"}}, {"search": {"space": {"a.c": {"kind": "int"}}}}),
        ({"search.space.a.b": None, "name": "x"}, {"search": {"space": {"a.b": None}}, "name": "x"}),
    ],
)
def test_a_path_leads_to_where_the_specification_has_it(assigned: Document, patch: Document) -> None:
    specification = {"budget": {"trials": 3}, "search": {"space": {"a.b": {"kind": "int", "low": 1}}}}
    assert merge_patch({}, assigned, specification) == patch


def test_a_path_inside_of_what_is_set_whole_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="set one of the two"):
        merge_patch({}, {"budget": 3, "budget.trials": 4}, {})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("usage", "--since", "yesterday"), "is no date or time; write one in ISO 8601"),
        (("show", "9"), "`npsweep list`"),
    ],
)
def test_every_refusal_says_what_to_write(arguments: tuple[str, ...], words: str, run: Run) -> None:
    code, _, err = run(*arguments)
    assert (code, words in err, "nput should" in err) == (1, True, False), err


def test_no_arms_name_commands_a_spreadsheet_that_opens_a_table(
    run: Run, spec: Document, ledger: Ledger, tmp_path: Path
) -> None:
    file, kept = tmp_path / "odd.json", tmp_path / "trials.csv"
    file.write_text(json.dumps(spec | {"compare": [{"rule": "bp", "name": "=1+1"}, {"rule": "anp", "name": "-7"}]}))
    run("submit", file)
    run("submit", file)
    with_trials(ledger, 1)
    run("export", 1, "-o", kept)
    tables = [run("trials", 1, "--csv")[1], kept.read_text()]
    tables += [run("report", 1, "--format", "csv")[1], run("compare", 1, 2, "--format", "csv")[1]]
    for table in tables:
        names = {row["arm"] for row in csv.DictReader(table.splitlines())}
        assert names == {"'=1+1", "-7"}, "what is a number stays one"
