"""A VPC has both a gateway endpoint and an interface endpoint for a service.

This is a documented design: the gateway endpoint serves the VPC's own subnets for nothing, and the interface endpoint
whoever comes in over peering, a transit gateway, VPN or Direct Connect. Amazon S3 began with it; the rule holds for
each service that AWS offers by both types of endpoint, as DynamoDB is too.

## Verdicts
* **fail**, info: both are available, and no interface endpoint takes the VPC's own traffic. It is a fact worth knowing,
  no fault. Where one does, `endpoint-s3-interface-shadows-gateway` judges it.
* **unknown**: the VPC's endpoints were not all seen, or AWS left out whether an interface endpoint has private DNS on.
* **not applicable**: the VPC does not have both.

## Finding key
The service without its Region, such as `s3`.

## Remediation
Nothing has to be done. Each hour of the interface endpoint costs money: delete it where nobody comes in from outside
the VPC any more.
"""

from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.model import VpcEndpoint
from auditor.network.both_types import both_types
from auditor.network.endpoints import absent_member
from auditor.network.entities import Vpc, canonical_service
from auditor.network.network import Network


@check(
    id="endpoint-s3-both-types",
    severities=(Severity.INFO,),
    of=Vpc,
    reads=(VpcEndpoint,),
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html",
)
def endpoint_s3_both_types(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Tell of each service that the VPC has endpoints of both types for."""
    pairs = both_types(network, vpc)
    if pairs.missing:
        yield Unknown(pairs.missing)
    elif not pairs:
        yield NotApplicable("the VPC has no service with endpoints of both types")
    for pair in pairs:
        key = canonical_service(pair.service_name)
        untold = [endpoint for endpoint in pair.interfaces if endpoint.record.private_dns_enabled is None]
        if any(endpoint.captures_vpc_traffic for endpoint in pair.interfaces):
            yield NotApplicable("an interface endpoint takes the VPC's own traffic")
        elif untold:
            yield Unknown(absent_member(untold[0]), key)
        else:
            gateways, interfaces = ([each.id for each in found] for found in (pair.gateways, pair.interfaces))
            yield Fault(
                key=key,
                message=f"{vpc.label} has {', '.join(gateways)} and {', '.join(interfaces)} for {pair.service_name}: "
                "the gateway endpoint serves its own subnets for nothing, the interface endpoint by the hour whoever "
                "comes in from outside",
                evidence={
                    "service": pair.service_name,
                    "gateway_endpoints": gateways,
                    "interface_endpoints": interfaces,
                },
                related=[*gateways, *interfaces],
            )
