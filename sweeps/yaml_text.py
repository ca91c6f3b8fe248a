"""YAML as people write it: `1e-3` is a number, as in YAML 1.2, not the string that YAML 1.1 makes of it."""

import re

import yaml


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:\d[\d_]*)(?:\.[\d_]*)?[eE][-+]?\d+$"),
    list("-+0123456789"),
)


def parse_yaml(text: str) -> object:
    """The document in `text` as plain values. Raises ValueError with line and column where it is no YAML."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader with one more number format
    except yaml.YAMLError as error:
        raise ValueError(f"not valid YAML: {error}") from error
