"""What a specification can name, read from learning's unions: a new rule or data set appears here by itself."""

import inspect
from typing import Any, get_args

from pydantic import TypeAdapter

from learning import DataSet, Rule
from service.answers.views import Named, RuleView


def rules() -> list[RuleView]:
    """Every learning rule."""
    return [RuleView(**_named(rule), searchable=sorted(rule.hyperparameters)) for rule in get_args(Rule)]


def data_sets() -> list[Named]:
    """Every data set."""
    return [Named(**_named(data_set)) for data_set in get_args(DataSet)]


def _named(part: Any) -> dict[str, Any]:
    options = TypeAdapter(part).json_schema().get("properties", {})
    name = options.pop("name")
    summary = (inspect.getdoc(inspect.getmodule(part)) or "").split("\n")[0]
    return {"name": name["const"], "summary": summary, "options": options}
