"""Which fields exist at a place of a JSON schema, so that a misspelt one can be put right."""

from collections.abc import Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]


def fields_at(schema: Schema, location: Sequence[Any]) -> list[str]:
    """The names that an object at `location` (as pydantic writes locations) may have; empty where unknown."""
    nodes = [schema]
    for part in location:
        nodes = [below for node in nodes for below in _below(schema, node, part)] or nodes
    return sorted({name for node in nodes for one in _members(schema, node) for name in one.get("properties", {})})


def _below(root: Schema, node: Schema, part: Any) -> list[Schema]:
    node = _resolve(root, node)
    tagged = node.get("discriminator", {}).get("mapping", {})
    if part in tagged:
        return [{"$ref": tagged[part]}]
    found = []
    for one in _members(root, node):
        if part in one.get("properties", {}):
            found.append(one["properties"][part])
        elif isinstance(part, int) and isinstance(one.get("items"), Mapping):
            found.append(one["items"])
        elif part in one.get("discriminator", {}).get("mapping", {}):
            found.append({"$ref": one["discriminator"]["mapping"][part]})
    return found


def _members(root: Schema, node: Schema) -> list[Schema]:
    """A union's members, with their own unions opened; a plain schema is its own only member."""
    node = _resolve(root, node)
    if "discriminator" in node:
        return [node, *(_resolve(root, one) for one in node.get("oneOf", []))]
    options = node.get("anyOf") or node.get("oneOf")
    return [member for one in options for member in _members(root, one)] if options else [node]


def _resolve(root: Schema, node: Schema) -> Schema:
    while "$ref" in node:
        *_, name = node["$ref"].split("/")
        node = root.get("$defs", {}).get(name, {})
    return node
