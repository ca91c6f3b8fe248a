"""The plan of a posted specification on this cluster, as it is now."""

from service.control.cluster import Cluster, ClusterError
from sweeps.ledger import Ledger
from sweeps.planning.models import Devices, Plan
from sweeps.planning.plan import make_plan
from sweeps.spec import SweepSpec


def plan_here(spec: SweepSpec, ledger: Ledger, cluster: Cluster) -> Plan:
    """Where the cluster does not answer, the plan does without its devices."""
    return make_plan(spec, ledger, _devices(cluster))


def _devices(cluster: Cluster) -> Devices | None:
    try:
        return cluster.devices()
    except ClusterError:
        return None
