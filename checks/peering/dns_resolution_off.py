"""One side of a peering connection does not let the other resolve its public names to private addresses.

By default the public DNS name of an instance in a peer VPC resolves to its public address, and traffic to it leaves by
the internet, if it gets out at all. Each side has a switch for its own names, and only its owner can turn it, in the
side's own Region. For a side in another Region, or with blocks outside RFC 1918, the private names do not resolve to
private addresses either.

## Verdicts
* **fail**, medium: the switch of a side is off, and the VPCs are in different Regions, or the side has an IPv4 block
  outside RFC 1918.
* **fail**, low: the switch of a side is off.
* **unknown**: the switch of a side was not seen, for AWS shows it to the side's owner; or it is off, and the DNS
  attributes of the VPC were not seen.
* **not applicable**: the connection is not active, or neither VPC gives its instances public names.

A VPC gives public names only with both `enableDnsSupport` and `enableDnsHostnames`; without them the side passes.

## Finding key
The id of the VPC whose owner must turn the switch.

## Remediation
Allow DNS resolution from the remote VPC on the side named in the finding, in its account and Region. Both VPCs need
`enableDnsSupport` and `enableDnsHostnames` for it. The switch shows the peer neither private hosted zones nor the
private names of interface endpoints: for those, associate the hosted zone with the peer VPC.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.addresses import RFC_1918
from auditor.network.diagnosis.names import switch_missing
from auditor.network.entities import Peering, Side
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import allow_dns_resolution


@check(
    id="peering-dns-resolution-off",
    severities=(Severity.LOW, Severity.MEDIUM),
    of=Peering,
    reads=(model.Vpc, model.VpcAttribute),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-dns.html",
)
def peering_dns_resolution_off(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge each side that has public names by whether the other may resolve them to private addresses."""
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    named = {side.vpc_id: _has_public_names(side, network) for side in peering.sides}
    if not any(named.values()):
        yield NotApplicable("neither VPC gives its instances public names")
    for side in peering.sides:
        has_names = named[side.vpc_id]
        if side.allows_dns or not has_names:
            continue
        missing = switch_missing(network, peering, side) if side.allows_dns is None else has_names
        if isinstance(missing, Missing):
            far = peering.other(side)
            yield Unknown(
                missing,
                side.vpc_id,
                f"whether {far.label} resolves the public names of {side.label} to public addresses was not seen",
            )
        else:
            yield _fault(side, peering)


def _has_public_names(side: Side, network: Network) -> bool | Missing:
    """Whether instances in a side's VPC get public names: either attribute of the VPC can keep them from it."""
    if side.vpc is None:
        return side.unseen or False
    support, hostnames, missing = network.dns_attributes(side.vpc)
    if support is False or hostnames is False:
        return False
    return missing or True


def _fault(side: Side, peering: Peering) -> Fault:
    far = peering.other(side)
    outside = side.addresses.family(4) - RFC_1918
    because = ""
    if peering.inter_region:
        because = f", and its private names to none, since {side.region} is not {far.region}"
    elif outside:
        because = f", and its private names to none, since {outside} is outside RFC 1918"
    return Fault(
        key=side.vpc_id,
        at=side.home,
        severity=Severity.MEDIUM if because else Severity.LOW,
        message=f"{far.label} resolves the public names of {side.label} to public addresses{because}; let account "
        f"{side.owner} allow DNS resolution for {peering.label} in {side.region}",
        evidence={
            "vpc": side.vpc_id,
            "peer_vpc": far.vpc_id,
            "allows_resolution": {each.vpc_id: each.allows_dns for each in peering.sides},
            "regions": {each.vpc_id: each.region for each in peering.sides},
            "outside_rfc_1918": list(outside.cidrs()),
        },
        related=[side.vpc_id, far.vpc_id],
        remedy=[allow_dns_resolution(peering, side)],
    )
