"""Which subnets hold something that calls AWS's APIs, and which of them lead nowhere."""

from auditor import model
from auditor.network.coverage import Listing
from auditor.network.diagnosis.gateway_endpoints import leads_out
from auditor.network.entities import Subnet, SubnetClass, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network


def calls(interface: model.NetworkInterface) -> bool:
    """Whether what is behind a network interface opens connections of its owner's making.

    Interfaces that AWS's services make for themselves, such as those of databases, caches and load balancers, answer
    alone. Lambda functions and ECS tasks have interfaces that AWS made, and run their owner's code.
    """
    kind = (interface.interface_type or "").lower()
    if kind == "lambda" or (interface.description or "").startswith(("AWS Lambda VPC ENI", "arn:aws")):
        return True
    return not interface.requester_managed and not kind.endswith("load_balancer")


def calling_subnets(network: Network, vpc: Vpc, *, every_subnet: bool) -> Listing[Subnet]:
    """The subnets of a VPC that hold something which calls, or all of them; ``missing`` says why more may."""
    subnets = network.subnets_of(vpc)
    if every_subnet:
        return subnets
    workloads = [(subnet, network.workloads(subnet)) for subnet in subnets]
    found = tuple(subnet for subnet, interfaces in workloads if any(map(calls, interfaces)))
    unseen = [interfaces.missing for subnet, interfaces in workloads if subnet not in found]
    return Listing(found, Missing.union([subnets.missing, *unseen]))


def leads_nowhere(network: Network, subnet: Subnet) -> bool | Missing:
    """Whether a subnet has no route out of its VPC, but to gateway endpoints."""
    table = network.table_of(subnet)
    if isinstance(table, Missing):
        return table
    if any(route.active and leads_out(network, route) for route in table.routes):
        return False
    kind = network.class_of(subnet)
    return kind if isinstance(kind, Missing) else kind is SubnetClass.ISOLATED
