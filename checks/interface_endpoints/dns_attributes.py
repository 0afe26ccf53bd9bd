"""An interface endpoint's private DNS name does not resolve, since the VPC's DNS attributes are off.

Private DNS lets the service's own name resolve to the endpoint inside the VPC. It works only while both attributes of
the VPC, `enableDnsSupport` and `enableDnsHostnames`, are on.

## Verdicts
* **fail**, high: the endpoint has private DNS on, and its VPC has one or both attributes off.
* **unknown**: AWS left out whether private DNS is on, or the attributes were not seen and none is known to be off.
* **not applicable**: the endpoint is no interface endpoint, has private DNS off, or is deleted, failed, rejected or
  expired.

## Finding key
Empty: an endpoint can have only one such fault.

## Remediation
Switch both attributes of the VPC on, one call for each. Instances with public addresses then get public DNS names too.
"""

from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.model import Vpc, VpcAttribute
from auditor.network.endpoints import absent_member, vpc_of
from auditor.network.entities import Endpoint
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.remedies import switch_on_dns


@check(
    id="interface-endpoint-dns-attributes",
    severities=(Severity.HIGH,),
    of=Endpoint,
    reads=(Vpc, VpcAttribute),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
)
def interface_endpoint_dns_attributes(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge an endpoint with private DNS by the DNS attributes of its VPC."""
    if endpoint.type != "Interface" or not endpoint.stands:
        yield NotApplicable("the endpoint is no interface endpoint, or gone")
        return
    if endpoint.record.private_dns_enabled is None:
        yield Unknown(absent_member(endpoint))
        return
    if not endpoint.record.private_dns_enabled:
        yield NotApplicable("private DNS is off")
        return
    vpc = vpc_of(network, endpoint)
    if isinstance(vpc, Missing):
        yield Unknown(vpc)
        return
    support, hostnames, missing = network.dns_attributes(vpc)
    values = {"enableDnsSupport": support, "enableDnsHostnames": hostnames}
    off = [name for name, value in values.items() if value is False]
    if off:
        yield Fault(
            message=f"{endpoint.label} has private DNS for {endpoint.service_name} on, but {vpc.label} has "
            f"{' and '.join(off)} off, so the service's name does not resolve to the endpoint",
            evidence={"service": endpoint.service_name, **values},
            related=[vpc.id],
            remedy=switch_on_dns(vpc, *(name[0].upper() + name[1:] for name in off)),
        )
    elif missing:
        yield Unknown(missing)
