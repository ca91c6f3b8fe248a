"""A specification made from that of an earlier sweep, with changes."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from sweeps.spec import SweepSpec

MOST_LEVELS = 20
"""No specification nests so deep."""

Document = dict[str, Any]


def cloned(document: Document, changes: Mapping[str, Any]) -> Document:
    """A stored specification with a JSON merge patch applied to it; to be validated. Raises ValueError for a patch that
    nests too deep.

    A stored specification is resolved: every arm has the shared space spelt out as its own, and so a change of the
    shared one would reach no arm. What each arm would get by itself is therefore taken out first.
    """
    return merged(unresolved(document), changes)


def merged(document: Any, changes: Mapping[str, Any], level: int = 1) -> Document:
    """RFC 7396: objects are merged, everything else is replaced, null removes."""
    if level > MOST_LEVELS:
        raise ValueError(f"changes nest deeper than {MOST_LEVELS} levels; no specification does, write them flatter")
    kept: Document = dict(document) if isinstance(document, dict) else {}
    for name, value in changes.items():
        if value is None:
            kept.pop(name, None)
        elif isinstance(value, Mapping):
            kept[name] = merged(kept.get(name), value, level + 1)
        else:
            kept[name] = value
    return kept


def unresolved(document: Document) -> Document:
    """Without what resolving fills in in each arm's space; resolved where that would change its meaning."""
    document = _resolved(document)
    bare = _with_spaces(document, [{} for _ in document["compare"]], enqueued=False)
    try:
        given = [arm["space"] for arm in _resolved(bare)["compare"]]
    except ValidationError:  # an arm that searches nothing of its own could not run at all
        return document
    own = [
        {path: dimension for path, dimension in arm["space"].items() if shared.get(path) != dimension}
        for arm, shared in zip(document["compare"], given, strict=True)
    ]
    short = _with_spaces(document, own)
    return short if _is_same(_resolved(short), document) else document


def _with_spaces(document: Document, spaces: list[Document], enqueued: bool = True) -> Document:
    arms = [arm | {"space": space} for arm, space in zip(document["compare"], spaces, strict=True)]
    return document | {"compare": arms if enqueued else [arm | {"enqueued": []} for arm in arms]}


def _resolved(document: Document) -> Document:
    return SweepSpec.model_validate(document).model_dump(mode="json")


def _is_same(one: Document, other: Document) -> bool:
    """Also in the order of the dimensions, on which what a sampler draws depends."""
    spaces = zip(one["compare"], other["compare"], strict=True)
    return one == other and all(list(arm["space"]) == list(its["space"]) for arm, its in spaces)
