"""A small typed client of the REST API. The command line uses it; so can you:

with Client("http://127.0.0.1:8800", token) as client:
    sweep = client.submit(document)

Where a connection breaks or the service is overloaded, a request is sent again; a POST under one idempotency key, so
that it is carried out once.
"""

from pydantic import TypeAdapter

from service.answers.views import Named, Readiness, RuleView
from service.client.accounts import AccountCalls
from service.client.connection import ServiceProblem as ServiceProblem
from service.client.connection import ServiceUnreachable as ServiceUnreachable
from service.client.results import ResultCalls
from service.client.sweeps import SweepCalls


class Client(SweepCalls, ResultCalls, AccountCalls):
    """One connection to one service, with all its calls. Raises ServiceProblem and ServiceUnreachable."""

    def rules(self) -> list[RuleView]:
        return TypeAdapter(list[RuleView]).validate_python(self.call("GET", "/api/v1/rules"))

    def data_sets(self) -> list[Named]:
        return TypeAdapter(list[Named]).validate_python(self.call("GET", "/api/v1/datasets"))

    def readiness(self) -> Readiness:
        """Whether every part is there; a part that is not is no error here."""
        return Readiness.model_validate(self.send("GET", "/readyz", accept_unready=True).json())
