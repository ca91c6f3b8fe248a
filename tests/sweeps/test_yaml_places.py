"""YAML that somebody is writing."""

from itertools import pairwise

import pytest

from sweeps.yaml_places import MOST_CHARACTERS, NotYaml, PlacedYaml

TEXT = """# a comment
name: small
search:
  space:
    learning_rate: {kind: float, low: 1e-4, high: 1e-2}
    network.hidden:
      kind: choice
compare:
  - rule: bp
  -
    rule: anp
    decorrelation: true
"""


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("name", 2),
        ("search.space.learning_rate.low", 5),
        ("search.space.network.hidden.kind", 7),
        ("compare[0]", 9),
        ("compare[1].decorrelation", 12),
        ("compare[1].rule.name", 11),
        ("compare[7].rule", 8),
        ("search.pruner", 3),
        ("budget.trials", 2),
        ("body", 2),
    ],
)
def test_a_field_is_found_in_its_line_and_what_is_missing_in_what_is_around_it(field: str, line: int) -> None:
    assert PlacedYaml(TEXT).line(field) == line


def test_the_document_is_what_the_command_line_would_read() -> None:
    document = PlacedYaml(TEXT).document
    assert isinstance(document, dict)
    assert document["search"]["space"]["learning_rate"] == {"kind": "float", "low": 1e-4, "high": 1e-2}
    assert PlacedYaml("").document is None
    assert PlacedYaml("").line("name") == 0


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [1,\n", 3),
        ("a: 1\n\ta: 2\n", 2),
        ("a: 1\nb: 2\na: 3\n", 3),
        ("a: &own [*own]", 1),
        ("a: 1\nb: 2026-99-99", 2),
        ("a: 0x_", 1),
        ("a: 0x" + "f" * 20_000, 1),
        ("a: " + "9" * 5_000, 1),
        ("a: 1\nb: !!bool foo", 2),
        ("a: !!timestamp foo", 1),
        ("a: !!int ''", 1),
        ("a: !!binary aGk=", 1),
        ("a: ! 1", 1),
        ("a: .inf", 0),
        ("a: !!python/object:os.system x", 1),
        ("a: 1\nb: \x00", 2),
        ("[" * 3_000, 0),
        ("a" * (MOST_CHARACTERS + 1), 0),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(NotYaml) as refused:
        PlacedYaml(text)
    assert refused.value.line == line


def test_a_few_lines_that_stand_for_millions_are_refused_at_once() -> None:
    names = "abcdefghij"
    grown = "".join(f"{own}: &{own} [{', '.join([f'*{last}'] * 9)}]\n" for last, own in pairwise(names))
    with pytest.raises(NotYaml, match="too often"):
        PlacedYaml(f"a: &a [1]\n{grown}")
    assert PlacedYaml("a: &a {b: 1}\nc: *a").document == {"a": {"b": 1}, "c": {"b": 1}}
