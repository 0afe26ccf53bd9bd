"""A peering connection lets public names resolve to private addresses, but a VPC's DNS attributes keep it from that.

The switch of a side works only while both VPCs have `enableDnsSupport` and `enableDnsHostnames` on. With one of the
four off, the names resolve to public addresses, or not at all, whatever the switch says.

## Verdicts
* **fail**, medium: a side lets the other resolve its public names, and a VPC has one or both attributes off.
* **unknown**: the switches of the sides, or the attributes of a VPC, were not seen.
* **not applicable**: the connection is not active, or neither side lets the other resolve its names.

A side that does not is `peering-dns-resolution-off`.

## Finding key
The id of the VPC whose attributes are off.

## Remediation
Switch both attributes of the VPC on, one call for each. Instances with public addresses then get public DNS names too,
so the steps also let the peer resolve these where the VPC's own side does not.
"""

from collections.abc import Iterator, Sequence

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.diagnosis.names import attributes_off, switch_missing
from auditor.network.entities import Peering, Side, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import allow_dns_resolution, switch_on_dns


@check(
    id="peering-dns-vpc-attributes",
    severities=(Severity.MEDIUM,),
    of=Peering,
    reads=(model.Vpc, model.VpcAttribute),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-dns.html",
)
def peering_dns_vpc_attributes(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the DNS attributes of both VPCs where a side lets the other resolve its public names."""
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    allowing = [side for side in peering.sides if side.allows_dns]
    unseen = [switch_missing(network, peering, side) for side in peering.sides if side.allows_dns is None]
    if not allowing and not unseen:
        yield NotApplicable("neither side lets the other resolve its public names")
        return
    for side in peering.sides:
        off, hidden = attributes_off(network, side)
        missing = Missing.union([None if off else hidden, *(() if allowing else unseen)])
        if off and side.vpc and allowing:
            yield _fault(side.vpc, off, side, peering)
        elif missing and (off or hidden):
            yield Unknown(
                missing,
                side.vpc_id,
                f"whether the DNS attributes of {side.label} keep public names from resolving to private addresses "
                f"over {peering.label} was not seen",
            )


def _fault(vpc: Vpc, off: Sequence[str], side: Side, peering: Peering) -> Fault:
    far = peering.other(side)
    named = [each for each in peering.sides if each.allows_dns]
    # Its instances get public names as soon as the attributes are on, and these are to be private as well.
    own_switch = [allow_dns_resolution(peering, side)] if side.allows_dns is False else []
    return Fault(
        key=vpc.id,
        at=side.home,
        message=f"{peering.label} lets the public names of {' and '.join(each.label for each in named)} resolve to "
        f"private addresses, but {vpc.label} has {' and '.join(_as_parameters(off))} off, so they do not",
        evidence={
            "vpc": vpc.id,
            "peer_vpc": far.vpc_id,
            "attributes_off": list(_as_parameters(off)),
            "allows_resolution": {each.vpc_id: each.allows_dns for each in peering.sides},
        },
        related=[vpc.id, far.vpc_id],
        remedy=[*switch_on_dns(vpc, *off), *own_switch],
    )


def _as_parameters(attributes: Sequence[str]) -> Iterator[str]:
    """The attributes as DescribeVpcAttribute and AWS's guides write them."""
    return (name[0].lower() + name[1:] for name in attributes)
