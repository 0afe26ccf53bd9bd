"""How far the quotas that limit VPC endpoints are used.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html
"""

from collections import Counter
from collections.abc import Iterator

from auditor import model
from auditor.network.diagnosis.quotas import Quota, Usage, usage_of
from auditor.network.entities import Endpoint, Vpc
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.snapshot import Target

INTERFACE_ENDPOINTS = Quota("interface-endpoints", "interface and Gateway Load Balancer endpoints", 50, "L-29B6F2EB")
RESOURCE_ENDPOINTS = Quota("resource-endpoints", "resource endpoints", 200, "L-CA6CC422")
SERVICE_NETWORK_ENDPOINTS = Quota("service-network-endpoints", "service network endpoints", 50, "L-3B4E38D2")
GATEWAY_ENDPOINTS_OF_VPC = Quota("gateway-endpoints", "gateway endpoints", 255, None)
GATEWAY_ENDPOINTS_OF_REGION = Quota("gateway-endpoints", "gateway endpoints", 20, "L-1B52E74A")
POLICY_CHARACTERS = Quota("policy-characters", "characters in its policy, white space among them", 20480, None)

_OF_VPC = {
    INTERFACE_ENDPOINTS: ("Interface", "GatewayLoadBalancer"),
    RESOURCE_ENDPOINTS: ("Resource",),
    SERVICE_NETWORK_ENDPOINTS: ("ServiceNetwork",),
    GATEWAY_ENDPOINTS_OF_VPC: ("Gateway",),
}
"""The types of endpoints that each quota of a VPC counts."""


def endpoint_usages_of_vpc(network: Network, vpc: Vpc) -> Iterator[Usage]:
    """The quotas of endpoints of a VPC of an audited owner."""
    endpoints = network.endpoints_of(vpc)
    counted = Counter(endpoint.type for endpoint in endpoints if endpoint.stands)
    for quota, types in _OF_VPC.items():
        yield usage_of(network, vpc.home, quota, sum(counted[each] for each in types), endpoints.missing)


def gateway_endpoints_of(network: Network, at: Target) -> Usage:
    """The gateway endpoints of an account in a Region, in all of its VPCs."""
    unseen = network.coverage.missing(model.VpcEndpoint, at)
    return usage_of(network, at, GATEWAY_ENDPOINTS_OF_REGION, _gateway_endpoints(network)[at], unseen)


@remembered
def _gateway_endpoints(network: Network) -> Counter[Target]:
    endpoints = network.endpoints.values()
    return Counter(endpoint.home for endpoint in endpoints if endpoint.type == "Gateway" and endpoint.stands)


def policy_length_of(network: Network, endpoint: Endpoint) -> Usage:
    """The size of an endpoint's policy, as AWS gives it."""
    return usage_of(network, endpoint.home, POLICY_CHARACTERS, len(endpoint.record.policy_document or ""))
