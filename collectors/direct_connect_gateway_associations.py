"""The Direct Connect gateways of each virtual private gateway that is attached to a VPC.

Source: https://docs.aws.amazon.com/directconnect/latest/APIReference/API_DescribeDirectConnectGatewayAssociations.html
"""

from auditor.collector import Collector, Parameters
from auditor.model import DirectConnectGatewayAssociations, VpnGateway
from auditor.snapshot import Shard
from collectors import vpn_gateways


def _each_attached_gateway(shard: Shard) -> list[Parameters]:
    return [
        {"associatedGatewayId": gateway["VpnGatewayId"]}
        for gateway in shard.items(vpn_gateways.COLLECTOR.action)
        if any(attachment.get("State") == "attached" for attachment in gateway.get("VpcAttachments", ()))
    ]


COLLECTOR = Collector(
    service="directconnect",
    operation="DescribeDirectConnectGatewayAssociations",
    record=DirectConnectGatewayAssociations,
    optional=True,
    parents=(VpnGateway,),
    parameters=_each_attached_gateway,
    identity="associatedGatewayId",
    # IAM could name Direct Connect gateways, but a call that asks by the other gateway names none of them.
    resource="*",
)
