"""What keeps the names of a VPC from resolving to private addresses in its peer.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-dns.html
"""

from auditor import model
from auditor.network.entities import Peering, Side
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network


def switch_missing(network: Network, peering: Peering, side: Side) -> Missing:
    """Why AWS did not say whether a side lets the other resolve its names: it may tell nobody but the side's owner."""
    refused = side.unseen or network.coverage.missing(model.VpcPeeringConnection, side.home)
    return refused or Missing.of(
        Kind.ABSENT_FIELD,
        account=side.owner,
        region=side.region,
        action="ec2:DescribeVpcPeeringConnections",
        resource=peering.id,
    )


def attributes_off(network: Network, side: Side) -> tuple[tuple[str, ...], Missing | None]:
    """The DNS attributes that a side's VPC has off, in AWS's names, and why another one may be."""
    if side.vpc is None:
        return (), side.unseen
    support, hostnames, missing = network.dns_attributes(side.vpc)
    values = {"EnableDnsSupport": support, "EnableDnsHostnames": hostnames}
    return tuple(name for name, value in values.items() if value is False), missing
