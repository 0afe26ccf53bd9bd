"""The subnets, and by them the VPCs, that each Client VPN endpoint leads into.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeClientVpnTargetNetworks.html
"""

from auditor.collector import Collector, Parameters
from auditor.model import ClientVpnEndpoint, ClientVpnTargetNetworks
from auditor.snapshot import Shard
from collectors import client_vpn_endpoints


def _each_endpoint(shard: Shard) -> list[Parameters]:
    endpoints = shard.items(client_vpn_endpoints.COLLECTOR.action)
    return [{"ClientVpnEndpointId": endpoint["ClientVpnEndpointId"]} for endpoint in endpoints]


COLLECTOR = Collector(
    service="ec2",
    operation="DescribeClientVpnTargetNetworks",
    record=ClientVpnTargetNetworks,
    optional=True,
    parents=(ClientVpnEndpoint,),
    parameters=_each_endpoint,
    identity="ClientVpnEndpointId",
    resource="arn:${Partition}:ec2:*:*:client-vpn-endpoint/*",
)
