"""From pydantic's errors to findings: the field as a person would write it, its value, the rule and the remedy."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from service.problems.details import Finding, shown
from service.problems.schema_walk import fields_at

IN_ARM = re.compile(
    r"(?P<arm>compare\[(?P<index>\d+)\])(?: \([^)]*\))?: (?:(?P<where>fixed|space|enqueued\[\d+\])\.(?P<path>[\w.]+))?"
)
IN_SPEC = re.compile(r"(?P<path>(?:budget|search|configuration)(?:\.\w+)+)\b")
LEADING_FIELD = re.compile(r"(?P<name>\w+) = ")
UNKNOWN_FIELD = ("extra_forbidden", "unexpected_keyword_argument")
TIMES = ("datetime_parsing", "datetime_from_date_parsing", "datetime_type", "datetime_object_invalid")
TAGS = ("union_tag_invalid", "union_tag_not_found")

RULES = {
    "missing": "is required",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be above {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be below {lt}",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "union_tag_invalid": "{tag!r} is none of {expected_tags}",
    "union_tag_not_found": "must say which one it is",
    "literal_error": "is none of {expected}",
    "enum": "is none of {expected}",
    "string_pattern_mismatch": "holds signs that are not allowed here, or begins with one",
    "string_too_short": "is too short",
    "string_too_long": "is too long",
    "int_parsing": "is no whole number",
    "int_parsing_size": "is too large",
    "int_type": "is no whole number",
    "int_from_float": "is no whole number",
    "float_type": "is no number",
    "float_parsing": "is no number",
    "finite_number": "is not finite",
    "string_type": "is no text",
    "string_unicode": "is no valid Unicode",
    "bool_type": "is neither true nor false",
    "bool_parsing": "is neither true nor false",
    "list_type": "is no list",
    "tuple_type": "is no list",
    "dict_type": "is no object",
    "model_type": "is no object",
    "model_attributes_type": "is no object",
} | dict.fromkeys(TIMES, "is no date or time")
REMEDIES = {
    "missing": "add it",
    "greater_than_equal": "give {ge} or more",
    "greater_than": "give more than {gt}",
    "less_than_equal": "give {le} or less",
    "less_than": "give less than {lt}",
    "too_short": "add an entry",
    "too_long": "leave some out",
    "union_tag_invalid": "write one of {expected_tags}",
    "union_tag_not_found": "add {discriminator}",
    "literal_error": "write {expected}",
    "enum": "write {expected}",
    "string_pattern_mismatch": "begin with a letter or digit; use letters, digits, dots, dashes and spaces",
    "string_too_short": "write at least {min_length} character",
    "string_too_long": "write at most {max_length} characters",
    "int_parsing": "write a whole number",
    "int_type": "write a whole number",
    "int_from_float": "write a whole number",
    "float_type": "write a number",
    "float_parsing": "write a number",
    "finite_number": "write a finite number",
    "string_type": "write a text",
    "string_unicode": "send text as valid Unicode",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "list_type": "write a list",
    "tuple_type": "write a list",
    "dict_type": "write an object",
    "model_type": "write an object",
    "model_attributes_type": "write an object",
    "int_parsing_size": "write a smaller number",
} | dict.fromkeys(TIMES, "write one in ISO 8601, such as 2026-11-01 or 2026-11-01T12:00:00Z")
LAST_REMEDY = "correct it; the API's documentation at /docs describes the field"
"""Where neither we nor pydantic know a better one."""


def findings(errors: Sequence[Mapping[str, Any]], body: object, schema: Mapping[str, Any] | None) -> list[Finding]:
    """Every mistake in one request. `body` is what was sent, `schema` the JSON schema that it should follow."""
    by_field: dict[str, list[Finding]] = {}
    for error in errors:
        finding = _finding(error, body, schema)
        by_field.setdefault(finding.field, []).append(finding)
    return [_as_one(found) for found in by_field.values()]


def _as_one(found: list[Finding]) -> Finding:
    """What can be of several kinds, such as a number or `auto`, and is of none of them, is one mistake."""
    rules, remedies = (dict.fromkeys(getattr(one, name) for one in found) for name in ("rule", "remedy"))
    return found[0].model_copy(update={"rule": " and ".join(rules), "remedy": ", or ".join(remedies)})


def _finding(error: Mapping[str, Any], body: object, schema: Mapping[str, Any] | None) -> Finding:
    kind, (source, *location), context = error["type"], error["loc"], error.get("ctx", {})
    if kind == "value_error" and source == "body":
        return _from_message(str(context.get("error", error["msg"])), location, error["input"], body)
    field = _joined(_path(location, body) if source == "body" else location) or "body"
    if kind == "value_error":
        rule, _, remedy = str(context.get("error", error["msg"])).partition("; ")
        return Finding(field=field, value=shown(error["input"]), rule=rule, remedy=remedy)
    if kind in UNKNOWN_FIELD:
        remedy = spelling(str(location[-1]), fields_at(schema or {}, location[:-1]))
        return Finding(field=field, value=shown(error["input"]), rule="there is no field of this name", remedy=remedy)
    value = _look_up(body, field) if kind in TAGS else error["input"]
    return Finding(
        field=field,
        value=None if kind == "missing" else shown(value),
        rule=_lowered(RULES[kind].format(**context) if kind in RULES else error["msg"]),
        remedy=REMEDIES.get(kind, LAST_REMEDY).format(**context),
    )


def spelling(name: str, known: Sequence[str], what: str = "fields") -> str:
    """The remedy for a name that is none of those known."""
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"remove it; the {what} here are {', '.join(known)}" if known else "remove it or correct its spelling"


def _from_message(message: str, location: list[Any], value: object, body: object) -> Finding:
    """Our own validators say `where: rule; remedy`; where they name a field inside, that field is the finding's."""
    field, said = _named_field(message, _joined(_path(location, body)) or "body", body)
    rule, _, remedy = said.partition("; ")
    found = _look_up(body, field)
    return Finding(
        field=field,
        value=shown(value if found is None else found),
        rule=rule,
        remedy=remedy or LAST_REMEDY,
    )


def _named_field(message: str, field: str, body: object) -> tuple[str, str]:
    """The field that the message is about, and the message without it."""
    in_arm, in_spec, leading = IN_ARM.match(message), IN_SPEC.match(message), LEADING_FIELD.match(message)
    if in_arm:
        return _arms_field(in_arm, body), message[in_arm.end() :].strip()
    if in_spec:
        return in_spec["path"], message[in_spec.end() :].strip(" :")
    if leading and _look_up(body, f"{field}.{leading['name']}") is not None:
        return f"{field}.{leading['name']}", message
    return field, message


def _arms_field(match: re.Match[str], body: object) -> str:
    if not match["path"]:
        return match["arm"]
    own, shared = f"{match['arm']}.{match['where']}.{match['path']}", f"search.space.{match['path']}"
    return shared if _look_up(body, own) is None and _look_up(body, shared) is not None else own


def _path(location: Sequence[Any], body: object) -> list[Any]:
    """pydantic's location without the steps that name a member of a union, which nobody wrote."""
    path: list[Any] = []
    node = body
    for index, part in enumerate(location):
        below = _step(node, part)
        if below is None and index < len(location) - 1 and isinstance(part, str):
            continue
        if below is None and isinstance(node, Mapping) and part in (node.get("name"), node.get("kind")):
            continue
        if below is None and not isinstance(node, Mapping | list):
            continue
        path.append(part)
        node = below
    return path


def _step(node: object, part: Any) -> object | None:
    if isinstance(node, Mapping):
        return node.get(part)
    if isinstance(node, list) and isinstance(part, int) and part < len(node):
        found: object = node[part]
        return found
    return None


def _joined(path: Sequence[Any]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _look_up(body: object, field: str) -> object | None:
    """The value at a field written as `compare[2].space.learning_rate`; a space's path may itself hold dots."""
    node = body
    parts = re.findall(r"[^.\[\]]+", field)
    for index, part in enumerate(parts):
        rest = ".".join(parts[index:])
        if isinstance(node, Mapping) and rest in node:
            whole: object = node[rest]
            return whole
        node = _step(node, int(part) if part.isdigit() and isinstance(node, list) else part)
    return node


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]
