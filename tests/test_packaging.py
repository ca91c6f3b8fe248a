"""What pyproject.toml says of the package is so."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGE_DATA = PROJECT["tool"]["setuptools"]["package-data"]
ROOMS = ["learning", "sweeps", "service"]


@pytest.mark.parametrize("room", ROOMS)
def test_what_is_no_python_is_shipped_and_every_pattern_ships_something(room: str) -> None:
    shipped = {pattern: set((ROOT / room).glob(pattern)) for pattern in PACKAGE_DATA.get(room, [])}
    assert all(shipped.values()), shipped
    others = {path for path in (ROOT / room).rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert others == set().union(*shipped.values())


def test_every_marker_is_used() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    markers = [line.split(":")[0] for line in PROJECT["tool"]["pytest"]["ini_options"]["markers"]]
    assert [name for name in markers if f"mark.{name}" not in sources] == []
