"""The network interfaces that carry a security group, which are what its rules are about."""

from collections import defaultdict

from auditor import model
from auditor.network.coverage import Listing
from auditor.network.entities import SecurityGroup
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.network.security_groups import members_missing
from auditor.snapshot import Target


def carriers(network: Network, group_id: str, vpc_id: str, owner: Target) -> Listing[model.NetworkInterface]:
    """The interfaces that carry a group, in the order of their ids; ``owner`` is the group's account and Region."""
    found = _by_group_and_region(network).get((group_id, owner.region), ())
    return Listing(found, members_missing(network, vpc_id, owner))


@remembered
def _by_group_and_region(network: Network) -> dict[tuple[str, str], tuple[model.NetworkInterface, ...]]:
    # A participant's interface in a shared VPC is shown by the VPC's owner, too.
    interfaces = {
        (at.region, interface.network_interface_id): interface
        for at, interface in network.coverage.everywhere(model.NetworkInterface)
    }
    found: dict[tuple[str, str], list[model.NetworkInterface]] = defaultdict(list)
    for (region, _), interface in sorted(interfaces.items(), key=lambda each: each[0]):
        for group in interface.groups or ():
            if group.group_id:
                found[group.group_id, region].append(interface)
    return {key: tuple(carried) for key, carried in found.items()}


def workloads_behind(network: Network, group: SecurityGroup) -> Listing[model.NetworkInterface]:
    """The workloads' interfaces that carry a group: those of AWS's own, such as endpoints', are left out."""
    carried = carriers(network, group.id, group.record.vpc_id or "", group.home)
    return Listing(tuple(each for each in carried if network.is_workload(each)), carried.missing)
